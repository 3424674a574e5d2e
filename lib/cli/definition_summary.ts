/** What a person must see of a definition before trusting it with a credential. @module */
import type { Broker } from "../broker.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import { buildRoutes } from "../proxy/routes.ts";
import type { HostMatch } from "../proxy/route.ts";

/** The hosts a credential may go to, the OAuth endpoints, and both as lines for people. */
export function describeDefinition(definition: ProviderDefinition): {
  hosts: string[];
  endpoints: string[];
  lines: string[];
} {
  const hosts = [
    definition.api_url,
    ...(definition.extra_routes ?? []).map((route) => route.api_url),
  ].flat();
  const { oauth, api_key, name, display_name, auth_type } = definition;
  const endpoints = [
    oauth?.base_url,
    oauth?.authorization_url,
    oauth?.token_url,
    oauth?.refresh_url,
    oauth?.revocation_url,
    oauth?.device_authorization_url,
    oauth?.device_token_request?.url,
    oauth?.registration_endpoint,
    oauth?.issuer,
    oauth?.resource,
    oauth?.capture?.request?.url,
  ].filter((url) => url !== undefined);
  const variables = [
    api_key?.env_var ?? [],
    definition.client?.client_id_env ?? [],
    definition.client?.client_secret_env ?? [],
  ].flat();
  return {
    hosts,
    endpoints,
    lines: [
      `${display_name} (${name}, ${auth_type})`,
      ...list("Its credential goes to:", hosts),
      ...list("Its client and tokens go to:", endpoints),
      ...list("A login may read:", variables),
      ...list(
        "It sets for commands:",
        Object.keys(definition.export?.env ?? {}),
      ),
    ],
  };
}

function list(title: string, entries: readonly string[]): string[] {
  if (entries.length === 0) return [];
  return [title, ...[...new Set(entries)].map((entry) => `  ${entry}`)];
}

/** A line for each other provider that has a host of `definition`. */
export async function overlaps(
  broker: Broker,
  definition: ProviderDefinition,
): Promise<string[]> {
  const mine = hostsOf(definition);
  const lines: string[] = [];
  for await (const found of broker.registry.each()) {
    const { name } = found;
    // A definition that is not valid has no routes.
    if (name === definition.name || "error" in found) continue;
    const shared = hostsOf(found.provider.definition).find((theirs) =>
      mine.some((host) => meet(host, theirs))
    );
    if (shared) {
      lines.push(
        `"${name}" has the host ${
          shared.kind === "exact" ? shared.host : shared.pattern.source
        } too; requests there may get either credential or none.`,
      );
    }
  }
  return lines;
}

function hostsOf(definition: ProviderDefinition): HostMatch[] {
  return buildRoutes([{ definition, connection: "default" }]).routes
    .map((route) => route.host);
}

function meet(a: HostMatch, b: HostMatch): boolean {
  if (a.kind === "exact" && b.kind === "exact") return a.host === b.host;
  if (a.kind === "pattern" && b.kind === "pattern") {
    const [one, two] = [domainOf(a.pattern), domainOf(b.pattern)];
    return one === two || one.endsWith(`.${two}`) || two.endsWith(`.${one}`);
  }
  const [exact, pattern] = a.kind === "exact"
    ? [a, b as HostMatch & { kind: "pattern" }]
    : [b as HostMatch & { kind: "exact" }, a];
  return pattern.pattern.test(exact.host) &&
    !pattern.exclude.includes(exact.host);
}

/** The literal labels at the end of a pattern's source: `^[a-z]+\.sentry\.io$` → `sentry.io`. */
function domainOf(pattern: RegExp): string {
  const match = /((?:\\\.[a-z0-9-]+)+)\$$/.exec(pattern.source);
  return match ? match[1]!.replaceAll("\\.", ".").slice(1) : pattern.source;
}
