/** Changes of an agent to its login file that are not of the login: logins at MCP servers, for one. @module */
import { parseCommented } from "../connection/agents/commented_json.ts";
import { type Fields, isObject } from "../object.ts";

/** One value of a file: a member, or a member of a member, which are what agents change by themselves. */
type Leaves = Map<string, unknown>;

/** Fingerprints of the values by place, of what a file was written with. */
export type Written = Readonly<Record<string, string>>;

/** The places of a file without its `members`, and a fingerprint of what is there. */
export async function fingerprints(
  text: string,
  members: readonly string[],
  digest: (text: string) => Promise<string>,
): Promise<Written> {
  const found: Record<string, string> = {};
  for (
    const [place, value] of leaves(parseCommented(text)?.fields ?? {}, members)
  ) {
    found[place] = await digest(JSON.stringify(value));
  }
  return found;
}

/**
 * `own` with what was changed from `before` to `after`; `undefined` if that is nothing. What `own` has changed too goes by
 * `after`, which is younger.
 *
 * @param members are left as `own` has them.
 */
export function withChanges(
  own: string,
  after: string,
  before: Written,
  now: Written,
  members: readonly string[],
): string | undefined {
  const kept = parseCommented(own);
  const changed = parseCommented(after);
  if (!kept || !changed) return undefined;
  const file = { ...kept.fields };
  const values = leaves(changed.fields, members);
  const places = new Set([...Object.keys(before), ...Object.keys(now)]);
  let different = false;
  for (const place of places) {
    if (before[place] === now[place]) continue;
    different = true;
    put(file, place, values.get(place));
  }
  return different ? kept.head + JSON.stringify(file) : undefined;
}

function leaves(file: Fields, members: readonly string[]): Leaves {
  const found: Leaves = new Map();
  for (const [name, value] of Object.entries(file)) {
    if (members.includes(name)) continue;
    if (!isObject(value)) found.set(JSON.stringify([name]), value);
    else {
      for (const [inner, each] of Object.entries(value)) {
        found.set(JSON.stringify([name, inner]), each);
      }
    }
  }
  return found;
}

function put(
  file: Record<string, unknown>,
  place: string,
  value: unknown,
): void {
  const [name, inner] = JSON.parse(place) as [string, string?];
  if (inner === undefined) {
    if (value === undefined) delete file[name];
    else file[name] = value;
    return;
  }
  const around = isObject(file[name]) ? { ...file[name] } : {};
  if (value === undefined) delete around[inner];
  else around[inner] = value;
  file[name] = around;
}
