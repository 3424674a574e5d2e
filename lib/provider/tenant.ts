/** Tenants: the base URL that a provider's URLs depend on. @module */
import { fillTemplate } from "../template.ts";
import type { ProviderDefinition } from "./definition.ts";

/** The base URL that is used when a connection has none of its own, or `undefined`. */
export function defaultBaseUrl(
  definition: ProviderDefinition,
): string | undefined {
  return definition.oauth?.base_url ?? definition.api_key?.base_url;
}

/** The value that a host of `definition` takes from its base URL under `name`, or `undefined` if it has none. */
export function baseUrlValue(
  definition: ProviderDefinition,
  name: string,
  baseUrl: string | undefined,
): string | undefined {
  if (!baseUrlValues(definition).includes(name)) return undefined;
  const base = baseUrl ?? defaultBaseUrl(definition);
  if (base === undefined) return undefined;
  const { pattern } = definition.public_values![name]!;
  return new RegExp(pattern).exec(trimSlash(base))?.[1];
}

/** Names of the values that are part of the base URL. */
export function baseUrlValues(
  { public_values = {} }: ProviderDefinition,
): string[] {
  return Object.keys(public_values)
    .filter((name) => public_values[name]!.from === "base_url");
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

/** The field of a base URL that no URL of `definition` depends on, or `undefined`. */
export function unusedBaseUrl(
  definition: ProviderDefinition,
): string | undefined {
  if (JSON.stringify(definition).includes("{base_url")) return undefined;
  return (["oauth", "api_key"] as const)
    .filter((section) => definition[section]?.base_url !== undefined)
    .map((section) => `${section}.base_url`)[0];
}

/**
 * The endpoint `url` of `definition` for a connection whose base URL is `baseUrl`, with `{base_url}` replaced.
 *
 * @returns `undefined` if there is none for this tenant. An endpoint that is fixed where others follow the base URL is
 * that of the default tenant; a token or client of another must not be sent there.
 */
export function endpointOf(
  definition: ProviderDefinition,
  url: string | undefined,
  baseUrl: string | undefined,
): string | undefined {
  if (url === undefined) return undefined;
  const standard = defaultBaseUrl(definition);
  const base = trimSlash(baseUrl ?? standard ?? "");
  if (!url.includes("{base_url}")) {
    const own = base !== trimSlash(standard ?? "");
    // Without a token endpoint the credential is minted at the base URL.
    const follows = definition.oauth?.token_url?.includes("{base_url}") ??
      definition.mint !== undefined;
    return own && follows ? undefined : url;
  }
  return base ? withBaseUrl(url, base) : undefined;
}

/** `text` with `{base_url}` replaced. */
export function withBaseUrl(text: string, base: string): string {
  return fillTemplate(text, (name) => name === "base_url" ? base : undefined);
}

/** `url` without the slashes at its end. */
export function trimSlash(url: string): string {
  let end = url.length;
  while (url[end - 1] === "/") end--;
  return url.slice(0, end);
}
