/** Members of a JSON file that a sandboxed command does not change. Pure. @module */

type Json = Record<string, unknown>;

/**
 * The text `after` with the members of `patterns` as they are in `before`; `after` itself if they are the same.
 *
 * @param patterns see `AgentProfile.guards`.
 * @param before what is there, `undefined` if there is no file.
 * @throws {SyntaxError} if either is not an object in JSON.
 */
export function withMembersOf(
  after: string,
  before: string | undefined,
  patterns: readonly string[],
  working: string,
): string {
  const own = objectOf(after);
  const other = before === undefined || before.trim() === ""
    ? {}
    : objectOf(before);
  let changed = false;
  for (const pattern of patterns) {
    changed = restore(own, other, pattern.split("."), working) || changed;
  }
  return changed ? `${JSON.stringify(own, null, 2)}\n` : after;
}

/** @returns whether `own` was changed. */
function restore(
  own: Json,
  other: Json,
  [name, ...rest]: readonly string[],
  working: string,
): boolean {
  const names = name === "*" || name === "!working"
    ? [...new Set([...Object.keys(own), ...Object.keys(other)])]
      .filter((each) => name === "*" || each !== working)
    : [name!];
  let changed = false;
  for (const each of names) {
    const [mine, theirs] = [member(own, each), member(other, each)];
    if (rest.length > 0) {
      if (!isObject(mine)) continue;
      changed = restore(mine, isObject(theirs) ? theirs : {}, rest, working) ||
        changed;
    } else if (JSON.stringify(mine) !== JSON.stringify(theirs)) {
      if (theirs === undefined) delete own[each];
      else define(own, each, theirs);
      changed = true;
    }
  }
  return changed;
}

/** A member of its own: `__proto__` is a name like any other. */
function member(object: Json, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function define(object: Json, name: string, value: unknown): void {
  Object.defineProperty(object, name, {
    ...{ value, enumerable: true, configurable: true, writable: true },
  });
}

function objectOf(text: string): Json {
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw new SyntaxError("It is not an object");
  return value;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
