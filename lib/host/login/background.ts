/** Starts this program once more, to go on after this process has ended. @module */
import type { BackgroundStart } from "../../broker/broker.ts";
import { selfCommand } from "../run/self.ts";

/** Longest first line in characters. */
const LINE_LIMIT = 65_536;

/** Starts `args` of this program in a session of its own, without a terminal; see {@linkcode BackgroundStart}. */
export async function startInBackground(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  /** See {@linkcode selfCommand}. */
  module?: string,
): Promise<BackgroundStart> {
  const [program, ...words] = selfCommand(args, module);
  const child = new Deno.Command(program!, {
    args: words,
    env: { ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
    detached: true,
  }).spawn();
  let text = "";
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  while (!text.includes("\n\n") && text.length < LINE_LIMIT) {
    const { done, value } = await reader.read();
    if (done) {
      return { text, exitCode: (await child.status).code };
    }
    text += value;
  }
  // It goes on alone; nothing of it must keep this process.
  child.unref();
  return { text };
}
