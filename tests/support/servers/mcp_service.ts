/**
 * A remote MCP server that nobody wrote a definition for: `mcp.acme.com` describes itself (RFC 9728) and leads to
 * `auth.acme.com`, the certified `oidc-provider` with dynamic registration and resource indicators.
 *
 * @module
 */
import Provider from "oidc-provider";
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
  close(): Promise<void>;
}

/** Starts it. */
export async function startMcpService(): Promise<McpService> {
  const provider = authorizationServer();
  const named = await serveUnderName(provider, new URL(ISSUER).hostname);
  const registrations: McpService["registrations"] = [];
  const tokens: McpService["tokens"] = [];
  const bearers: McpService["bearers"] = [];

  async function authorize(request: Request): Promise<Response> {
    const body = request.body ? await request.text() : undefined;
    const { pathname } = new URL(request.url);
    if (pathname === "/reg") registrations.push(JSON.parse(body!));
    if (pathname === "/token") tokens.push(new URLSearchParams(body));
    return await named.forward(request, body);
  }

  async function answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
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
    ["mcp.acme.com", "auth.acme.com"],
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
    async close() {
      await api.close();
      await named.close();
    },
  };
}

function authorizationServer() {
  return quietly(() =>
    new Provider(ISSUER, {
      scopes: ["offline_access", "tools:read", "tools:write"],
      pkce: { required: () => true },
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
        registration: { enabled: true },
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
