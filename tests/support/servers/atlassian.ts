/**
 * Atlassian on loopback, under its real names: `auth.atlassian.com` is the certified `oidc-provider`, and
 * `api.atlassian.com` answers to the tokens that it issued.
 *
 * @module
 */
import Provider from "oidc-provider";
import { type LocalApi, startLocalApi } from "./local_api.ts";
import { quietly, serveUnderName } from "./named_provider.ts";

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
  const provider = authorizationServer(redirectUri, accessTokenSeconds);
  const named = await serveUnderName(provider, AUTH_HOST);
  const authorizations: URLSearchParams[] = [];
  const tokens: Atlassian["tokens"] = [];
  const bearers: Atlassian["bearers"] = [];
  const secrets = new Set<string>([APP.clientSecret]);

  async function authorize(request: Request): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname === "/authorize") authorizations.push(url.searchParams);
    const body = request.body ? await request.text() : undefined;
    const response = await named.forward(request, body);
    if (url.pathname === "/oauth/token") {
      const sent = new URLSearchParams(body);
      tokens.push({ sent, status: response.status });
      const issued = response.ok ? await response.clone().json() : {};
      for (const name of ["access_token", "refresh_token"]) {
        if (issued[name]) secrets.add(issued[name]);
      }
    }
    return response;
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
      await named.close();
    },
  };
}

function authorizationServer(redirectUri: string, seconds: number) {
  return quietly(() =>
    new Provider(`https://${AUTH_HOST}`, {
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
    })
  );
}
