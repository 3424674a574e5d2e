/** Text that came from outside, made safe to print. @module */
import { markMixed } from "../../look_alikes.ts";
import { truncate } from "../../text.ts";

// C0, DEL, C1, line and paragraph separators, and the marks that reorder or hide text.
const UNPRINTABLE =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Nearly every text; {@linkcode printable} leaves it as it is. */
export const PLAIN = /^[\x20-\x7e]*$/;

/** `text` with every character that could steer a terminal, reorder a line or pass for another as `\u{…}`. */
export function printable(text: string): string {
  // The expression below is slow to begin.
  if (PLAIN.test(text)) return text;
  return markMixed(text.replace(
    UNPRINTABLE,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  ));
}

/** Like {@linkcode printable}, but keeps line ends. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

/** `text` printable and at most `limit` characters long, for messages. */
export function shorten(text: string, limit = 60): string {
  return printable(truncate(text, limit));
}

/** Whether `text` holds a character that {@linkcode printable} would replace. */
export function hasUnprintable(text: string): boolean {
  return !PLAIN.test(text) && text.search(UNPRINTABLE) !== -1;
}
