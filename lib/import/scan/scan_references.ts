/** References in files and in the environment, on their way to connections that are read from a secret manager. @module */
import { shownReference } from "../../connection/references/reference.ts";
import { credentialFields } from "../../provider/credential_fields.ts";
import { isOptional } from "../../provider/secret_input.ts";
import type { Secret } from "../../secret.ts";
import type { Skipped } from "../found.ts";
import type { Candidate, Drift } from "./drift.ts";

/** A connection that references can make. Nothing was read from a manager yet. */
export interface Referring {
  provider: string;
  connection: string;
  /** By field. */
  references: Record<string, string>;
  /** What stands beside them as it is. */
  values: Record<string, Secret>;
  baseUrl?: string;
  /** Where they were found, for people. */
  from: string;
}

/** The connections that `drift` has references for, and why the others cannot be made. */
export function referring(
  candidates: readonly Candidate[],
  drift: readonly Drift[],
  { force }: { force?: boolean },
): { found: Referring[]; skipped: Skipped[] } {
  const found: Referring[] = [];
  const skipped: Skipped[] = [];
  for (const { definition, connectionName, connection } of candidates) {
    const provider = definition.name;
    const rows = drift.filter((row) => row.provider === provider);
    const own = rows.filter(({ status }) => status === "reference");
    if (own.length === 0) continue;
    const from = [...new Set(own.map(({ source }) => source!))].join(", ");
    const skip = (reason: string, hint: string) =>
      skipped.push({ provider, from, reason, hint });
    const login = `authsome login ${provider} --from <reference>`;
    if (definition.auth_type !== "api_key") {
      skip("an access token alone cannot be renewed", login);
      continue;
    }
    if (connection?.state === "connected" && !force) {
      skip(
        `connection "${connectionName}" holds another value`,
        "Replace it with --force, or keep both: --connection <new name>",
      );
      continue;
    }
    const places = new Map<string, string>();
    const values: Record<string, Secret> = {};
    let isAmbiguous = false;
    for (const { field, reference, value } of rows) {
      if (reference !== undefined) {
        isAmbiguous ||= (places.get(field) ?? reference) !== reference;
        places.set(field, reference);
      } else if (value) values[field] = value;
    }
    const fields = credentialFields(definition);
    const missing = fields.filter((field) =>
      !places.has(field) && !Object.hasOwn(values, field) &&
      !isOptional(definition, field)
    );
    if (isAmbiguous) {
      skip(
        "different references are written there",
        "Choose one: authsome scan --import --file <file>",
      );
    } else if (missing.length > 0) {
      skip(`it also needs ${missing.join(", ")}`, login);
    } else {
      found.push({
        provider,
        connection: connectionName,
        references: Object.fromEntries(places),
        values: Object.fromEntries(
          Object.entries(values).filter(([field]) => !places.has(field)),
        ),
        ...connection?.baseUrl === undefined
          ? {}
          : { baseUrl: connection.baseUrl },
        from,
      });
    }
  }
  return { found, skipped };
}

/** A connection that would be made, for a question. */
export function shownReferring(
  { provider, connection, references }: Referring,
): string {
  const places = Object.values(references).map(shownReference);
  return `${provider}/${connection} (read from ${places.join(", ")})`;
}
