/** JSON below lines of comment, as agents write their settings. @module */
import { type Fields, parseObject } from "../../object.ts";

/** A JSON object, and the lines of comment above it; `undefined` if it is none. */
export function parseCommented(
  text: string,
): { head: string; fields: Fields } | undefined {
  const [head] = /^(?:[\t\r ]*(?:\/\/[^\n]*)?\n)*/.exec(text)!;
  const fields = parseObject(text.slice(head.length));
  return fields && { head, fields };
}
