/**
 * Compares the variables of a folder and the environment with what authsome holds.
 *
 * @module
 */
import { sameText, sha256 } from "../../bytes.ts";
import type { Connection, Credential } from "../../connection/connection.ts";
import { secretField } from "../../connection/export_variables.ts";
import { referenceInFile } from "../../connection/references/reference.ts";
import { publicValues } from "../../connection/public_values.ts";
import {
  credentialFields,
  secretFields,
} from "../../provider/credential_fields.ts";
import { isPublic } from "../../provider/secret_input.ts";
import { defined } from "../../object.ts";
import type { ProviderDefinition } from "../../provider/definition.ts";
import { holdsPlaceholder } from "../../placeholder.ts";
import { placeholderOf } from "../../provider/placeholder_of.ts";
import { Secret } from "../../secret.ts";
import type { Doubtful } from "./assignments.ts";
import { noKey } from "./no_key.ts";

/** A file or the environment, with its variables. */
export interface Source {
  /** Name of the file, or `environment`. */
  name: string;
  variables: Readonly<Record<string, string>>;
  /** Those that programs read differently. */
  doubtful?: ReadonlyMap<string, Doubtful>;
}

/**
 * How the two sides of a variable stand to each other. A placeholder counts as missing, and so do an empty value, an
 * example, what programs read differently, and a reference that authsome cannot read. `reference`: it can be read, and no
 * connection does so yet.
 */
type DriftStatus =
  | "env_only"
  | "authsome_only"
  | "match"
  | "different"
  | "reference"
  | "both_missing";

/** One variable of one provider, in one place. */
export interface Drift {
  provider: string;
  connection: string;
  variable: string;
  /** Field of the credential that the variable holds. */
  field: string;
  /** Set if the field is no secret. */
  shown?: true;
  /** Where the variable was found; absent if nowhere. */
  source?: string;
  status: DriftStatus;
  /** The value found, unless it is missing. */
  value?: Secret;
  /** Why what is written there is not taken for a value. */
  leftOut?: string;
  /** What it is if all that is written there is meant. */
  whole?: Secret;
  /** Where the secret is, if a reference to it is written there that can be read. */
  reference?: string;
}

/** A provider with the connection that its variables are compared with, if there is one. */
export interface Candidate {
  definition: ProviderDefinition;
  /** Name of the connection that is meant, stored or not. */
  connectionName: string;
  connection?: Connection;
}

/**
 * Variable → field of the credential it may hold: an access token or the fields of an API key. None if the credential is
 * minted: what stands in a file lasts, and is another provider's.
 */
export function providerVariables(
  definition: ProviderDefinition,
): Map<string, string> {
  if (definition.mint) return new Map();
  const fields = definition.auth_type === "api_key"
    ? credentialFields(definition)
    : ["access_token"];
  const [key] = secretFields(definition);
  const variables = new Map<string, string>();
  for (const name of [definition.api_key?.env_var ?? []].flat()) {
    variables.set(name, key!);
  }
  for (const [name, field] of Object.entries(definition.export?.env ?? {})) {
    if (fields.includes(field)) variables.set(name, field);
  }
  return variables;
}

/** The state of every variable that a candidate declares and that is set somewhere, by provider and variable. */
export async function compare(
  candidates: readonly Candidate[],
  sources: readonly Source[],
): Promise<Drift[]> {
  const owners = ownersByVariable(candidates);
  const found: Drift[] = [];
  for (const candidate of candidates) {
    const { definition, connectionName, connection } = candidate;
    const seen = new Set<string>();
    const variables = providerVariables(definition);
    const shape = { provider: definition.name, connection: connectionName };
    for (const [variable, field] of variables) {
      if (!owners.get(variable)!.includes(candidate)) continue;
      const kept = connection && secretField(connection.credential, field);
      for (const source of sources) {
        if (!Object.hasOwn(source.variables, variable)) continue;
        seen.add(field);
        const shown = isPublic(definition, field);
        const read = await readValue(source, variable, !shown, kept);
        found.push({
          ...shape,
          variable,
          field,
          ...defined({ shown: shown ? true as const : undefined }),
          source: source.name,
          status: read.reference === undefined
            ? await statusOf(read.value, kept)
            : connection?.references?.[field] === read.reference
            ? "match"
            : "reference",
          ...read,
        });
      }
    }
    for (const [variable, field] of variables) {
      if (seen.has(field)) continue;
      if (!connection || !secretField(connection.credential, field)) continue;
      seen.add(field);
      found.push({ ...shape, variable, field, status: "authsome_only" });
    }
  }
  return found;
}

