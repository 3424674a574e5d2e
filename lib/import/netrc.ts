/** The passwords of `.netrc`. @module */
import { credentialFields } from "../provider/credential_fields.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import { onlyName } from "../template.ts";
import { buildRoutes, isRoutedHost } from "../request/routes.ts";
import { Secret } from "../secret.ts";
import type { Harvest } from "./found.ts";
import { type ImportSource, notThere } from "./source.ts";

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
      const takers = world.definitions.flatMap((definition) => {
        const fields = serves(definition, entry.machine)
          ? fieldsOf(definition, entry)
          : undefined;
        return fields ? [{ definition, fields }] : [];
      });
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

function serves(definition: ProviderDefinition, machine: string): boolean {
  const table = buildRoutes([{ definition, connection: "default" }]);
  return isRoutedHost(table, machine, 443);
}

/** The fields of the API key: the password, or login and password where both make up the key. */
function fieldsOf(
  definition: ProviderDefinition,
  { login, password }: NetrcEntry,
): Record<string, Secret> | undefined {
  if (definition.auth_type !== "api_key" || !password) return undefined;
  const fields = credentialFields(definition);
  if (fields.length === 1) return { [fields[0]!]: new Secret(password) };
  const basic = definition.api_key?.inject?.find(({ kind }) =>
    kind === "basic"
  );
  if (fields.length !== 2 || basic?.kind !== "basic" || !login) {
    return undefined;
  }
  const user = onlyName(basic.username);
  const secret = onlyName(basic.password);
  return user && secret && user !== secret && fields.includes(user) &&
      fields.includes(secret)
    ? { [user]: new Secret(login), [secret]: new Secret(password) }
    : undefined;
}
