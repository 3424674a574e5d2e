/** What is wrong with a record of a connection or a client. @module */
import { AuthsomeError } from "../../errors.ts";

/** The record of one name stands under another. */
export function misplaced(): AuthsomeError {
  return new AuthsomeError(
    "RecordCorrupt",
    "Cannot read record: it belongs to another name",
  );
}

/** Another process was faster; without `name` it was about the client of the provider. */
export function conflict(provider: string, name?: string): AuthsomeError {
  return new AuthsomeError(
    "RecordConflict",
    name === undefined
      ? `Cannot save the client of ${provider}: it was changed in the meantime`
      : `Cannot save connection ${provider}/${name}: it was changed in the meantime`,
    "Try again",
    {
      subject: name === undefined
        ? { provider }
        : { provider, connection: name },
    },
  );
}
