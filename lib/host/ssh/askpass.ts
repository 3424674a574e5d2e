/** Questions of an SSH agent on the desktop, by the convention of ssh-agent(1). @module */
import type { Env } from "../../ports/system.ts";
import { findProgram, programEnvironment } from "../run/programs.ts";

/** A question that nobody answers is a no. Milliseconds. */
const LIMIT_MS = 60_000;
/** Bytes of an answer that are read. */
const MAX_ANSWER = 1024;

/** See `SshAgentHost.ask`. */
export async function askPerson(
  question: string,
  env: Env,
): Promise<boolean | undefined> {
  const program = askpassProgram(env);
  if (program === undefined) return undefined;
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args: [question],
      clearEnv: true,
      env: { ...programEnvironment(env), SSH_ASKPASS_PROMPT: "confirm" },
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
  } catch {
    return undefined;
  }
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    try {
      child.kill("SIGKILL");
    } catch { /* It has just ended. */ }
  }, LIMIT_MS);
  try {
    const { code, stdout } = await child.output();
    if (late) return undefined;
    const answer = new TextDecoder().decode(stdout.subarray(0, MAX_ANSWER));
    // As ssh-agent: nothing, or yes.
    return code === 0 && /^(?:yes)?\r?\n?$/i.test(answer);
  } finally {
    clearTimeout(timer);
  }
}

/** The program that the person named, else the system's where there is a desktop. */
function askpassProgram(env: Env): string | undefined {
  if (env.get("SSH_ASKPASS_REQUIRE") === "never") return undefined;
  const named = env.get("SSH_ASKPASS");
  if (named) return named.startsWith("/") ? named : undefined;
  return env.get("DISPLAY") || env.get("WAYLAND_DISPLAY")
    ? findProgram("ssh-askpass", env)
    : undefined;
}
