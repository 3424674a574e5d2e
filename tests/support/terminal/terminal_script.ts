/**
 * Terminal sessions as tests. A script is a text file:
 *
 * ```text
 * # What the reader should know.
 * $ authsome get nope
 * ! Error: There is no provider "nope"
 * ! ...
 * [4]
 * ```
 *
 * `$` runs a command line in `/bin/sh`; `>` continues it. Then come the expected lines of stdout, those of stderr
 * (`! `), and the exit code in brackets when it is not 0. `[..]` stands for any text within a line, `...` alone for any
 * lines. The folder of the session reads `$WORK` in output. A session has its own home and working folder.
 *
 * @module
 */
import { cliCommand, moduleCommand } from "../program.ts";
import { freePort } from "../free_port.ts";

/** One command of a script and what should come of it. */
export interface Step {
  line: number;
  command: string;
  stdout: string[];
  stderr: string[];
  code: number;
}

/** Reads a script. */
export function parseScript(text: string): Step[] {
  const steps: Step[] = [];
  // Empty lines belong to the output only if more of it follows.
  let empty = 0;
  text.split("\n").forEach((line, index) => {
    const step = steps.at(-1);
    if (line === "") return void empty++;
    const blanks = Array(empty).fill("");
    empty = 0;
    const code = /^\[(\d+)\]$/.exec(line);
    if (line.startsWith("$ ")) {
      steps.push({
        line: index + 1,
        command: line.slice(2),
        stdout: [],
        stderr: [],
        code: 0,
      });
    } else if (line.startsWith("# ") || line === "#") return;
    else if (!step) throw new SyntaxError(`line ${index + 1}: no command yet`);
    else if (line.startsWith("> ")) step.command += "\n" + line.slice(2);
    else if (line.startsWith("! ")) step.stderr.push(line.slice(2));
    else if (code) step.code = Number(code[1]);
    else step.stdout.push(...step.stdout.length > 0 ? blanks : [], line);
  });
  return steps;
}

/** Whether `actual` is what the `expected` lines say. */
export function matches(expected: readonly string[], actual: string): boolean {
  const pattern = expected.map((line) =>
    line === "..."
      ? "(?:.*\\n)*?"
      : line.split("[..]").map((part) =>
        part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
      ).join(".*") + "\\n"
  ).join("");
  return new RegExp(`^${pattern}$`).test(
    actual === "" || actual.endsWith("\n") ? actual : actual + "\n",
  );
}

const ROOT = new URL("../../..", import.meta.url).pathname;

/** A session: a home, a working folder, and `authsome` on the path. */
export class Session {
  private constructor(
    readonly work: string,
    /** Free when the session was opened; others on this machine may use the usual one. */
    readonly port: number,
  ) {}

  static async open(): Promise<Session> {
    const work = await Deno.realPath(
      await Deno.makeTempDir({ prefix: "authsome-session-" }),
    );
    await Deno.mkdir(`${work}/bin`);
    const program = (name: string, command: string) =>
      Deno.writeTextFile(
        `${work}/bin/${name}`,
        `#!/bin/sh\n${command} "$@"\n`,
        {
          mode: 0o755,
        },
      );
    const exec = (words: string[]) =>
      `exec ${words.map((word) => `'${word}'`).join(" ")}`;
    await program("authsome", exec(cliCommand()));
    await program(
      "seed",
      exec(moduleCommand(`${ROOT}tests/support/workers/seed.ts`)),
    );
    const port = freePort();
    return new Session(work, port);
  }

  get environment(): Record<string, string> {
    return {
      PATH: `${this.work}/bin:${Deno.env.get("PATH")}`,
      HOME: this.work,
      AUTHSOME_PORT: String(this.port),
      // Nothing in a script reaches the network.
      HTTPS_PROXY: "http://127.0.0.1:1",
      // Nor asks a name server for a bundled provider's host.
      AUTHSOME_NO_VERIFY: "1",
      RES_OPTIONS: Deno.env.get("RES_OPTIONS") ?? "",
      AUTHSOME_HOME: `${this.work}/home`,
      ...Deno.env.has("DENO_DIR")
        ? { DENO_DIR: Deno.env.get("DENO_DIR")! }
        : {},
      DENO_NO_UPDATE_CHECK: "1",
      LC_ALL: "C.UTF-8",
    };
  }

  /** Runs a command line with `shell` (default `/bin/sh`); output with the folder's name as `$WORK`. */
  async run(
    command: string,
    options: { shell?: string; env?: Record<string, string>; stdin?: string } =
      {},
  ): Promise<{ stdout: string; stderr: string; code: number }> {
    const child = new Deno.Command(options.shell ?? "/bin/sh", {
      args: ["-c", command],
      cwd: this.work,
      clearEnv: true,
      env: { ...this.environment, ...options.env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    if (options.stdin !== undefined) {
      await writer.write(new TextEncoder().encode(options.stdin))
        .catch(() => {});
    }
    await writer.close().catch(() => {});
    const { stdout, stderr, code } = await child.output();
    const text = (bytes: Uint8Array) =>
      new TextDecoder().decode(bytes).replaceAll(this.work, "$WORK");
    return { stdout: text(stdout), stderr: text(stderr), code };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.work, { recursive: true });
  }
}

/** Runs every step of a script; throws at the first that came out otherwise, showing both. */
export async function runScript(name: string, text: string): Promise<void> {
  await using session = await Session.open();
  for (const step of parseScript(text)) {
    const { stdout, stderr, code } = await session.run(step.command);
    if (
      code === step.code && matches(step.stdout, stdout) &&
      matches(step.stderr, stderr)
    ) continue;
    throw new Error(
      `${name}:${step.line}: $ ${step.command}\n` +
        `--- expected\n${step.stdout.join("\n")}\n${
          step.stderr.map((line) => `! ${line}`).join("\n")
        }\n[${step.code}]\n--- got\n${stdout}${
          stderr.replace(/^(?=.)/gm, "! ")
        }[${code}]`,
    );
  }
}
