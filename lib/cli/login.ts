/** What `login` does with its flags. @module */
import { AuthsomeError } from "../errors.ts";
import type { LoginFlags } from "./commands/login.ts";
import type { CliContext } from "./context.ts";

/** Runs a login: the flags' meaning, the ways to reach the person, the last line. */
export async function runLogin(
  context: CliContext,
  provider: string,
  _flags: LoginFlags,
): Promise<void> {
  const broker = await context.broker();
  await broker.registry.get(provider);
  throw new AuthsomeError(
    "OperationNotAllowed",
    `Cannot log in to ${provider}: this build has no way to reach you yet`,
  );
}
