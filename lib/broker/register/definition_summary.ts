/** What a person must see of a definition before trusting it with a credential. @module */
import { markName } from "../../look_alikes.ts";
import { clientVariables } from "../../provider/credential_fields.ts";
import type { ProviderDefinition } from "../../provider/definition.ts";

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
    ...Object.values(definition.mint?.urls ?? {}),
  ].filter((url) => url !== undefined);
  const variables = [
    api_key?.env_var ?? [],
    clientVariables(definition).map(({ name }) => name),
  ].flat();
  return {
    hosts,
    endpoints,
    lines: [
      `${markName(display_name)} (${name}, ${auth_type})`,
      ...list("Its credential goes to:", hosts),
      ...definition.allow_private
        ? ["These hosts may be on private networks or on this machine."]
        : [],
      ...list("Its client and tokens go to:", endpoints),
      ...list("A login asks, with its credential:", asked(definition)),
      ...list("A login may read:", variables),
      ...list(
        "It sets for commands:",
        Object.keys(definition.export?.env ?? {}),
      ),
      ...list(
        "It shows sandboxed commands the files:",
        (definition.config_files ?? []).map(({ path }) => `~/${path}`),
      ),
    ],
  };
}

/** The requests that tell whose credential it is. */
function asked({ whoami }: ProviderDefinition): string[] {
  const { method = "GET", url = [], body } = whoami ?? {};
  return [url].flat().map((each) =>
    `${method} ${each}` + (body === undefined ? "" : ` ${body}`)
  );
}

function list(title: string, entries: readonly string[]): string[] {
  if (entries.length === 0) return [];
  return [title, ...[...new Set(entries)].map((entry) => `  ${entry}`)];
}
