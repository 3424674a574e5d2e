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

/** Reads `text`; `undefined` if it is not JSON. */
export function readJson(text: string): JsonBody | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  let doubtful: Set<string> | undefined;
  return {
    value,
    isDoubtful(path) {
      doubtful ??= doubtfulObjects(text);
      if (doubtful.size === 0) return false;
      if (path.length > MAX_COMPARED) return true;
      return [[], ...path.map((_, at) => path.slice(0, at + 1))]
        .some((above) => doubtful!.has(key(above.map(foldKey))));
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

/** Paths of the objects in `text`, which is JSON, that have a name twice as lenient readers compare them. */
function doubtfulObjects(text: string): Set<string> {
  const found = new Set<string>();
  /** Of each open container: the name or index that is being read, and the names that an object has. */
  const path: (string | number)[] = [];
  const names: (Set<string> | undefined)[] = [];
  let isName = false;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x7b: // {
        path.push("");
        names.push(path.length <= MAX_COMPARED ? new Set() : undefined);
        isName = true;
        break;
      case 0x5b: // [
        path.push(0);
        names.push(undefined);
        isName = false;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        path.pop();
        names.pop();
        isName = false;
        break;
      case 0x2c: { // ,
        const last = path[path.length - 1];
        if (typeof last === "number") path[path.length - 1] = last + 1;
        else isName = true;
        break;
      }
      case 0x22: { // "
        const end = endOfString(text, at);
        const known = names[names.length - 1];
        if (isName && known) {
          const name = foldKey(JSON.parse(text.slice(at, end)) as string);
          if (known.has(name)) found.add(key(path.slice(0, -1)));
          known.add(name);
          path[path.length - 1] = name;
        }
        isName = false;
        at = end - 1;
      }
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