/** How many characters `row` has if all that is written there is meant. */
export function wholeLength({ whole }: Drift): number | undefined {
  return whole?.reveal().length;
}

/** `source` with the value of `row` as it is written. */
export function withWhole(source: Source, { variable, whole }: Drift): Source {
  if (!whole) return source;
  return {
    ...source,
    variables: { ...source.variables, [variable]: whole.reveal() },
    doubtful: new Map(
      [...source.doubtful ?? []].filter(([name]) => name !== variable),
    ),
  };
}

/** The values of `rows` as they stand in `file`. */
export function writtenValues(
  rows: ReadonlyMap<string, Drift>,
  file: Source,
): Map<string, string> {
  return new Map(
    [...rows].map(([name, { value }]) => [
      name,
      file.doubtful?.has(name) ? value!.reveal() : file.variables[name]!,
    ]),
  );
}

/** What stands in a source for `variable`. */
async function readValue(
  { variables, doubtful }: Source,
  variable: string,
  isSecret: boolean,
  kept: Secret | undefined,
): Promise<Pick<Drift, "value" | "leftOut" | "whole" | "reference">> {
  const doubt = doubtful?.get(variable);
  const text = (doubt?.whole ?? variables[variable]!).trim();
  if (text === "" || holdsPlaceholder(text)) return {};
  const kind = noKey(text, isSecret);
  if (kind) {
    return {
      leftOut: NO_KEY[kind],
      ...isSecret && !doubt
        ? defined({ reference: referenceInFile(text) })
        : {},
    };
  }
  const value = new Secret(text);
  if (!doubt) return { value };
  if (doubt.whole === undefined) return { leftOut: doubt.why };
  // Whoever imported it said which of the readings is meant.
  return kept && await sameSecret(value, kept)
    ? { value }
    : { leftOut: doubt.why, whole: value };
}

const NO_KEY = {
  reference: "it is a reference to a secret, not the secret",
  example: "it is an example, not a secret",
};

/** What takes the place of the value of `row`. */
export function placeholderOfDrift(
  { provider, field, value }: Drift,
  candidates: readonly Candidate[],
): string {
  const { definition, connection } = candidates.find(({ definition }) =>
    definition.name === provider
  )!;
  const kept = connection?.credential;
  const credential: Credential = kept?.type === "oauth2" ? kept : {
    type: "api_key",
    fields: { ...kept?.fields, ...value && { [field]: value } },
  };
  return placeholderOf({
    definition,
    values: publicValues(definition, {
      credential,
      ...defined({ baseUrl: connection?.baseUrl }),
    }),
  }, field);
}

async function statusOf(
  value: Secret | undefined,
  kept: Secret | undefined,
): Promise<DriftStatus> {
  if (!value) return kept ? "authsome_only" : "both_missing";
  if (!kept) return "env_only";
  return await sameSecret(value, kept) ? "match" : "different";
}

/** Whether two secrets are the same; their digests are compared, in constant time. */
async function sameSecret(left: Secret, right: Secret): Promise<boolean> {
  const [a, b] = await Promise.all(
    [left, right].map((secret) => sha256(secret.reveal())),
  );
  return sameText(a!, b!);
}

/** Who a variable belongs to: of several providers the connected ones, else those whose key it is. */
function ownersByVariable(
  candidates: readonly Candidate[],
): Map<string, Candidate[]> {
  const owners = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    for (const name of providerVariables(candidate.definition).keys()) {
      owners.set(name, [...owners.get(name) ?? [], candidate]);
    }
  }
  for (const [name, all] of owners) {
    if (all.length === 1) continue;
    const connected = all.filter(({ connection }) => connection);
    const keys = all.filter(({ definition }) =>
      definition.auth_type === "api_key"
    );
    owners.set(
      name,
      connected.length > 0 ? connected : keys.length > 0 ? keys : all,
    );
  }
  return owners;
}
