/**
 * What a run has to know of each connection that it does not use, so that it does not open thousands of records: whether
 * its routes are its own, and whether its secrets may stand in the environment. A sketch is sealed in the index of the
 * vault, and has no secret in it.
 *
 * @module
 */
import { AuthsomeError } from "../../errors.ts";
import type { Connection } from "../connection.ts";
import { decodeConnection } from "../record.ts";
import { secretValues } from "../secret_fields.ts";

/** Before each; another version writes another one. */
const VERSION = "1";

/** Characters at the end of a secret that are looked for: the start of a key is the same in many. */
const TAIL = 8;

/** Digits of each hash, in base 36. */
const DIGITS = 7;

/**
 * The version, the kind of credential, and a hash of the end of each secret, as it is and percent-encoded; those shorter than
 * 8 characters have none. It is a text, since thousands are read for each run.
 */
export type Sketch = string;

/**
 * The sketch of the record `recordKey` as the index keeps it: empty for a connection that has to be opened, since it has a
 * tenant, captured values or references, and for any other record. `undefined` if the text is damaged.
 */
export function sketchOf(recordKey: string, text: string): string | undefined {
  if (!/^profile\/[^/]+\/connection\//.test(recordKey)) return "";
  let connection: Connection;
  try {
    connection = decodeConnection(text, 1);
  } catch (error) {
    if (error instanceof AuthsomeError) return undefined;
    throw error;
  }
  const { credential, baseUrl, references } = connection;
  const captured = credential.type === "oauth2" ? credential.captured : {};
  if (
    baseUrl !== undefined || references || Object.keys(captured).length > 0
  ) return "";
  const ends = new Set<number>();
  // Every field counts as a secret here; which ones are none is in the definition.
  for (
    const value of secretValues(credential, {
      api_key: { public_fields: [] },
    })
  ) {
    if (value.length < TAIL) continue;
    ends.add(hashAt(value, value.length));
    if (!value.isWellFormed()) continue;
    const encoded = encodeURIComponent(value);
    ends.add(hashAt(encoded, encoded.length));
  }
  const kind = credential.type === "api_key" ? "k" : "o";
  return VERSION + kind +
    [...ends].map((end) => end.toString(36).padStart(DIGITS, "0")).join("");
}

/** Whether it is the sketch of a connection that may stay unread, whose credential is of `type`. */
export function isSketchOf(
  sketch: Sketch,
  type: "api_key" | "oauth2",
): boolean {
  return sketch.startsWith(VERSION + (type === "api_key" ? "k" : "o"));
}

/** Tells whether a secret of a sketch may stand anywhere in `texts`; rarely also where none does. */
export function finderIn(
  texts: Iterable<string>,
): (sketch: Sketch) => boolean {
  const found = new Set<number>();
  for (const text of texts) {
    for (let end = TAIL; end <= text.length; end++) {
      found.add(hashAt(text, end));
    }
  }
  return (sketch) => {
    for (let at = VERSION.length + 1; at < sketch.length; at += DIGITS) {
      if (found.has(numberAt(sketch, at))) return true;
    }
    return false;
  };
}

/** Without a text of its own for each. */
function numberAt(text: string, start: number): number {
  let number = 0;
  for (let at = start; at < start + DIGITS; at++) {
    const code = text.charCodeAt(at);
    number = number * 36 + (code < 58 ? code - 48 : code - 87);
  }
  return number;
}

/** FNV-1a of the characters before `end`, 32 bits. */
function hashAt(text: string, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = end - TAIL; at < end; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}
