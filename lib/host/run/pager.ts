/** Shows a long text with the person's pager. @module */
import type { Env } from "../../ports/system.ts";
import { handOnSignals } from "./child_process.ts";
import { findProgram, programEnvironment } from "./programs.ts";

/** Where `PAGER` is not set. */
const USUAL = "less";
/** What `less` needs for colour, and to leave a text that fits on the screen where it is; as git and gh set it. */
const SETTINGS = { LESS: "FRX", LV: "-c" };
/** Commands that less would run for each text. */
const FILTERS = ["LESSOPEN", "LESSCLOSE"];

/**
 * Shows `text` in the program of `PAGER`, without a shell, and waits for its end.
 *
 * @returns whether there was one: not if `PAGER` is empty or `cat`, the terminal is dumb, or the program is none that
 * authsome starts (see `programs.ts`).
 */
export async function page(text: string, env: Env): Promise<boolean> {
  const [name, ...args] = words(env.get("PAGER") ?? USUAL);
  if (!name || name === "cat" || env.get("TERM") === "dumb") return false;
  const program = findProgram(name, env);
  if (program === undefined) return false;
  const settings = { ...SETTINGS, ...programEnvironment(env) };
  for (const filter of FILTERS) {
    delete settings[filter as keyof typeof settings];
  }
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args,
      env: settings,
      clearEnv: true,
      stdin: "piped",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
  } catch {
    return false;
  }
  // Ctrl-C is the pager's, which may go on.
  const stop = handOnSignals((signal) => {
    try {
      child.kill(signal);
    } catch { /* It has just ended. */ }
  });
  try {
    const writer = child.stdin.getWriter();
    // The person may leave it before the end.
    await writer.write(new TextEncoder().encode(text)).catch(() => {});
    await writer.close().catch(() => {});
    await child.status;
  } finally {
    stop();
  }
  return true;
}

/** The words of a command line; quotes keep spaces, and nothing is expanded. */
function words(line: string): string[] {
  return [...line.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)]
    .map(([word]) => word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));
}
