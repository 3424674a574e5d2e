/**
 * A remote MCP server that nobody wrote a definition for: `mcp.acme.com` describes itself (RFC 9728) and leads to
 * `auth.acme.com`, the certified `oidc-provider` with dynamic registration and resource indicators.
 *
 * @module
 */
import Provider from "oidc-provider";
import { fetchFrom } from "../terminal/cli_session.ts";
import { type LocalApi, startLocalApi } from "./local_api.ts";
import { quietly, serveUnderName } from "./named_provider.ts";

export const MCP_URL = "https://mcp.acme.com/mcp";
const ISSUER = "https://auth.acme.com";

/** A running service. */
export interface McpService {
  readonly api: LocalApi;
  /** Bodies of the registrations. */
  readonly registrations: Record<string, unknown>[];
  /** Parameters of each request to the token endpoint. */
  readonly tokens: URLSearchParams[];
  /** `Authorization` of each request to the MCP endpoint. */
  readonly bearers: (string | null)[];
  /** Forgets every client that registered itself. */
  forgetClients(): Promise<void>;
  close(): Promise<void>;
}

/** What differs from the usual service. */
export interface McpOptions {
  /** The documents of clients that describe themselves, by their URL; the authorization server fetches them. */
  documents?: Readonly<Record<string, string>>;
  /** Whether clients can register themselves. Default: true. */
  registration?: boolean;
  /** How clients prove themselves at all its endpoints. Default: in any way, or not at all. */
  authMethods?: readonly string[];
}

/** Starts it. */
export async function startMcpService(
  options: McpOptions = {},
): Promise<McpService> {
  const { documents = {} } = options;
  const provider = authorizationServer(options, (url) => fetchFrom(api, url));
  const named = await serveUnderName(provider, new URL(ISSUER).hostname);
  const registrations: McpService["registrations"] = [];
  const tokens: McpService["tokens"] = [];
  const bearers: McpService["bearers"] = [];
  const ids: string[] = [];

  async function authorize(request: Request): Promise<Response> {
    const body = request.body ? await request.text() : undefined;
    const { pathname } = new URL(request.url);
    if (pathname === "/reg") registrations.push(JSON.parse(body!));
    if (pathname === "/token") tokens.push(new URLSearchParams(body));
    const response = await named.forward(request, body);
    if (pathname === "/reg") {
      ids.push((await response.clone().json()).client_id);
    }
    return response;
  }

  async function answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const document = documents[request.url];
    if (document !== undefined) {
      return new Response(document, {
        headers: { "content-type": "application/json" },
      });
    }
    if (pathname === "/.well-known/oauth-protected-resource/mcp") {
      return Response.json({
        resource: MCP_URL,
        resource_name: "Acme tools",
        authorization_servers: [ISSUER],
        scopes_supported: ["tools:read"],
      });
    }
    if (pathname !== "/mcp") return new Response("", { status: 404 });
    const authorization = request.headers.get("authorization");
    bearers.push(authorization);
    const [, token] = /^Bearer (\S+)$/.exec(authorization ?? "") ?? [];
    const known = token && await provider.AccessToken.find(token);
    if (!known || known.aud !== MCP_URL) {
      return new Response("", {
        status: 401,
        headers: {
          "www-authenticate": `Bearer resource_metadata="${new URL(
            "/.well-known/oauth-protected-resource/mcp",
            MCP_URL,
          )}"`,
        },
      });
    }
    const { id, method } = await request.json();
    if (method === "tools/call" && !/\btools:write\b/.test(known.scope)) {
      return new Response("", {
        status: 403,
        headers: {
          "www-authenticate":
            `Bearer error="insufficient_scope", scope="tools:write", resource_metadata="${new URL(
              "/.well-known/oauth-protected-resource/mcp",
              MCP_URL,
            )}"`,
        },
      });
    }
    return Response.json({
      jsonrpc: "2.0",
      id,
      result: {
        protocolVersion: "2025-06-18",
        capabilities: {},
        serverInfo: { name: "acme", version: "1" },
      },
    });
  }

  const api = await startLocalApi(
    [
      "mcp.acme.com",
      "auth.acme.com",
      ...Object.keys(documents).map((url) => new URL(url).hostname),
    ],
    (request) =>
      new URL(request.url).origin === ISSUER
        ? authorize(request)
        : answer(request),
  );
  return {
    api,
    registrations,
    tokens,
    bearers,
    async forgetClients() {
      for (const id of ids) await provider.Client.adapter.destroy(id);
    },
    async close() {
      await api.close();
      await named.close();
    },
  };
}

function authorizationServer(
  { documents, registration = true, authMethods }: McpOptions,
  fetch: (url: URL) => Promise<Response>,
) {
  return quietly(() =>
    new Provider(ISSUER, {
      scopes: ["offline_access", "tools:read", "tools:write"],
      // What it does by itself refuses addresses of this machine.
      fetch: (url: string | URL) => fetch(new URL(url)),
      pkce: { required: () => true },
      ...(authMethods ? { clientAuthMethods: [...authMethods] } : {}),
      rotateRefreshToken: true,
      ttl: {
        AccessToken: 3600,
        RefreshToken: 86_400,
        Grant: 86_400,
        Session: 3600,
        Interaction: 3600,
      },
      features: {
        devInteractions: { enabled: true },
        registration: { enabled: registration },
        ...(documents
          ? { clientIdMetadataDocument: { enabled: true, ack: "draft-02" } }
          : {}),
        revocation: { enabled: true },
        resourceIndicators: {
          enabled: true,
          useGrantedResource: () => true,
          getResourceServerInfo: (_ctx: unknown, audience: string) => ({
            audience,
            scope: "tools:read tools:write",
            accessTokenTTL: 3600,
            accessTokenFormat: "opaque",
          }),
        },
      },
    })
  );
}
