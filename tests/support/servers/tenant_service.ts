/**
 * Two self-managed GitLabs on loopback, under names of their own. Their authorization server is the certified
 * `oidc-provider` on GitLab's paths; their API answers to the tokens that it issued.
 *
 * @module
 */
import Provider from "oidc-provider";
import { type LocalApi, startLocalApi } from "./local_api.ts";
import {
  type NamedProvider,
  quietly,
  serveUnderName,
} from "./named_provider.ts";

export const TENANTS = ["git.acme.com", "git.other.com"] as const;

/** The client that the person registered with a tenant. */
export function tenantClient(host: string) {
  return {
    clientId: `app-of-${host}`,
    clientSecret: `canary-secret-of-${host}`,
  };
}

/** The running services. */
export interface TenantService {
  readonly api: LocalApi;
  /** Requests to the API, and the account whose token came along; `null` if there was no `Authorization`. */
  readonly served: { host: string; account: string | null | undefined }[];
  close(): Promise<void>;
}

/** Starts both for a redirect URI. */
export async function startTenants(
  redirectUri: string,
): Promise<TenantService> {
  const servers = new Map<
    string,
    { provider: Provider; named: NamedProvider }
  >();
  for (const host of TENANTS) {
    const provider = authorizationServer(host, redirectUri);
    servers.set(host, {
      provider,
      named: await serveUnderName(provider, host),
    });
  }
  const served: TenantService["served"] = [];
  const api = await startLocalApi(
    [...TENANTS, "gitlab.com"],
    async (request) => {
      const { hostname: host, pathname: path } = new URL(request.url);
      const server = servers.get(host);
      if (server && !path.startsWith("/api/")) {
        return await server.named.forward(request);
      }
      const authorization = request.headers.get("authorization");
      const [, token] = /^Bearer (\S+)$/.exec(authorization ?? "") ?? [];
      const known = token && await server?.provider.AccessToken.find(token);
      const account = known ? known.accountId : undefined;
      served.push({ host, account: authorization === null ? null : account });
      return account
        ? Response.json({ account, host, username: account })
        : Response.json({ message: "401 Unauthorized" }, { status: 401 });
    },
  );
  return {
    api,
    served,
    async close() {
      await api.close();
      for (const { named } of servers.values()) await named.close();
    },
  };
}

function authorizationServer(host: string, redirectUri: string) {
  return quietly(() =>
    new Provider(`https://${host}`, {
      clients: [{
        client_id: tenantClient(host).clientId,
        client_secret: tenantClient(host).clientSecret,
        redirect_uris: [redirectUri],
        grant_types: [
          "authorization_code",
          "refresh_token",
          "urn:ietf:params:oauth:grant-type:device_code",
        ],
        application_type: "native",
        token_endpoint_auth_method: "client_secret_post",
      }],
      routes: {
        authorization: "/oauth/authorize",
        token: "/oauth/token",
        device_authorization: "/oauth/authorize_device",
        revocation: "/oauth/revoke",
      },
      scopes: [
        "offline_access",
        "api",
        "read_user",
        "read_repository",
        "write_repository",
      ],
      pkce: { required: () => true },
      ttl: {
        AccessToken: 3600,
        DeviceCode: 600,
        Grant: 86_400,
        Session: 3600,
        Interaction: 3600,
      },
      features: {
        devInteractions: { enabled: true },
        deviceFlow: { enabled: true },
        revocation: { enabled: true },
      },
    })
  );
}
