/**
 * Whether hosts and URLs of a definition may be trusted with a credential: public, registrable, https.
 *
 * @module
 */
import { parse } from "tldts";
import { fillTemplate } from "../template.ts";
import { readApiUrl } from "./api_url.ts";
import { literalDomain } from "./host_pattern.ts";

/**
 * Checks one entry of `api_url`.
 *
 * @param values names of values that may stand for a host.
 * @returns a warning, or `undefined`.
 * @throws {TypeError} saying what is wrong.
 */
export function checkApiUrl(
  entry: string,
  values: readonly string[],
  allowPrivate: boolean,
): string | undefined {
  const read = readApiUrl(entry);
  switch (read.kind) {
    case "host":
      if (!allowPrivate) checkPublic(read.host);
      return undefined;
    case "template":
      if (!values.includes(read.value)) {
        throw new TypeError(
          `names the value {${read.value}}, which nothing provides`,
        );
      }
      return undefined;
    case "pattern": {
      const domain = literalDomain(read.source);
      if (!allowPrivate) checkPublic(domain);
      else if (isAddress(domain)) {
        throw new TypeError("is a pattern for an IP address");
      }
      // No exception for private hosts here: a pattern over "com" or "co.uk" is never meant.
      if (parse(domain).domain === null) {
        throw new TypeError(
          `has a pattern for every host below ${JSON.stringify(domain)}`,
        );
      }
      return parse(domain, { allowPrivateDomains: true }).domain === null
        ? `has a pattern over ${domain}, where anyone can register a host`
        : undefined;
    }
  }
}

/**
 * Checks a URL that authsome itself will call or open. `{base_url}` may stand at its start.
 *
 * @throws {TypeError} saying what is wrong.
 */
export function checkEndpoint(text: string, allowPrivate: boolean): void {
  // The placeholder's own host is checked where it is given.
  const base = text.startsWith("{base_url}");
  const filled = fillTemplate(
    text.replace(/^\{base_url\}/, "https://base.example.com"),
    () => "x",
  );
  let url: URL;
  try {
    url = new URL(filled);
  } catch {
    throw new TypeError("is not a URL");
  }
  if (url.username || url.password || url.hash) {
    throw new TypeError("has a user name, a password or a fragment");
  }
  if (!base && text.slice(0, text.indexOf(url.hostname)).includes("{")) {
    throw new TypeError("has a value in place of its host");
  }
  if (/^https?:\/\/[^/?]*\{/.test(text)) {
    throw new TypeError("has a value in place of its host");
  }
  if (
    url.protocol !== "https:" && !(allowPrivate && isLoopback(url.hostname))
  ) {
    throw new TypeError("is not an https URL");
  }
  if (!base && !allowPrivate) checkPublic(url.hostname);
}

function checkPublic(host: string): void {
  const { domain, isIcann } = parse(host);
  // Not so for addresses in any spelling, single labels, and names such as .internal, .local and .test.
  if (!host.includes(".") || isIcann !== true) {
    throw new TypeError("is not a public host");
  }
  if (domain === null) throw new TypeError("is a public suffix, not a host");
}

function isAddress(host: string): boolean {
  // The URL parser knows the odd spellings too (0x7f.1, 2130706433).
  try {
    const { hostname } = new URL(`http://${host}`);
    return hostname.startsWith("[") || /^[0-9.]+$/.test(hostname);
  } catch {
    return true;
  }
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" ||
    /^127\.[0-9]+\.[0-9]+\.[0-9]+$/.test(hostname);
}
