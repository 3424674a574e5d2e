/** Where the values of a login go, as the routes of a run say. @module */
import type { Injection, ProviderDefinition } from "../provider/definition.ts";
import { readableHosts } from "./readable_host.ts";
import { clientField, PRIVATE_KEY } from "../provider/secret/client_fields.ts";
import { endpointOf, withBaseUrl } from "../provider/tenant.ts";
import type { Route } from "../request/route.ts";
import { buildRoutes } from "../request/routes.ts";

/** Where one value goes. */
export interface Destination {
  /** Hosts, maybe with a port and a path; `*` where they vary. */
  hosts: string[];
  /** Whether the provider names further hosts at login. */
  named: boolean;
  /** Whether requests to them are signed with the value, which is not sent itself. */
  signs: boolean;
}

/** Where `field` of a credential goes (`access_token`, or a secret field) for the tenant at `baseUrl`. */
export function destinationOf(
  definition: ProviderDefinition,
  field: string,
  baseUrl?: string,
): Destination {
  if (definition.mint?.fields.includes(field)) {
    return mintedAt(definition, field, baseUrl);
  }
  if (clientField(definition, field)) {
    return clientAt(definition, field, baseUrl);
  }
  const hosts = new Set<string>();
  let signs = false;
  for (const route of routesOf(definition, baseUrl)) {
    const use = route.injections.map((injection) => useOf(injection, field));
    if (!use.some(Boolean)) continue;
    signs ||= use.includes("signs");
    for (const host of namesOf(route)) hosts.add(host);
  }
  if (field === "access_token") {
    const { capture, revocation_url, token_exchange, token_url } =
      definition.oauth ?? {};
    // Those that learn a token without a request of a program.
    const others = [
      capture?.request?.url,
      revocation_url,
      token_exchange && token_url,
    ];
    for (const other of others) {
      const url = endpointOf(definition, other, baseUrl) ?? "";
      if (URL.canParse(url)) hosts.add(new URL(url).host);
    }
  }
  return {
    hosts: [...hosts],
    named: field === "access_token" && isNamedAtLogin(definition),
    signs,
  };
}

/** The endpoints that mint the credential: a source goes nowhere else. */
function mintedAt(
  { oauth, mint }: ProviderDefinition,
  field: string,
  baseUrl: string | undefined,
): Destination {
  const urls = [
    oauth?.token_url ?? oauth?.base_url ?? [],
    Object.values(mint?.urls ?? {}),
  ].flat();
  const hosts = urls.map((url) =>
    withBaseUrl(url, baseUrl ?? oauth?.base_url ?? "")
      .replace(/^https?:\/\/([^/?]*).*$/, "$1").replaceAll(/\{.*?\}/g, "*")
  );
  return {
    hosts: [...new Set(hosts)],
    named: false,
    signs: mint?.file_fields?.includes(field) ?? false,
  };
}

/** The endpoints that learn a client's values; those of a server that describes itself are on its issuer's host or near it. */
function clientAt(
  definition: ProviderDefinition,
  field: string,
  baseUrl: string | undefined,
): Destination {
  const { token_url, refresh_url, revocation_url, issuer, resource } =
    definition.oauth ?? {};
  const urls = [token_url ?? issuer ?? resource, refresh_url, revocation_url];
  const hosts = urls.flatMap((each) => {
    const url = endpointOf(definition, each, baseUrl) ?? "";
    return URL.canParse(url) ? [new URL(url).host] : [];
  });
  return {
    hosts: [...new Set(hosts)],
    named: false,
    signs: field === PRIVATE_KEY,
  };
}

function routesOf(
  definition: ProviderDefinition,
  baseUrl: string | undefined,
): readonly Route[] {
  try {
    return buildRoutes([{
      definition,
      connection: "",
      ...(baseUrl === undefined ? {} : { baseUrl }),
    }]).routes;
  } catch {
    // A definition that was never checked. Nothing is better than a wrong promise.
    return [];
  }
}

function useOf(
  injection: Injection,
  field: string,
): "sends" | "signs" | undefined {
  if (injection.kind === "sigv4") {
    return injection.secret_access_key.includes(`{${field}}`)
      ? "signs"
      : JSON.stringify(injection).includes(`{${field}}`)
      ? "sends"
      : undefined;
  }
  return JSON.stringify(injection).includes(`{${field}}`) ? "sends" : undefined;
}

function namesOf({ host, port, pathPrefix, paths }: Route): string[] {
  const names = host.kind === "exact"
    ? [host.host]
    : readableHosts(host.pattern.source);
  return names.map((name) =>
    (port === 443 ? name : `${name}:${port}`) +
    (pathPrefix === "/" ? "" : pathPrefix) + (paths ? ` (${paths})` : "")
  );
}

/** Whether a host of the definition is known only when the provider has answered the login. */
function isNamedAtLogin(
  { api_url, extra_routes = [] }: ProviderDefinition,
): boolean {
  return [api_url, ...extra_routes.map((extra) => extra.api_url)].flat()
    .some((url) => /\{(?!base_url_host\})/.test(url));
}
