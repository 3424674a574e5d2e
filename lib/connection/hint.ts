/** Commands as hints, ready to be typed in a POSIX shell. @module */
import { DEFAULT_CONNECTION } from "../names.ts";

/** ` --connection <name>`, or nothing for the connection that a command means anyway. */
export function connectionOption(name: string): string {
  return name === DEFAULT_CONNECTION ? "" : ` --connection ${quoteWord(name)}`;
}

/** A word as it can be typed in a POSIX shell. */
export function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word)
    ? word
    : `'${word.replaceAll("'", `'\\''`)}'`;
}
