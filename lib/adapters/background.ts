/** Starts this program once more, to go on after this process has ended. @module */
import type { BackgroundStart } from "../broker.ts";

/** Longest first line in characters. */
const LINE_LIMIT = 65_536;

/** Starts `args` of this program in a session of its own, without a terminal; see {@linkcode BackgroundStart}. */
export async function startInBackground(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  /** What is run where this program is not a single file. */
  module: string = Deno.mainModule,
): Promise<BackgroundStart> {
  const child = new Deno.Command(Deno.execPath(), {
    args: Deno.build.standalone
      ? [...args]
      : ["run", "--quiet", "--allow-all", module, ...args],
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
