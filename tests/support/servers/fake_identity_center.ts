/** A fake of IAM Identity Center: its OIDC service with the device flow, and its access portal. @module */
import type { ProviderDefinition } from "../../../lib/provider/definition.ts";
import { type Script, withFakeServer } from "./fake_authorization_server.ts";

/** What stands there. */
export interface FakeIdentityCenter {
  definition: ProviderDefinition;
  /** How many polls are answered with `authorization_pending`, and the others' answers before a token. */
  answers: string[];
  /** Requests by path. */
  asked: string[];
  /** Accounts and their roles. */
  roles: Record<string, string[]>;
  /** The refresh token that works. */
  refreshToken: string;
  /** Whether the portal answers with an error of its own. */
  portalFails: boolean;
  /** Seconds that a token of the portal works. */
  expiresIn: number;
  /** Keys given so far. */
  minted: number;
}

/** Runs `body` with a service. */
export async function withFakeIdentityCenter(
  body: (center: FakeIdentityCenter) => Promise<void>,
): Promise<void> {
  let tokens = 0;
  const center: Omit<FakeIdentityCenter, "definition"> = {
    answers: ["authorization_pending", "slow_down"],
    asked: [],
    roles: { 123456789012: ["agent"] },
    refreshToken: "",
    portalFails: false,
    expiresIn: 3600,
    minted: 0,
  };
  const refused = (error: string, status = 400) =>
    Response.json({ error, error_description: error }, { status });
  const token = () => {
    center.refreshToken = `refresh-canary-${++tokens}`;
    return Response.json({
      accessToken: `portal-canary-${tokens}`,
      tokenType: "Bearer",
      expiresIn: center.expiresIn,
      refreshToken: center.refreshToken,
    });
  };
  const portal = (script: Script): Script => (request, origin) => {
    if (
      request.headers.get("x-amz-sso_bearer_token") !==
        `portal-canary-${tokens}`
    ) {
      return Response.json({
        message: "Session token not found or invalid",
        __type: "UnauthorizedException",
      }, { status: 401 });
    }
    return center.portalFails
      ? Response.json({ message: "try later" }, { status: 503 })
      : script(request, origin);
  };
  const scripts: Record<string, Script> = {
    "/client/register": ({ body }) =>
      JSON.parse(body).clientType === "public"
        ? Response.json({
          clientId: "client-1",
          clientSecret: "client-secret-canary",
          clientSecretExpiresAt: Math.floor(Date.now() / 1000) + 7_000_000,
        })
        : refused("invalid_request"),
    "/device_authorization": ({ body }, origin) => {
      const { clientId, clientSecret, startUrl } = JSON.parse(body);
      return clientId === "client-1" && clientSecret && startUrl
        ? Response.json({
          deviceCode: "device-canary",
          userCode: "ABCD-EFGH",
          verificationUri: `${origin}/device`,
          verificationUriComplete: `${origin}/device?user_code=ABCD-EFGH`,
          expiresIn: 600,
          interval: 1,
        })
        : refused("invalid_client");
    },
    "/token": ({ body }) => {
      const sent = JSON.parse(body);
      if (sent.clientSecret !== "client-secret-canary") {
        return refused("invalid_client");
      }
      if (sent.grantType === "refresh_token") {
        return sent.refreshToken === center.refreshToken
          ? token()
          : refused("invalid_grant");
      }
      if (sent.deviceCode !== "device-canary") return refused("invalid_grant");
      const answer = center.answers.shift();
      return answer ? refused(answer) : token();
    },
    "/assignment/accounts": portal(() =>
      Response.json({
        accountList: Object.keys(center.roles).map((accountId) => ({
          accountId,
        })),
      })
    ),
    "/assignment/roles": portal(() =>
      Response.json({
        roleList: Object.values(center.roles)[0]!.map((roleName) => ({
          roleName,
        })),
      })
    ),
    "/federation/credentials": portal(() =>
      Response.json({
        roleCredentials: {
          accessKeyId: `ASIASSO${++center.minted}`,
          secretAccessKey: `sso-secret-${center.minted}`,
          sessionToken: `sso-session-${center.minted}`,
          expiration: Date.now() + 3_600_000,
        },
      })
    ),
  };
  const counted = Object.fromEntries(
    Object.entries(scripts).map(([path, script]) => [
      path,
      (request: Parameters<Script>[0], origin: string) => {
        center.asked.push(path);
        return script(request, origin);
      },
    ]),
  );
  await withFakeServer(counted, async ({ origin }) => {
    const definition: ProviderDefinition = {
      schema_version: 1,
      name: "acme",
      display_name: "Acme",
      auth_type: "api_key",
      flow: "aws_sso",
      api_url: "regex:^([a-z0-9-]+\\.)+amazonaws\\.com$",
      api_key: {
        secret_fields: ["access_key_id", "secret_access_key", "session_token"],
      },
      mint: {
        fields: ["start_url", "region", "account_id", "role_name"],
        public_fields: ["start_url", "region", "account_id", "role_name"],
        optional_fields: ["account_id", "role_name"],
        urls: { oidc: `${origin}/`, portal: `${origin}/` },
      },
      export: { env: { AWS_ACCESS_KEY_ID: "access_key_id" } },
    };
    await body(Object.assign(center, { definition }));
  });
}
