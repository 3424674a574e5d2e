/** A definition for a remote MCP server that has none. @module */
import { AuthsomeError } from "../errors.ts";
import type { Fetch } from "../ports/net.ts";
import { defined } from "../object.ts";
import { entriesFor } from "../provider/api_url.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import { variableOf } from "../provider/variable_name.ts";
import { isPublicHost, isSecure, quoteUrl } from "./endpoint_destination.ts";
import { printable } from "./error.ts";
import type { OAuthContext } from "./http.ts";
import { discoverIssuer, discoverResource } from "./metadata.ts";

/** Longest provider name that is made up here. */
const MAX_NAME = 63;

/**
 * Makes a definition by discovery (RFC 9728, RFC 8414) from the server's own URL. Nothing is stored.
 *
 * @throws {AuthsomeError} `Usage` if `text` is not the https URL of a public host; `EndpointUnreachable`,
 * `AuthenticationFailed` if the server's metadata cannot be had or trusted; `OperationNotAllowed` if clients cannot
 * register themselves.
 */
export async function definitionForMcpServer(
  text: string,
  ports: { fetch: Fetch; signal?: AbortSignal; allowPrivateHosts?: boolean },
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
  const resource = await discoverResource(context, url);
  const server = await discoverIssuer(
    context,
    resource?.authorizationServers[0] ?? url.origin,
    url,
  );
  const { authorizationEndpoint, tokenEndpoint, registrationEndpoint } = server;
  if (!authorizationEndpoint || !tokenEndpoint || !registrationEndpoint) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      `Cannot log in to ${url.href}: its authorization server does not support dynamic client registration`,
      "Register an app with the service and write a definition: authsome inspect github",
      { subject: { provider: name } },
    );
  }
  const title = printable(resource?.name ?? "", 80);
  return {
    ...definition,
    ...defined({ display_name: title || undefined }),
    oauth: {
      issuer: server.issuer,
      authorization_url: authorizationEndpoint.href,
      token_url: tokenEndpoint.href,
      registration_endpoint: registrationEndpoint.href,
      ...defined({ revocation_url: server.revocationEndpoint?.href }),
      resource: resource?.resource ?? url.href,
      scopes: (resource?.scopesSupported ?? [])
        .filter((scope) => /^[\x21-\x7e]{1,300}$/.test(scope)),
      // With it a server that issues refresh tokens on request does so.
      ...defined({
        refresh_scopes: server.scopesSupported?.includes("offline_access") &&
            !resource?.scopesSupported?.includes("offline_access")
          ? ["offline_access"]
          : undefined,
      }),
      pkce: true,
      supports_dcr: true,
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
    : url.search || url.hash
    ? "it has a query or a fragment"
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
