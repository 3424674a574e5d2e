/** Which items of a password manager are keys of providers. @module */
import { credentialFields } from "../../provider/credential_fields.ts";
import type { ProviderDefinition } from "../../provider/definition.ts";
import { isOptional, readSecret } from "../../provider/secret_input.ts";
import { Secret } from "../../secret.ts";
import { connectionNameOf, type Harvest } from "../found.ts";
import { hostIndex } from "../host_takers.ts";
import { providerVariables } from "../scan/drift.ts";

/** What is known of an item without its secrets. */
export interface ItemHead {
  title: string;
  /** Addresses that it is for. */
  urls: readonly string[];
  /** Whether it says of itself that it is a key of an API; a login may as well be the password of a website. */
  isKey: boolean;
}

/** An item with its fields, in their order. */
export interface ManagerItem extends ItemHead {
  fields: readonly { label: string; value: string }[];
}

/** What a single key is called, the likeliest first. */
const KEY_LABELS = [
  ...["apikey", "apitoken", "credential", "token", "accesstoken"],
  ...["personalaccesstoken", "secretkey", "key", "secret", "password"],
];

/** Tells which items are keys of which providers. */
export class ItemMatcher {
  readonly #keys: { definition: ProviderDefinition; names: string[] }[];
  readonly #variables = new Map<string, ProviderDefinition[]>();
  readonly #servedAt: (host: string) => ProviderDefinition[];

  constructor(definitions: readonly ProviderDefinition[]) {
    const keys = definitions.filter(({ auth_type, mint }) =>
      auth_type === "api_key" && !mint
    );
    this.#keys = keys.map((definition) => ({
      definition,
      names: namesOf(definition),
    }));
    for (const definition of keys) {
      for (const variable of providerVariables(definition).keys()) {
        const known = this.#variables.get(variable) ?? [];
        this.#variables.set(variable, [...known, definition]);
      }
    }
    this.#servedAt = hostIndex(keys);
  }

  /** The definitions that an item may be for: by its title, which may be a variable, or by the host of an address. */
  likelyFor({ title, urls }: ItemHead): ProviderDefinition[] {
    const named = this.#variables.get(title.trim());
    if (named) return named;
    const name = plain(title);
    const short = name.replace(
      /(?:api|personalaccess|access|secret)?(?:key|token|pat|credentials?)s?$/,
      "",
    );
    const titled = this.#keys.filter(({ names }) =>
      names.some((each) => each === name || each === short)
    );
    if (titled.length > 0) return titled.map(({ definition }) => definition);
    const hosts = urls.flatMap((url) => {
      const address = /^[a-z][a-z0-9+.-]*:/i.test(url) ? url : `https://${url}`;
      const host = URL.canParse(address) ? new URL(address).hostname : "";
      return host === "" ? [] : [host];
    });
    return [...new Set(hosts.flatMap(this.#servedAt))];
  }

  /** Takes the items that are a key of one provider. The first of a provider has its usual name, the others their titles. */
  harvest(manager: string, items: readonly ManagerItem[]): Harvest {
    const result: Harvest = { found: [], skipped: [] };
    const taken = new Set<string>();
    for (const item of items) {
      const from = `${manager} ${item.title}`;
      const labelled = item.fields.flatMap(({ label }) =>
        this.#variables.get(label.trim()) ?? []
      );
      const likely = labelled.length > 0
        ? [...new Set(labelled)]
        : this.likelyFor(item);
      const takers = likely.flatMap((definition) => {
        const fields = fieldsFrom(definition, item);
        return fields ? [{ provider: definition.name, fields }] : [];
      });
      const [taker] = takers;
      if (takers.length > 1) {
        const names = takers.map(({ provider }) => provider);
        result.skipped.push({
          from,
          reason: `${names.join(" and ")} could use it`,
          hint: `Choose: authsome login ${names[0]} --stdin`,
        });
      } else if (taker) {
        const { provider, fields } = taker;
        const connection = taken.has(provider)
          ? connectionNameOf(item.title)
          : undefined;
        taken.add(provider);
        result.found.push({
          provider,
          ...connection === undefined ? {} : { connection },
          credential: { type: "api_key", fields },
          from,
        });
      } else if (item.isKey) {
        result.skipped.push({
          from,
          reason: likely.length === 0
            ? "no provider matches its title or address"
            : `it has no field that is a key of ${likely[0]!.name}`,
          hint: "",
        });
      }
    }
    return result;
  }
}

/** The fields of the key, if the item has all that it needs and what is there may be them. */
function fieldsFrom(
  definition: ProviderDefinition,
  { title, isKey, fields }: ManagerItem,
): Record<string, Secret> | undefined {
  const variables = providerVariables(definition);
  const wanted = credentialFields(definition);
  const found: Record<string, Secret> = {};
  let isNamed = variables.has(title.trim());
  for (const { label, value } of fields) {
    if (value === "") continue;
    const variable = variables.get(label.trim());
    const field = variable ??
      wanted.find((name) => plain(name) === plain(label));
    if (field === undefined || !wanted.includes(field)) continue;
    if (variable !== undefined) isNamed = true;
    found[field] ??= new Secret(value);
  }
  const needed = wanted.filter((field) => !isOptional(definition, field));
  const [only] = needed;
  if (needed.length === 1 && !found[only!]) {
    const value = KEY_LABELS.flatMap((label) =>
      fields.filter((each) => plain(each.label) === label && each.value !== "")
    ).at(0)?.value;
    if (value !== undefined) found[only!] = new Secret(value);
  }
  if (needed.some((field) => !found[field])) return undefined;
  const inputs = needed.map((field) =>
    readSecret(definition, field, found[field]!.reveal())
  );
  if (inputs.some((input) => "problem" in input)) return undefined;
  // The password of a website is no key: it has to look like one.
  const looksLikeOne = definition.api_key?.key_pattern !== undefined &&
    inputs.every((input) => "secret" in input && !input.doubt);
  return isKey || isNamed || looksLikeOne ? found : undefined;
}

function namesOf({ name, display_name }: ProviderDefinition): string[] {
  const short = name.replace(
    /-(?:pat|token|key|api-key|api-token|bearer-token)$/,
    "",
  );
  return [name, short, display_name.replace(/\s*\(.*\)$/, "")].map(plain);
}

/** Letters and digits alone. */
function plain(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}
