/** The rules of `operations`. @module */
import { readApiUrl } from "../api_url.ts";
import type { ProviderDefinition } from "../definition.ts";
import { literalDomain } from "../host_pattern.ts";
import { FRAMING, rule, RuleError } from "./rule_error.ts";

/** Nothing is said of hosts that get no credential, and of nothing twice. */
export function checkOperations(definition: ProviderDefinition): void {
  const { operations, api_url, extra_routes = [] } = definition;
  if (!operations) return;
  const served = [api_url, ...extra_routes.map((route) => route.api_url)]
    .flat();
  const entries = [
    ...(operations.protocols ?? []).map((place, at) =>
      [`operations.protocols[${at}]`, place] as const
    ),
    ...(operations.list ?? []).map((place, at) =>
      [`operations.list[${at}]`, place] as const
    ),
  ];
  for (const [field, { host = [] }] of entries) {
    for (const each of [host].flat()) {
      rule(`${field}.host`, () => checkHost(each, served));
    }
  }
  operations.list?.forEach(({ header = {} }, at) => {
    for (const name of Object.keys(header)) {
      if (FRAMING.test(name) || /^(?:authorization|cookie)$/i.test(name)) {
        throw new RuleError(
          `operations.list[${at}].header.${name}`,
          "may not decide: it is not part of what an operation is",
        );
      }
    }
  });
}

function checkHost(entry: string, served: readonly string[]): void {
  const asked = readApiUrl(entry);
  if (asked.kind === "pattern") {
    const domain = literalDomain(asked.source);
    if (!served.some((url) => `.${domain}`.endsWith(`.${domainOf(url)}`))) {
      throw new TypeError("is a pattern for no host of this definition");
    }
    return;
  }
  if (asked.path !== "/") {
    throw new TypeError('has a path, which belongs into "path"');
  }
  const known = served.some((url) => {
    const own = readApiUrl(url);
    if (own.kind === "pattern") {
      return asked.kind === "host" && new RegExp(own.source).test(asked.host);
    }
    return own.kind === "host"
      ? asked.kind === "host" && own.host === asked.host
      : asked.kind === "template" && own.value === asked.value &&
        own.prefix === asked.prefix;
  });
  if (!known) {
    throw new TypeError("is not a host of api_url or extra_routes");
  }
}

/** What ends every host that `entry` stands for; a text that ends none for a host that a login names. */
function domainOf(entry: string): string {
  const read = readApiUrl(entry);
  return read.kind === "host"
    ? read.host
    : read.kind === "pattern"
    ? literalDomain(read.source)
    : "{";
}
