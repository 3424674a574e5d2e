/** Runs a small program of the system to its end. @module */
import { processEnv } from "../env.ts";
import { programEnvironment } from "./programs.ts";

/** How a program ended, and what it wrote. */
export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/**
 * Runs the program at the path `program`, killed after `limit` milliseconds; `undefined` if it cannot be started. What it
 * is given on stdin it need not read.
 */
export async function runToEnd(
  program: string,
  args: readonly string[],
  { stdin, limit }: { stdin?: string | undefined; limit: number },
): Promise<Ended | undefined> {
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args: [...args],
      clearEnv: true,
      env: programEnvironment(processEnv),
      stdin: stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch {
    return undefined;
  }
  const timer = setTimeout(() => {
    try {
      child.kill("SIGKILL");
    } catch { /* It has just ended. */ }
  }, limit);
  try {
    // Both at once: it may write before it has read everything, or end without.
    const [{ code, stdout, stderr }] = await Promise.all([
      child.output(),
      stdin === undefined ? undefined : write(child, stdin).catch(() => {}),
    ]);
    const text = new TextDecoder();
    return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
  } finally {
    clearTimeout(timer);
  }
}

async function write(child: Deno.ChildProcess, text: string): Promise<void> {
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
}
