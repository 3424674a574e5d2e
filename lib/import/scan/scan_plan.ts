/** What a scan can bring into the vault. @module */
import { defined } from "../../object.ts";
import type { Harvest } from "../found.ts";
import { credentialFields } from "../../provider/credential_fields.ts";
import { isOptional } from "../../provider/secret_input.ts";
import type { Secret } from "../../secret.ts";
import { type Candidate, type Drift, providerVariables } from "./drift.ts";

/**
 * The API keys that `drift` found whole, and why the others cannot be taken. Nothing for what authsome has already, nor for
 * what `scan_references.ts` is about.
 */
export function harvest(
  candidates: readonly Candidate[],
  drift: readonly Drift[],
): Harvest {
  const result: Harvest = { found: [], skipped: [] };
  for (const { definition, connectionName, connection } of candidates) {
    const provider = definition.name;
    const own = drift.filter((row) => row.provider === provider);
    if (own.some(({ status }) => status === "reference")) continue;
    const rows = own.filter((row) => row.value);
    if (!rows.some(({ status }) => status !== "match")) continue;
    const from = [...new Set(rows.map(({ source }) => source!))].join(", ");
    const skip = (reason: string, hint: string) =>
      result.skipped.push({ from, provider, reason, hint });
    if (definition.auth_type !== "api_key") {
      skip(
        "an access token alone cannot be renewed",
        `authsome login ${provider}`,
      );
      continue;
    }
    const fields: Record<string, Secret> =
      connection?.credential.type === "api_key"
        ? { ...connection.credential.fields }
        : {};
    const places = new Map<string, Drift>();
    let conflict: [Drift, Drift] | undefined;
    for (const row of rows) {
      const other = places.get(row.field);
      if (other && other.value!.reveal() !== row.value!.reveal()) {
        conflict = [other, row];
      }
      places.set(row.field, row);
      fields[row.field] = row.value!;
    }
    if (conflict) {
      const [one, two] = conflict;
      skip(
        `${one.source} (${one.variable}) and ${two.source} (${two.variable}) hold different values`,
        "Choose one: authsome scan --import --file <file>",
      );
      continue;
    }
    const missing = credentialFields(definition).filter((field) =>
      !Object.hasOwn(fields, field) && !isOptional(definition, field)
    );
    if (missing.length > 0) {
      const variables = [...providerVariables(definition)]
        .filter(([, field]) => missing.includes(field)).map(([name]) => name);
      skip(
        `it also needs ${variables.join(", ") || missing.join(", ")}`,
        `authsome login ${provider}`,
      );
      continue;
    }
    result.found.push({
      provider,
      connection: connectionName,
      credential: { type: "api_key", fields },
      ...defined({ baseUrl: connection?.baseUrl }),
      from,
    });
  }
  return result;
}
