/** Bodies that have one meaning, for conditions. @module */
import type { Field } from "../../wire/http1.ts";
import { bodyText } from "../../wire/reading/body_text.ts";
import { values } from "../../wire/http1.ts";
import { decode } from "../../wire/reading/path_readings.ts";

const FORM = /^application\/x-www-form-urlencoded\b/i;
/** Deepest nesting. */
const MAX_DEPTH = 100;

/**
 * The JSON in `bytes`, or of a form its names with the values of each; `undefined` if it cannot be read, or servers could
 * read another one.
 */
export function readBody(
  fields: readonly Field[],
  bytes: Uint8Array | undefined,
): { value: unknown } | undefined {
  if (!bytes) return undefined;
  const types = values(fields, "content-type");
  const text = types.length > 1 ? undefined : bodyText(bytes, fields);
  if (text === undefined) return undefined;
  if (FORM.test(types[0] ?? "")) return { value: formOf(text) };
  if (text.trim() === "") return { value: {} };
  try {
    if (!isPlain(text)) return undefined;
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function formOf(text: string): Record<string, string[]> {
  const names = Object.create(null) as Record<string, string[]>;
  for (const part of text.split("&").filter(Boolean)) {
    const at = part.indexOf("=");
    const [name, value] = (at < 0 ? [part, ""] : [
      part.slice(0, at),
      part.slice(at + 1),
    ]).map((each) => decode(each.replaceAll("+", " ")));
    (names[name!] ??= []).push(value!);
  }
  return names;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:]/g;

/** Whether no object of a JSON text has a name twice, of which readers choose differently, and it is not too deep. */
function isPlain(text: string): boolean {
  const open: (Set<string> | undefined)[] = [];
  let last = "";
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(undefined);
    else if (token === "}" || token === "]") open.pop();
    else if (token === ":") {
      const names = open.at(-1);
      const name = JSON.parse(last) as string;
      if (names?.has(name)) return false;
      names?.add(name);
    } else last = token;
    if (open.length > MAX_DEPTH) return false;
  }
  return true;
}
