/** `run` without a command: the person's own shell. @module */
import { AuthsomeError } from "../../../errors.ts";
import type { SandboxProfile } from "../../../sandbox/sandbox_profile.ts";
import {
  type PersonShell,
  personShell,
  SHELL_VARIABLES,
} from "../../../run/person_shell.ts";
import type { CliContext } from "../../kit/command_context.ts";

/**
 * The shell to run, said on stderr.
 *
 * @param run what the sign in its prompt tells; a sandbox is made to let the shell's variables in.
 * @throws {AuthsomeError} `Usage` without a terminal: a program that forgot its command must hear of it.
 */
export async function openShell(
  context: CliContext,
  { nested, sandbox }: { nested: boolean; sandbox?: SandboxProfile },
): Promise<PersonShell> {
  const { terminal, env } = context.machine;
  if (!terminal.stdinIsTTY || !terminal.stderrIsTTY) {
    throw new AuthsomeError(
      "Usage",
      "Missing the command to run: without one, run opens your shell, which needs a terminal",
      "authsome run <command> [arguments]; for a script on stdin: authsome run sh",
    );
  }
  const runtime = await context.runtime();
  const program = await runtime.userShell?.() ?? "/bin/sh";
  sandbox?.allowEnv.push(...SHELL_VARIABLES);
  const sign = [
    "authsome",
    ...sandbox ? ["sandbox"] : [],
    ...nested ? ["nested"] : [],
  ].join(" ");
  context.output.say(
    `${program} runs behind the proxy${
      sandbox ? " in a sandbox" : ""
    } until you leave it: exit`,
  );
  return personShell(program, env.toObject(), sign);
}
