/**
 * Atlassian on loopback, under its real names: `auth.atlassian.com` is the certified `oidc-provider`, and
 * `api.atlassian.com` answers to the tokens that it issued.
 *
 * @module
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";
import { type LocalApi, startLocalApi } from "./local_api.ts";

export const AUTH_HOST = "auth.atlassian.com";
export const API_HOST = "api.atlassian.com";
/** The app that the person registered in the developer console. */
export const APP = {
  clientId: "atlassian-app-id",
  clientSecret: "canary-client-secret",
};

/** A running Atlassian. */
export interface Atlassian {
  readonly api: LocalApi;
  /** Parameters of each request to the authorization endpoint. */
  readonly authorizations: URLSearchParams[];
  /** Parameters of each request to the token endpoint, and what it answered. */
  readonly tokens: { sent: URLSearchParams; status: number }[];
  /** `Authorization` of each request to the API. */
  readonly bearers: (string | null)[];
  /** Everything secret that was issued, and the client's secret. */
  readonly secrets: Set<string>;
  close(): Promise<void>;
}

/** Starts it for the redirect URI that the person gave to the app. */
export async function startAtlassian(
  redirectUri: string,
  { accessTokenSeconds = 3600 } = {},
): Promise<Atlassian> {
  const server = createServer();
  await new Promise<void>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve())
  );
  const { port } = server.address() as AddressInfo;
  const provider = authorizationServer(redirectUri, accessTokenSeconds);
  server.on("request", provider.callback());

  const authorizations: URLSearchParams[] = [];
  const tokens: Atlassian["tokens"] = [];
  const bearers: Atlassian["bearers"] = [];
  const secrets = new Set<string>([APP.clientSecret]);

  async function authorize(request: Request): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname === "/authorize") authorizations.push(url.searchParams);
    const body = request.body ? await request.text() : undefined;
    const headers = new Headers(request.headers);
    headers.set("x-forwarded-proto", "https");
    headers.set("x-forwarded-host", AUTH_HOST);
    const response = await fetch(
      `http://127.0.0.1:${port}${url.pathname}${url.search}`,
      { method: request.method, headers, body, redirect: "manual" },
    );
    let text = await response.text();
    if (url.pathname === "/oauth/token") {
      const sent = new URLSearchParams(body);
      tokens.push({ sent, status: response.status });
      const issued = response.ok ? JSON.parse(text) : {};
      for (const name of ["access_token", "refresh_token"]) {
        if (issued[name]) secrets.add(issued[name]);
      }
    }
    // Its pages fetch a font from the internet.
    text = text.replace(/@import url\([^)]*\);/, "");
    const answered = new Headers(response.headers);
    answered.delete("content-length");
    answered.delete("content-encoding");
    return new Response(response.status < 300 ? text : text || null, {
      status: response.status,
      headers: answered,
    });
  }

  async function answer(request: Request): Promise<Response> {
    const authorization = request.headers.get("authorization");
    bearers.push(authorization);
    const [, token] = /^Bearer (\S+)$/.exec(authorization ?? "") ?? [];
    const known = token && await provider.AccessToken.find(token);
    return known
      ? Response.json({ account: known.accountId, scope: known.scope })
      : Response.json({ message: "Unauthorized" }, { status: 401 });
  }

  const api = await startLocalApi(
    [AUTH_HOST, API_HOST],
    (request) =>
      new URL(request.url).hostname === AUTH_HOST
        ? authorize(request)
        : answer(request),
  );
  return {
    api,
    authorizations,
    tokens,
    bearers,
    secrets,
    async close() {
      await api.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function authorizationServer(redirectUri: string, seconds: number) {
  const warn = console.warn;
  // It warns about being a test server.
  console.warn = () => {};
  const provider = new Provider(`https://${AUTH_HOST}`, {
    clients: [{
      client_id: APP.clientId,
      client_secret: APP.clientSecret,
      client_name: "My agent",
      redirect_uris: [redirectUri],
      grant_types: ["authorization_code", "refresh_token"],
      application_type: "native",
      token_endpoint_auth_method: "client_secret_post",
    }],
    routes: {
      authorization: "/authorize",
      token: "/oauth/token",
      revocation: "/oauth/revoke",
    },
    scopes: [
      "offline_access",
      "read:jira-work",
      "write:jira-work",
      "read:jira-user",
      "manage:jira-project",
      "manage:jira-configuration",
    ],
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: (
      _ctx: unknown,
      _client: unknown,
      code: { scopes: Set<string> },
    ) => Promise.resolve(code.scopes.has("offline_access")),
    ttl: {
      AccessToken: seconds,
      RefreshToken: 86_400,
      Grant: 86_400,
      Session: 3600,
      Interaction: 3600,
    },
    features: {
      devInteractions: { enabled: true },
      revocation: { enabled: true },
    },
  });
  console.warn = warn;
  provider.proxy = true;
  return provider;
}
