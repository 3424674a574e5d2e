/** Where the remote server is that a person names. @module */
import { AuthsomeError } from "../../errors.ts";
import type { ProviderDefinition } from "../../provider/definition.ts";
import { quoteUrl } from "../../oauth/endpoint_destination.ts";

/** Whether `text` is meant as an address, and not as the name of a provider. */
export function isAddress(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(text);
}

/**
 * The address of a server as it is typed.
 *
 * @throws {AuthsomeError} `Usage` if no token may be sent there.
 */
export function serverUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const problem = !url
    ? "it is not a URL"
    : url.protocol !== "https:"
    ? "it is not https, and a token is sent nowhere else"
    : url.username || url.password
    ? "it contains a password"
    : undefined;
  if (url && !problem) {
    url.hash = "";
    return url;
  }
  throw new AuthsomeError(
    "Usage",
    `Cannot connect to ${quoteUrl(text)}: ${problem}`,
    "authsome mcp https://…/mcp",
    { subject: { field: "provider" } },
  );
}

/**
 * The address of a provider's own server: its resource (RFC 8707), with the path of its API where the resource is a whole
 * origin.
 *
 * @throws {AuthsomeError} `OperationNotAllowed` if its definition names none.
 */
export function serverOf(definition: ProviderDefinition): URL {
  const { name, oauth, api_url } = definition;
  const resource = oauth?.resource;
  const isServer = definition.category === "mcp" ||
    /(?:^|[-_])mcp$/.test(name) ||
    oauth?.supports_dcr === true || definition.flow === "dcr_pkce";
  if (isServer && resource && /^https:/i.test(resource)) {
    const url = new URL(resource);
    if (url.pathname !== "/") return url;
    const [place = ""] = [api_url ?? ""].flat().filter((each) =>
      each.replace(/^https:\/\//, "").startsWith(`${url.host}/`)
    );
    url.pathname = place.replace(/^https:\/\//, "").slice(url.host.length) ||
      "/mcp";
    return url;
  }
  throw new AuthsomeError(
    "OperationNotAllowed",
    `Cannot connect to ${name}: its definition names no MCP server`,
    "Give the address of the server: authsome mcp https://…/mcp",
    { subject: { provider: name } },
  );
}
