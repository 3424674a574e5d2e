/** What of a connection is no secret, by the names that its definition has for it. @module */
import { defined } from "../object.ts";
import { hostOfValue } from "../provider/api_url.ts";
import { publicFields } from "../provider/credential_fields.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import { defaultBaseUrl, trimSlash } from "../provider/tenant.ts";
import type { Connection } from "./connection.ts";
import { fieldsOf } from "./secret_fields.ts";

/** The part of a connection that the values come from. */
type Source = Pick<Connection, "credential" | "baseUrl">;

/** Shortest secret that is looked for in a value; a shorter one may stand there by chance. */
const MIN_SECRET = 8;
/** Fewest characters of a secret that no public value may show. */
const MIN_HIDDEN = 16;
/** Longest text that a pattern is matched with. */
const MAX_MATCHED = 4096;

/**
 * The values by name: public fields and values, `base_url`, `base_url_host` (with its port unless that is 443),
 * `client_id` of an OAuth connection, and captured values. A name without a value is left out; so is a value that holds a
 * secret of the credential, and one that has a control character. The values that are parts of one secret are at most
 * half of it together and leave 16 characters, else none of them is given.
 */
export function publicValues(
  definition: ProviderDefinition,
  { credential, baseUrl }: Source,
): Record<string, string> {
  const base = trimSlash(baseUrl ?? defaultBaseUrl(definition) ?? "");
  const place = hostOfValue(base);
  const fields = fieldsOf(credential);
  const shown = publicFields(definition);
  const oauth = credential.type === "oauth2" ? credential : undefined;
  const values = {
    ...oauth?.captured,
    ...defined({
      client_id: oauth?.clientId,
      base_url: base || undefined,
      base_url_host: place &&
        place.host + (place.port === 443 ? "" : `:${place.port}`),
    }),
    ...Object.fromEntries(
      shown.flatMap((name) =>
        Object.hasOwn(fields, name) ? [[name, fields[name]!.reveal()]] : []
      ),
    ),
  };
  const secrets = Object.fromEntries(
    Object.entries(fields).filter(([name]) => !shown.includes(name))
      .map(([name, secret]) => [name, secret.reveal()]),
  );
  Object.assign(values, partsOf(definition, values, secrets));
  const hidden = Object.values(secrets).filter((secret) =>
    secret.length >= MIN_SECRET
  );
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) =>
      // deno-lint-ignore no-control-regex
      value !== "" && !/[\0-\x1f\x7f-\x9f\u2028\u2029]/.test(value) &&
      !hidden.some((secret) => value.includes(secret))
    ),
  );
}

/** The `public_values` of `definition`. */
function partsOf(
  { public_values = {} }: ProviderDefinition,
  values: Readonly<Record<string, string>>,
  secrets: Readonly<Record<string, string>>,
): Record<string, string> {
  const found: { name: string; from: string; value: string }[] = [];
  for (const [name, { from, pattern }] of Object.entries(public_values)) {
    const text = secrets[from] ?? values[from];
    if (text === undefined || text.length > MAX_MATCHED) continue;
    const value = new RegExp(pattern).exec(text)?.[1];
    if (value) found.push({ name, from, value });
  }
  return Object.fromEntries(
    found.filter(({ from }) => {
      const whole = secrets[from]?.length;
      if (whole === undefined) return true;
      const told = found.filter((other) => other.from === from)
        .reduce((sum, { value }) => sum + value.length, 0);
      return whole - told >= Math.max(told, MIN_HIDDEN);
    }).map(({ name, value }) => [name, value]),
  );
}
