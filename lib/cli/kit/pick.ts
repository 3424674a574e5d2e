/** What a command asks for at a terminal if its first argument is missing. @module */
import type { Broker } from "../../broker/broker.ts";
import { AuthsomeError } from "../../errors.ts";
import type { CliContext } from "./command_context.ts";

/** Whether a person can be asked; a program that reads JSON is none. */
export function canPick({ canAsk, output }: CliContext): boolean {
  return canAsk && !output.asJson;
}

/**
 * Makes sure that a person can be asked for what is missing.
 *
 * @param command as it is typed.
 * @throws {AuthsomeError} `Usage` without a terminal and with `--json`.
 */
export function askOrRefuse(
  context: CliContext,
  command: string,
  argument: string,
): void {
  if (canPick(context)) return;
  throw new AuthsomeError(
    "Usage",
    `Missing <${argument}> for "${command}"`,
    `See: authsome ${command} --help`,
  );
}

/**
 * The connections to choose from, only those called `name` if it is given.
 *
 * @throws {AuthsomeError} `ConnectionNotFound` if there are none.
 */
export async function connectionsToPick(
  { connections }: Broker,
  name: string | undefined,
): Promise<{ provider: string; name: string }[]> {
  const names = (await connections.names()).filter((each) =>
    name === undefined || each.name === name
  );
  if (names.length > 0) return names;
  throw nothingToPick(name);
}

/** The error if there is nothing to choose from. */
export function nothingToPick(name: string | undefined): AuthsomeError {
  return new AuthsomeError(
    "ConnectionNotFound",
    name === undefined
      ? "Nothing is connected"
      : `There is no connection called "${name}"`,
    name === undefined ? "authsome login" : "authsome list --connected",
  );
}
