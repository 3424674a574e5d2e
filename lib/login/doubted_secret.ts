/** What becomes of a doubt about a secret where nobody can be asked: a warning, or an error without the person's word. @module */
import { connectionOption } from "../connection/hint.ts";
import { AuthsomeError } from "../errors.ts";
import type { SecretInput } from "../provider/secret_input.ts";
import type { Secret } from "../secret.ts";

/** Which login it is, and whether the person insists. */
export interface DoubtOptions {
  provider: string;
  connection: string;
  force?: boolean;
  /** Told a doubt about a secret that is taken. */
  warn?(message: string): void;
}

/**
 * The secret of a judged text.
 *
 * @throws {AuthsomeError} `Usage` if it is probably none and `force` is not set.
 */
export function acceptedSecret(
  input: Extract<SecretInput, { secret: Secret }>,
  { provider, connection, force, warn }: DoubtOptions,
  field: string,
): Secret {
  if (input.doubt && input.unlikely && !force) {
    throw new AuthsomeError(
      "Usage",
      `Cannot log in to ${provider}: ${input.doubt}`,
      `If it is right: authsome login ${provider}${
        connectionOption(connection)
      } --stdin --force`,
      { subject: { provider, connection, field } },
    );
  }
  if (input.doubt) warn?.(input.doubt);
  return input.secret;
}
