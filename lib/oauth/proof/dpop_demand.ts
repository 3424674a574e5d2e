/** When tokens are to be bound to a key (DPoP, RFC 9449), and what an answer of the token endpoint asks for. @module */
import { AuthsomeError } from "../../errors.ts";
import { defined, parseObject } from "../../object.ts";
import type {
  OAuthDefinition,
  ProviderDefinition,
} from "../../provider/definition.ts";
import type { Secret } from "../../secret.ts";
import type { Client } from "../client.ts";
import type { Answer } from "../http.ts";
import type { AuthorizationServer } from "../metadata.ts";
import type { TokenResponse } from "../token_response.ts";
import { newDpopKey, rememberNonce } from "./dpop_key.ts";

/**
 * Whether tokens are bound without being asked for it: the definition, the resource or the registration of the client says
 * so. That the server could (its metadata names algorithms) is no reason: the API may know no proofs.
 */
export function wantsDpop(
  { dpop }: OAuthDefinition,
  { dpopRequired }: AuthorizationServer,
  client: Pick<Client, "dpopBound"> | undefined,
): boolean {
  return dpop ?? (dpopRequired === true || client?.dpopBound === true);
}

/** The key for a login, if its tokens are to be bound. */
export async function loginKey(
  facts: OAuthDefinition,
  server: AuthorizationServer,
  client: Pick<Client, "dpopBound"> | undefined,
): Promise<Secret | undefined> {
  return wantsDpop(facts, server, client)
    ? await newDpopKey(server.dpopAlgorithms)
    : undefined;
}

/**
 * The key to send the request again with, if `answer` refuses it for want of a proof or of another nonce; nothing was used
 * up by it then.
 *
 * @param key what the request was sent with.
 */
export async function keyDemanded(
  answer: Answer,
  endpoint: URL,
  key: Secret | undefined,
  { facts, server }: { facts: OAuthDefinition; server: AuthorizationServer },
): Promise<Secret | undefined> {
  const nonce = answer.headers.get("dpop-nonce");
  const isNew = key && rememberNonce(key, endpoint.origin, nonce);
  if (answer.status < 400 || facts.dpop === false) return undefined;
  const { error, error_description } = parseObject(answer.text) ?? {};
  const isAbout = error === "use_dpop_nonce" || error === "invalid_dpop_proof";
  if (key) return isAbout && isNew ? key : undefined;
  if (!isAbout && !/\bdpop\b/i.test(String(error_description ?? ""))) {
    return undefined;
  }
  const made = await newDpopKey(server.dpopAlgorithms);
  rememberNonce(made, endpoint.origin, nonce);
  return made;
}

/**
 * What is kept of a token that was asked for with a proof of `key`.
 *
 * @throws {AuthsomeError} `AuthenticationFailed` if it is bound to a key although none was named.
 */
export function boundBy(
  { name }: ProviderDefinition,
  { token_type }: { token_type: string },
  key: Secret | undefined,
): Pick<TokenResponse, "tokenType" | "dpopKey"> {
  const isBound = token_type === "dpop";
  if (isBound && !key) {
    throw new AuthsomeError(
      "AuthenticationFailed",
      `Cannot use the token of ${name}: it is bound to a key (token_type DPoP), and no proof of one was sent`,
      `Set "dpop": true below "oauth" in its definition (authsome override ${name}), then: authsome login ${name}`,
      { subject: { provider: name, field: "oauth.dpop" } },
    );
  }
  return defined({
    tokenType: isBound ? "DPoP" as const : undefined,
    dpopKey: key,
  });
}
