/** A token for an assertion that the source's key signs (RFC 7523 section 2.1): service accounts. @module */
import { parse } from "tldts";
import { AuthsomeError } from "../errors.ts";
import { defined } from "../object.ts";
import { givenEndpoint, quoteUrl } from "../oauth/endpoint_destination.ts";
import { usableKey } from "../oauth/proof/client_assertion.ts";
import { scopeParameters } from "../oauth/scope.ts";
import { Secret } from "../secret.ts";
import { serverWith } from "../oauth/server.ts";
import { jwtBearerGrant } from "../oauth/token_endpoint.ts";
import { expiryOf, lifeOf } from "../oauth/lifetime.ts";
import type { MintContext, Minted, MintRequest } from "./minted.ts";
import { signedJwt } from "./signed_jwt.ts";
import { filled, needed, sourceValues } from "./source_values.ts";

/** Seconds that an assertion is valid: an hour is the most that Google takes. */
const ASSERTION_SECONDS = 600;
/** Seconds that the clock of the server may be behind ours. */
const SKEW_SECONDS = 30;

/** Throws as `mint` does. */
export async function signedGrant(
  context: MintContext,
  { source, scopes }: MintRequest,
): Promise<Minted> {
  const { definition } = context;
  const { mint, oauth = {}, name } = definition;
  const jwt = mint!.jwt!;
  const values = sourceValues(definition, source);
  const server = await serverWith(context, ["tokenEndpoint"]);
  const endpoint = endpointIn(
    name,
    server.tokenEndpoint!,
    jwt.token_url && values.get(jwt.token_url),
  );
  const { key, header } = await usableKey(
    name,
    new Secret(needed(definition, jwt.key, values)),
  );
  const now = Math.floor(context.clock.now() / 1000) - SKEW_SECONDS;
  const issuer = needed(definition, jwt.issuer, values);
  const assertion = await signedJwt(key, {
    ...defined({
      keyId: jwt.key_id && filled(jwt.key_id, values) || header.kid,
    }),
    claims: {
      iss: issuer,
      ...defined({ sub: jwt.subject && filled(jwt.subject, values) }),
      aud: jwt.audience
        ? needed(definition, jwt.audience, values)
        : endpoint.href,
      iat: now,
      exp: now + ASSERTION_SECONDS,
      jti: crypto.randomUUID(),
      ...Object.fromEntries(scopeParameters(oauth, scopes)),
    },
  });
  const sentAt = context.clock.now();
  const token = await jwtBearerGrant(
    context,
    { ...server, tokenEndpoint: endpoint },
    assertion,
  );
  return {
    secrets: { access_token: token.accessToken },
    ...defined({
      tokenType: token.tokenType,
      dpopKey: token.dpopKey,
      expiresAt: lifeOf(token, sentAt).expiresAt ??
        expiryOf(mint!.lifetime, sentAt),
      scopes: token.scopes,
    }),
    captured: { account: issuer, ...token.captured },
  };
}

/**
 * Where the assertion is sent. A key file names an address, and who wrote the file is not known: only one on the domain of
 * the definition's endpoint is used.
 *
 * @throws {AuthsomeError} `OperationNotAllowed`.
 */
function endpointIn(
  provider: string,
  standard: URL,
  text: string | undefined,
): URL {
  if (text === undefined || text === standard.href) return standard;
  const url = givenEndpoint(provider, "token endpoint", text);
  const domain = parse(standard.hostname).domain;
  const same = url.origin === standard.origin ||
    url.protocol === "https:" && url.port === "" && domain !== null &&
      parse(url.hostname).domain === domain;
  if (same) return url;
  throw new AuthsomeError(
    "OperationNotAllowed",
    `Cannot use the key of ${provider}: it names ${
      quoteUrl(text)
    } as its token endpoint, which is not on ${domain ?? standard.host}`,
    `Get a new key from the provider; authsome inspect ${provider} shows the endpoint`,
    { subject: { provider, field: "token_uri" } },
  );
}
