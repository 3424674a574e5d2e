/** An installed program as a person runs it. @module */
import { processOf } from "./program.ts";

/** Runs `words` in the folder `cwd` with `env` and nothing else in the environment but the programs on the path. */
export async function runInstalled(
  words: string[],
  { cwd, env, stdin = "" }: {
    cwd: string;
    env: Record<string, string>;
    stdin?: string;
  },
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = processOf(words, {
    cwd,
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH")!, AUTHSOME_NO_VERIFY: "1", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  // Some programs end before they have read it.
  await writer.write(new TextEncoder().encode(stdin)).catch(() => {});
  await writer.close().catch(() => {});
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Runs what must succeed; throws what it said if not. */
export async function succeed(words: string[], cwd?: string): Promise<void> {
  const { success, stderr } = await processOf(words, { cwd, stdin: "null" })
    .output();
  if (!success) {
    throw new Error(`${words[0]}: ${new TextDecoder().decode(stderr)}`);
  }
}
