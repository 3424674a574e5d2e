/** A token for a key that the API itself does not take: Docker Hub and its like. @module */
import { basicAuthorization } from "../bytes.ts";
import { defined, parseObject } from "../object.ts";
import { serverWith } from "../oauth/server.ts";
import { exchangeParameters } from "../oauth/token_endpoint.ts";
import { expiryOf } from "../oauth/token_response.ts";
import type { Secret } from "../secret.ts";
import type { MintContext, Minted, MintRequest } from "./minted.ts";
import { filled, needed, sourceValues } from "./source_values.ts";

/** Throws as `mint` does. */
export async function exchangeKey(
  context: MintContext,
  { source }: MintRequest,
): Promise<Minted> {
  const { definition } = context;
  const { request, lifetime } = definition.mint!;
  const { parameters, basic } = request!;
  const values = sourceValues(definition, source);
  const server = await serverWith(context, ["tokenEndpoint"]);
  const sentAt = context.clock.now();
  const token = await exchangeParameters(context, server, {
    parameters: Object.fromEntries(
      Object.entries(parameters).flatMap(([name, template]) => {
        const value = filled(template, values);
        return value === undefined ? [] : [[name, value]];
      }),
    ),
    ...defined({
      authorization: basic && basicAuthorization(
        needed(definition, basic.username, values),
        needed(definition, basic.password, values),
      ),
    }),
    secrets: [...values.values()],
  });
  const { accessToken, expiresIn } = token;
  const says = expiresIn === undefined ? jwtExpiry(accessToken) : undefined;
  return {
    secrets: { access_token: accessToken },
    ...defined({
      expiresAt: says ?? expiryOf(expiresIn ?? lifetime, sentAt),
      scopes: token.scopes,
    }),
    captured: token.captured,
  };
}

/**
 * When a token that is a JWT expires (RFC 7519 section 4.1.4), in epoch milliseconds. Nothing is decided by it but when the
 * next one is asked for.
 */
function jwtExpiry(token: Secret): number | undefined {
  const [, payload, signature] = token.reveal().split(".");
  if (!payload || !signature) return undefined;
  try {
    const { exp } = parseObject(
      atob(payload.replaceAll("-", "+").replaceAll("_", "/")),
    ) ?? {};
    return typeof exp === "number" && exp > 0 && Number.isSafeInteger(exp)
      ? exp * 1000
      : undefined;
  } catch {
    return undefined;
  }
}
