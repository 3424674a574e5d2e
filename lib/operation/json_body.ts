/**
 * JSON bodies that have one meaning. Of a name that is there twice, or in two cases, some servers take the first, some the
 * last, and some the one in any case.
 *
 * @module
 */
import { isObject } from "../object.ts";

/** A JSON text that was read. */
export interface JsonBody {
  value: unknown;
  /** Whether an object at or above `path` has a name in more than one spelling. */
  isDoubtful(path: readonly string[]): boolean;
}

/** Deepest object, in levels, whose names are compared; conditions do not go deeper. */
const MAX_COMPARED = 12;

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Reads `text`; `undefined` if it is not JSON. */
export function readJson(text: string): JsonBody | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  let doubtful: { depth: number; found: Set<string> } | undefined;
  return {
    value,
    isDoubtful(path) {
      const depth = path.length + 1;
      if (depth > MAX_COMPARED) return true;
      if (!doubtful || doubtful.depth < depth) {
        doubtful = { depth, found: doubtfulObjects(text, depth) };
      }
      const { found } = doubtful;
      return found.size > 0 &&
        [[], ...path.map((_, at) => path.slice(0, at + 1))]
          .some((above) => found.has(key(above.map(foldKey))));
    },
  };
}

/** The value at `path`, by exact names; `undefined` if there is none. */
export function memberAt(value: unknown, path: readonly string[]): unknown {
  for (const name of path) {
    if (Array.isArray(value)) value = value[Number(name)];
    else if (isObject(value) && Object.hasOwn(value, name)) value = value[name];
    else return undefined;
  }
  return value;
}

/** The values at `path`, by names in any case. */
export function membersAt(value: unknown, path: readonly string[]): unknown[] {
  let values = [value];
  for (const name of path.map(foldKey)) {
    values = values.flatMap((each) =>
      Array.isArray(each)
        ? /^\d{1,4}$/.test(name) ? [each[Number(name)]] : []
        : isObject(each)
        ? Object.keys(each).filter((own) => foldKey(own) === name)
          .map((own) => each[own])
        : []
    );
  }
  return values.filter((each) => each !== undefined);
}

/** A name as lenient readers compare it. */
export function foldKey(name: string): string {
  return /^[a-z0-9_$-]*$/.test(name)
    ? name
    : name.normalize("NFKC").toLowerCase();
}

function key(path: readonly (string | number)[]): string {
  return path.join("\0");
}

/**
 * Paths of the objects in `text`, which is JSON, that have a name twice as lenient readers compare them; of those that are
 * not deeper than `most` levels.
 */
function doubtfulObjects(text: string, most: number): Set<string> {
  const found = new Set<string>();
  /** Of each open container that is compared: the name or index that is being read, and the names that an object has. */
  const path: (string | number)[] = [];
  const names: (Set<string> | undefined)[] = [];
  let depth = 0;
  let isName = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(text, at);
      const known = depth <= most ? names[depth - 1] : undefined;
      if (isName && known) {
        const inside = text.slice(at + 1, end - 1);
        const name = foldKey(
          inside.includes("\\") ? JSON.parse(`"${inside}"`) : inside,
        );
        if (known.has(name)) found.add(key(path.slice(0, -1)));
        known.add(name);
        path[depth - 1] = name;
      }
      isName = false;
      at = end - 1;
    } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      if (++depth > most) continue;
      isName = code === OPEN_OBJECT;
      path.push(isName ? "" : 0);
      names.push(isName ? new Set() : undefined);
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      if (depth-- > most) continue;
      path.pop();
      names.pop();
      isName = false;
    } else if (code === COMMA && depth <= most) {
      const last = path[depth - 1];
      if (typeof last === "number") path[depth - 1] = last + 1;
      else isName = true;
    }
  }
  return found;
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1;; at++) {
    const end = text.indexOf('"', at);
    if (end < 0) return text.length;
    let backslashes = 0;
    while (text[end - 1 - backslashes] === "\\") backslashes++;
    if (backslashes % 2 === 0) return end + 1;
    at = end;
  }
}
