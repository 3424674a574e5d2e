/** The passwords of `.netrc`. @module */
import type { Harvest } from "../found.ts";
import { takersOf } from "../host_takers.ts";
import { type ImportSource, notThere } from "../source.ts";

/** One machine. */
interface NetrcEntry {
  machine: string;
  login?: string;
  password?: string;
}

/** The machines of a netrc file, as curl reads it: words, some of them quoted; macros are left out, and so is `default`. */
export function parseNetrc(text: string): NetrcEntry[] {
  const words = text
    .replace(/^[ \t]*macdef[ \t][^\n]*\n(?:[^\n]+\n?)*/gm, "")
    .replace(/^[ \t]*#.*$/gm, "")
    .match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
  const values = words.map((word) =>
    word.startsWith('"') && word.length > 1
      ? word.slice(1, -1).replace(/\\(.)/g, "$1")
      : word
  );
  const entries: NetrcEntry[] = [];
  let entry: NetrcEntry | undefined;
  for (let index = 0; index < values.length; index++) {
    const value = values[index + 1];
    switch (values[index]) {
      case "machine":
        entry = value === undefined ? undefined : { machine: value };
        if (entry) entries.push(entry);
        index++;
        break;
      case "default":
        entry = undefined;
        break;
      case "login":
      case "password":
        if (entry && value !== undefined) {
          entry[values[index] as "login" | "password"] = value;
        }
        index++;
        break;
      case "account":
        index++;
    }
  }
  return entries;
}

/** Reads the netrc file. */
export const netrc: ImportSource = {
  harvest(world): Harvest {
    const path = world.path ?? world.env.get("NETRC") ??
      `${world.userFolder}/.netrc`;
    const file = world.read(path);
    if (!file) throw notThere(path);
    const result: Harvest = { found: [], skipped: [] };
    for (const entry of parseNetrc(file.text)) {
      const from = `netrc ${entry.machine}`;
      const takers = takersOf(world.definitions, entry.machine, entry);
      if (takers.length === 1) {
        const [{ definition, fields }] = takers as [typeof takers[number]];
        result.found.push({
          provider: definition.name,
          credential: { type: "api_key", fields },
          from,
        });
      } else {
        const names = takers.map(({ definition }) => definition.name);
        result.skipped.push({
          from,
          reason: names.length === 0
            ? "no provider uses its password"
            : `${names.join(" and ")} could use it`,
          hint: names.length === 0
            ? ""
            : `Choose: authsome login ${names[0]} --stdin`,
        });
      }
    }
    return result;
  },
};
