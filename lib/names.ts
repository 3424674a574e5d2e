/** Names that a person gives to connections and profiles. @module */
import { AuthsomeError } from "./errors.ts";
import { quoted } from "./text.ts";

/** The name of a connection that was given none. */
export const DEFAULT_CONNECTION = "default";
/** The profile that is used unless another is chosen. */
export const DEFAULT_PROFILE = "default";

const MAX_NAME_LENGTH = 64;
/** Control, format, surrogate and unassigned characters, line separators, and both slashes. */
const NOT_IN_NAMES = /[\p{C}\p{Zl}\p{Zp}/\\]/u;
/** Nearly every name; the expression above is slow to begin. */
const PLAIN_NAME = /^[\w .@:+-]*$/;

/**
 * Checks the name of a connection, profile, SSH key or phone: 1 to 64 characters, none of them a control character or a slash.
 *
 * @returns the name.
 * @throws {AuthsomeError} `Usage`.
 */
export function checkName(
  what: "connection" | "profile" | "SSH key" | "phone",
  name: string,
) {
  const problem = name === ""
    ? "it is empty"
    : name.length > MAX_NAME_LENGTH
    ? `it has ${name.length} characters, at most ${MAX_NAME_LENGTH} are allowed`
    : name.trim() !== name
    ? "it starts or ends with a space"
    : name.startsWith("-")
    ? "it starts with a dash"
    : !PLAIN_NAME.test(name) && NOT_IN_NAMES.test(name)
    ? "it contains a control character or a slash"
    : undefined;
  if (problem) {
    throw new AuthsomeError(
      "Usage",
      `Cannot use ${what} name ${quoted(name, 80)}: ${problem}`,
      `Choose a ${what} name of letters, digits, spaces and punctuation`,
      { subject: { field: what } },
    );
  }
  return name;
}
