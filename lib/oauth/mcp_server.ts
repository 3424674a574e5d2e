/** A definition for a remote MCP server that has none. @module */
import { AuthsomeError } from "../errors.ts";
import type { Fetch } from "../ports/net.ts";
import { defined } from "../object.ts";
import { entriesFor } from "../provider/api_url.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import { variableOf } from "../provider/variable_name.ts";
import { isPublicHost, isSecure, quoteUrl } from "./endpoint_destination.ts";
import { printable } from "./error.ts";
import { addressOf, type OAuthContext } from "./http.ts";
import { discover, identifierOf } from "./discovery/discover.ts";

/** Longest provider name that is made up here. */
const MAX_NAME = 63;

/**
 * Makes a definition by discovery (RFC 9728, RFC 8414) from the server's own URL. Nothing is stored.
 *
 * @throws {AuthsomeError} `Usage` if `text` is not the https URL of a public host; `EndpointUnreachable`,
 * `AuthenticationFailed` if the server's metadata cannot be had or trusted; `OperationNotAllowed` if it has no place to
 * log in.
 */
export async function definitionForMcpServer(
  text: string,
  { preferred, ...ports }: {
    fetch: Fetch;
    signal?: AbortSignal;
    allowPrivateHosts?: boolean;
    /** Issuers to prefer, if the server names several. */
    preferred?: () => Promise<readonly string[]>;
  },
): Promise<ProviderDefinition> {
  const url = mcpUrl(text, ports.allowPrivateHosts ?? false);
  const name = nameOf(url);
  const path = url.pathname.replace(/\/$/, "");
  const definition: ProviderDefinition = {
    schema_version: 1,
    name,
    display_name: url.host,
    auth_type: "oauth2",
    flow: "dcr_pkce",
    api_url: `${url.host}${path}`,
    category: "mcp",
  };
  const context: OAuthContext = { definition, ...ports };
  const { resource, server } = await discover(context, url, {
    preferred,
    hints: {
      missing:
        `If it takes a key: authsome provider new <name> --host ${definition.api_url}`,
      distrusted: `Its operator has to correct it. More: authsome login ${
        addressOf(url)
      } --verbose`,
    },
  });
  const { authorizationEndpoint, tokenEndpoint, registrationEndpoint } = server;
  if (!authorizationEndpoint || !tokenEndpoint) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      `Cannot log in to ${
        addressOf(url)
      }: its authorization server has no login page`,
      "Register an app with the service and write a definition: authsome inspect github",
      { subject: { provider: name } },
    );
  }
  const title = printable(resource.name ?? "", 80);
  return {
    ...definition,
    ...defined({ display_name: title || undefined }),
    // Without either, the person is asked for a client.
    flow: registrationEndpoint || server.clientIdMetadataDocumentSupported
      ? "dcr_pkce"
      : "pkce",
    oauth: {
      ...defined({ issuer: server.issuer }),
      authorization_url: authorizationEndpoint.href,
      token_url: tokenEndpoint.href,
      ...defined({
        registration_endpoint: registrationEndpoint?.href,
        revocation_url: server.revocationEndpoint?.href,
        supports_dcr: registrationEndpoint && true,
      }),
      resource: resource.resource ?? identifierOf(url),
      scopes: resource.scopes ?? [],
      // With it a server that issues refresh tokens on request does so.
      ...defined({
        refresh_scopes: server.scopesSupported?.includes("offline_access") &&
            !resource.scopes?.includes("offline_access")
          ? ["offline_access"]
          : undefined,
      }),
      pkce: true,
      token_auth_method: "none",
    },
    export: { env: { [variableOf(name, "ACCESS_TOKEN")]: "access_token" } },
    api_url: entriesFor(url, resource?.resource),
  };
}

function mcpUrl(text: string, allowPrivateHosts: boolean): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const problem = !url
    ? "it is not a URL"
    : !isSecure(url)
    ? "it is not https"
    : url.username || url.password
    ? "it contains a password"
    : url.hash
    ? "it has a fragment"
    : !allowPrivateHosts &&
        (url.protocol !== "https:" || !isPublicHost(url.hostname))
    ? "its host is not public"
    : undefined;
  if (url && !problem) return url;
  throw new AuthsomeError(
    "Usage",
    `Cannot log in to ${quoteUrl(text)}: ${problem}`,
    url && isSecure(url)
      ? "To allow it: authsome provider new <name> --oauth <url> --allow-private"
      : "authsome login https://…/mcp",
    { subject: { field: "provider" } },
  );
}

/** `https://mcp.example.com/mcp` → `mcp-example-com`; other paths are part of the name, as other resources. */
function nameOf(url: URL): string {
  const path = /^\/mcp\/?$/.test(url.pathname) ? "" : url.pathname;
  return `${url.host}${path}`.toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "").slice(0, MAX_NAME);
}
