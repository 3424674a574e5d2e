/**
 * Keys of a role by IAM Identity Center: its access portal gives them for a token that a person granted.
 *
 * The token is renewed with a refresh token (CreateToken) as long as the session of the portal lasts.
 *
 * @module
 */
import { AuthsomeError } from "../errors.ts";
import { defined, isObject } from "../object.ts";
import { OAuthError } from "../oauth/error.ts";
import { Secret } from "../secret.ts";
import { awsEndpoint, temporaryKeys } from "./aws_endpoint.ts";
import { jsonRequest } from "./json_request.ts";
import type { MintContext, Minted, MintRequest, Source } from "./minted.ts";
import { needed, sourceValues } from "./source_values.ts";

/** How long before its expiry the token of the portal is renewed, in milliseconds. */
const RENEW_BEFORE_MS = 60_000;
const ACCOUNT = /^\d{12}$/;
const ROLE = /^[\w+=,.@-]{1,64}$/;

/** Throws as `mint` does. */
export async function ssoKeys(
  context: MintContext,
  { source }: MintRequest,
): Promise<Minted> {
  const { definition } = context;
  const { name } = definition;
  const kept = await withToken(context, source);
  const { account, role } = await chosenRole(context, kept);
  const answer = await askPortal(context, kept, "/federation/credentials", {
    role_name: role,
    account_id: account,
  });
  return {
    ...temporaryKeys(name, answer.roleCredentials),
    captured: {},
    source: {
      ...kept,
      account_id: new Secret(account),
      role_name: new Secret(role),
    },
  };
}

/**
 * The source with a token that works.
 *
 * @throws {OAuthError} `expired_token` if the session of the portal has ended.
 */
async function withToken(
  context: MintContext,
  source: Source,
): Promise<Source> {
  const { definition, clock } = context;
  const values = sourceValues(definition, source);
  const expiresAt = Number(values.get("access_token_expires_at"));
  if (expiresAt - clock.now() > RENEW_BEFORE_MS) return source;
  const refreshToken = values.get("refresh_token");
  if (!refreshToken) {
    throw new OAuthError(definition.name, "get keys of the role", {
      error: "expired_token",
      description: "the session of the access portal has ended",
      status: 401,
    });
  }
  const token = await createToken(context, source, { refreshToken });
  const renewed = { ...source, ...token };
  // The refresh token before it may be dead by now.
  context.keep?.(renewed);
  return renewed;
}

/**
 * A token of the portal as members of a source (CreateToken), for a device code that a person confirmed or for a refresh
 * token.
 *
 * @throws {OAuthError} as RFC 8628 §3.5 has them.
 */
export async function createToken(
  context: MintContext,
  source: Source,
  grant: { deviceCode: string } | { refreshToken: string },
): Promise<Source> {
  const { definition, clock } = context;
  const values = sourceValues(definition, source);
  const clientSecret = needed(definition, "{client_secret}", values);
  const sentAt = clock.now();
  const answer = await askOidc(context, source, "/token", {
    clientId: needed(definition, "{client_id}", values),
    clientSecret,
    grantType: "deviceCode" in grant
      ? "urn:ietf:params:oauth:grant-type:device_code"
      : "refresh_token",
    ...grant,
  }, [clientSecret, ...Object.values(grant)]);
  const { accessToken, refreshToken, expiresIn } = answer;
  if (!isToken(accessToken) || typeof expiresIn !== "number") {
    throw new AuthsomeError(
      "AuthenticationFailed",
      `Cannot log in to ${definition.name}: its answer has no token`,
      "Try again",
      { subject: { provider: definition.name } },
    );
  }
  return {
    access_token: new Secret(accessToken),
    access_token_expires_at: new Secret(String(sentAt + expiresIn * 1000)),
    ...isToken(refreshToken) ? { refresh_token: new Secret(refreshToken) } : {},
  };
}

function isToken(value: unknown): value is string {
  return typeof value === "string" && /^[!-~]{1,16384}$/.test(value);
}

/** An operation of IAM Identity Center OIDC. */
export async function askOidc(
  context: MintContext,
  source: Source,
  path: string,
  body: Record<string, unknown>,
  secrets: readonly string[],
): Promise<Record<string, unknown>> {
  const answer = await jsonRequest(
    context,
    ssoEndpoint(context, source, "oidc", path),
    { task: "log in", body, secrets },
  );
  return isObject(answer) ? answer : {};
}

async function askPortal(
  context: MintContext,
  source: Source,
  path: string,
  query: Record<string, string>,
): Promise<Record<string, unknown>> {
  const url = ssoEndpoint(context, source, "portal", path);
  url.search = new URLSearchParams(query).toString();
  const token = source.access_token!.reveal();
  const answer = await jsonRequest(context, url, {
    task: "get keys of the role",
    method: "GET",
    headers: { "x-amz-sso_bearer_token": token },
    secrets: [token],
  });
  return isObject(answer) ? answer : {};
}

/** `path` of one of its services in the region of the source. */
export function ssoEndpoint(
  context: MintContext,
  source: Source,
  name: string,
  path: string,
): URL {
  const { definition } = context;
  const region = needed(
    definition,
    "{region}",
    sourceValues(definition, source),
  );
  return new URL(path, awsEndpoint(context, name, region));
}

/** The account and the role that the person named, or the only ones. */
async function chosenRole(
  context: MintContext,
  source: Source,
): Promise<{ account: string; role: string }> {
  const account = source.account_id?.reveal() ??
    only(
      context,
      "account_id",
      await askPortal(context, source, "/assignment/accounts", {
        max_result: "100",
      }),
      "accountList",
      "accountId",
    );
  if (!ACCOUNT.test(account)) throw unknown(context, "account_id", []);
  const role = source.role_name?.reveal() ??
    only(
      context,
      "role_name",
      await askPortal(context, source, "/assignment/roles", {
        max_result: "100",
        account_id: account,
      }),
      "roleList",
      "roleName",
    );
  if (!ROLE.test(role)) throw unknown(context, "role_name", []);
  return { account, role };
}

function only(
  context: MintContext,
  field: string,
  answer: Record<string, unknown>,
  list: string,
  member: string,
): string {
  const found = answer[list];
  const names = (Array.isArray(found) ? found : []).flatMap((each) =>
    isObject(each) && typeof each[member] === "string" ? [each[member]] : []
  ).filter((name) => ACCOUNT.test(name) || ROLE.test(name));
  if (names.length === 1) return names[0]!;
  throw unknown(context, field, names);
}

function unknown(
  { definition: { name } }: MintContext,
  field: string,
  names: readonly string[],
): AuthsomeError {
  return new AuthsomeError(
    "Usage",
    names.length > 0
      ? `Cannot choose ${field} of ${name}: there are ${
        names.slice(0, 20).join(", ")
      }`
      : `Cannot use ${field} of ${name}: there is none that may be used`,
    `Give ${field}: authsome login ${name} --force`,
    { subject: { provider: name, field } },
  );
}

/** The client that a login registers for itself (RegisterClient), as members of a source. */
export async function registerSsoClient(
  context: MintContext,
  source: Source,
): Promise<Source> {
  const answer = await askOidc(context, source, "/client/register", {
    clientName: "authsome",
    clientType: "public",
    scopes: ["sso:account:access"],
    grantTypes: [
      "urn:ietf:params:oauth:grant-type:device_code",
      "refresh_token",
    ],
  }, []);
  const { clientId, clientSecret } = answer;
  return defined({
    client_id: isToken(clientId) ? new Secret(clientId) : undefined,
    client_secret: isToken(clientSecret) ? new Secret(clientSecret) : undefined,
  }) as Source;
}
