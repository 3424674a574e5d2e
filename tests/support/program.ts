/** Programs of this project as processes, on the runtime that runs the tests. @module */
import process from "node:process";

/** Why a test that is about Deno alone is skipped, or `false`. */
export const DENO_ONLY = process.versions.deno
  ? false
  : "it is about Deno; this is Node";

/** Deno itself: what runs the tests, or what `scripts/test_node.ts` was run by. */
export const DENO = Deno.env.get("AUTHSOME_TEST_DENO") ?? Deno.execPath();

/** The command, an argument list, that runs a TypeScript module. */
export function moduleCommand(path: string | URL, ...args: string[]): string[] {
  const file = path instanceof URL ? path.pathname : path;
  return process.versions.deno
    ? [
      ...[Deno.execPath(), "run", "--quiet", "--allow-all", "--no-check"],
      ...[file, ...args],
    ]
    : [process.execPath, ...process.execArgv.filter(isPreload), file, ...args];
}

/** The command that runs a text in TypeScript as a module of the project. */
export function textCommand(text: string, ...args: string[]): string[] {
  return process.versions.deno
    ? [Deno.execPath(), "eval", "--ext=ts", text, ...args]
    : [
      ...[process.execPath, ...process.execArgv.filter(isPreload)],
      ...["--input-type=module-typescript", "--eval", text],
      // In the place of the file's name.
      ...["--", "text", ...args],
    ];
}

/**
 * The command line as a process: the one of this folder, or the build that `AUTHSOME_TEST_CLI` names (a path), so that
 * every build stands the same tests.
 */
export function cliCommand(...args: string[]): string[] {
  const built = Deno.env.get("AUTHSOME_TEST_CLI");
  return built
    ? [built, ...args]
    : moduleCommand(new URL("../../cli.ts", import.meta.url), ...args);
}

/** A process of an argument list. */
export function processOf(
  [program, ...args]: readonly string[],
  options: Omit<Deno.CommandOptions, "args"> = {},
): Deno.Command {
  return new Deno.Command(program!, { args, ...options });
}

function isPreload(option: string): boolean {
  return option.startsWith("--import=") || option.startsWith("--no-warnings") ||
    option.startsWith("--disable-warning");
}
