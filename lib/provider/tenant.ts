/** Tenants: the base URL that a provider's URLs depend on. @module */
import type { ProviderDefinition } from "./definition.ts";

/** The base URL that is used when a connection has none of its own, or `undefined`. */
export function defaultBaseUrl(
  definition: ProviderDefinition,
): string | undefined {
  return definition.oauth?.base_url ?? definition.api_key?.base_url;
}

/** Whether `login` must be given a base URL: a URL depends on it and there is no default. */
export function needsBaseUrl(definition: ProviderDefinition): boolean {
  if (defaultBaseUrl(definition) !== undefined) return false;
  const { api_url, extra_routes, oauth, api_key } = definition;
  const urls = [api_url].flat();
  // Beside fixed hosts, {base_url_host} only stands for a server of one's own.
  const fixed = urls.some((url) => !url.includes("{base_url"));
  return (!fixed &&
    JSON.stringify([urls, extra_routes]).includes("{base_url")) ||
    JSON.stringify([oauth, api_key]).includes("{base_url");
}
