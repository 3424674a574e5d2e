/** The rules of what a definition says is no secret. @module */
import {
  credentialFields,
  publicNames,
  publicVariables,
  secretFields,
} from "../credential_fields.ts";
import type { Injection, ProviderDefinition } from "../definition.ts";
import { templatesOf } from "../injection.ts";
import { patternProblem } from "../key_pattern.ts";
import { isPublicVariable } from "../public_variable.ts";
import { variableOf } from "../variable_name.ts";
import { fieldNames } from "../../template.ts";

/** Tells the caller which field breaks a rule, and how. */
type Refuse = (field: string, reason: string, hint?: string) => never;

/** Names that mean something else in every definition. */
const TAKEN =
  /^(?:access_token|refresh_token|id_token|client_secret|base_url|base_url_host)$/;
/** Names of secrets. Of keys, only those that say so are none. */
const SECRET_NAME =
  /(?:^|_)(?:token|secret|password|passwd|passphrase|credentials?|bearer|jwt|pat|pin)$|_key$/;
const PUBLIC_KEY = /(?:^|_)(?:public|publishable|client|site)_key$/;
/** Texts as secrets are: a pattern that takes the most of one would take the most of any. */
const SAMPLES = [
  "a".repeat(40),
  "A".repeat(40),
  "0".repeat(40),
  "aB3".repeat(16),
];

/** Checks `public_fields` and `public_values`. */
export function checkPublic(
  definition: ProviderDefinition,
  refuse: Refuse,
): void {
  const { api_key, extra_routes = [], public_values = {} } = definition;
  const secrets = secretFields(definition);
  const shown = api_key?.public_fields ?? [];
  if (shown.length > 0 && definition.auth_type !== "api_key") {
    refuse("api_key.public_fields", 'needs auth_type "api_key"');
  }
  const check = (field: string, name: string) => {
    if (TAKEN.test(name) || SECRET_NAME.test(name) && !PUBLIC_KEY.test(name)) {
      refuse(
        field,
        `may not have "${name}", which is the name of ${
          /^base/.test(name) ? "something else" : "a secret"
        }`,
      );
    }
  };
  for (const [name, field] of Object.entries(definition.client?.fields ?? {})) {
    if (field.public) check(`client.fields.${name}`, name);
  }
  shown.forEach((name, at) => {
    check("api_key.public_fields", name);
    if (secrets.includes(name) || shown.indexOf(name) !== at) {
      refuse("api_key.public_fields", `has "${name}", which is there twice`);
    }
  });
  if (shown.length > 0) {
    // What carries no secret identifies nobody, and the provider would take it for one.
    const places: [field: string, injections: readonly Injection[]][] = [
      ["api_key.inject", api_key?.inject ?? []],
      ...extra_routes.map((route, at): [string, Injection[]] => [
        `extra_routes[${at}].inject`,
        [route.inject],
      ]),
    ];
    for (const [field, injections] of places) {
      const used = injections.flatMap(templatesOf).flatMap(fieldNames);
      if (used.length > 0 && !used.some((name) => secrets.includes(name))) {
        refuse(field, "has only what is no secret");
      }
    }
  }
  const { public_values: _, ...others } = definition;
  const known = [...credentialFields(definition), ...publicNames(others)];
  for (const [name, { from, pattern }] of Object.entries(public_values)) {
    const field = `public_values.${name}`;
    check(field, name);
    if (known.includes(name)) refuse(field, "has the name of another value");
    if (
      from !== "base_url" &&
      (from === "refresh_token" || !credentialFields(definition).includes(from))
    ) {
      refuse(
        `${field}.from`,
        `names "${from}", which is neither a field of this credential nor base_url`,
      );
    }
    const problem = patternProblem(pattern) ??
      (hasGroup(pattern) ? undefined : "has no group for the value");
    if (problem) refuse(`${field}.pattern`, problem);
    if (secrets.includes(from) && takesAll(pattern)) {
      refuse(`${field}.pattern`, "takes more than a part of the secret");
    }
  }
}

/** Checks the name of every variable that holds what is no secret. `allowed`: names that the person allowed. */
export function checkPublicVariables(
  definition: ProviderDefinition,
  allowed: (name: string) => boolean,
  refuse: Refuse,
): void {
  const { name: provider, api_key, export: exported } = definition;
  const shown = publicVariables(definition);
  const credentials = [
    ...[api_key?.env_var ?? []].flat(),
    ...Object.keys(exported?.env ?? {}).filter((name) => !shown.has(name)),
  ];
  for (const [name, value] of shown) {
    if (isPublicVariable(name, provider, credentials) || allowed(name)) {
      continue;
    }
    refuse(
      `export.env.${name}`,
      `holds ${value}, which is no secret, and is not named like this provider, so a program may run or obey its value`,
      `Name it ${
        variableOf(provider, value.toUpperCase())
      } or the like. If you trust its author: authsome register --force <file>`,
    );
  }
}

function hasGroup(pattern: string): boolean {
  return new RegExp(`${pattern}|`).exec("")!.length > 1;
}

function takesAll(pattern: string): boolean {
  return SAMPLES.some((sample) =>
    (new RegExp(pattern).exec(sample)?.[1] ?? "").length > sample.length / 2
  );
}
