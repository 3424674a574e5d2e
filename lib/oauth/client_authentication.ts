/** How a client proves itself at an endpoint (RFC 6749 §2.3). @module */
import type { ClientAuth } from "oauth4webapi";
import type { Client } from "./client.ts";
import { basicAuthorization } from "../bytes.ts";
import type { OAuthDefinition } from "../provider/definition.ts";
import type { AuthorizationServer } from "./metadata.ts";
import { clientAssertion } from "./proof/client_assertion.ts";

/** What is needed of a client. */
export type OAuthClient = Pick<
  Client,
  | "clientId"
  | "clientSecret"
  | "tokenAuthMethod"
  | "revocationAuthMethod"
  | "privateKey"
  | "keyId"
  | "fields"
  | "dpopBound"
>;

/** `none` names the client by its id alone. */
export type AuthMethod = NonNullable<OAuthDefinition["token_auth_method"]>;

/** The client's own method (it was registered with it), else the definition's; never one that needs a missing secret. */
export function authMethod(
  oauth: OAuthDefinition,
  client: OAuthClient,
): AuthMethod {
  if (client.privateKey) return "private_key_jwt";
  if (!client.clientSecret) return "none";
  const method = client.tokenAuthMethod ?? oauth.token_auth_method;
  // A secret that was issued without being asked for is expected all the same.
  return method === undefined || method === "none" ||
      method === "private_key_jwt"
    ? "client_secret_post"
    : method;
}

/** What of a client must not come back in a message. */
export function secretsOf(client: OAuthClient | undefined): string[] {
  const { clientSecret, privateKey, fields = {} } = client ?? {};
  return [clientSecret, privateKey, ...Object.values(fields)]
    .flatMap((secret) => secret?.reveal() ?? []);
}

/** The hosts that a client's id and its secret are sent to: those of the endpoints that learn them. */
export function clientHosts(
  server: AuthorizationServer,
  { revocation }: OAuthDefinition = {},
): { id: string[]; secret: string[] } {
  const isBare = revocation?.style === "delete" ||
    revocation?.style === "bearer_post" || revocation?.auth === "none";
  const secret = [
    server.tokenEndpoint,
    server.refreshEndpoint,
    isBare ? undefined : server.revocationEndpoint,
  ];
  const hosts = (endpoints: readonly (URL | undefined)[]) => [
    ...new Set(endpoints.flatMap((url) => url?.host ?? [])),
  ];
  return {
    id: hosts([server.authorizationEndpoint, ...secret]),
    secret: hosts(secret),
  };
}

/** Puts the client into a request. */
export function clientAuthentication(
  client: OAuthClient,
  method: AuthMethod,
  facts: Pick<OAuthDefinition, "client_id_param" | "client_assertion">,
  server: AuthorizationServer,
): ClientAuth {
  const { client_id_param: name = "client_id" } = facts;
  if (method === "private_key_jwt" && client.privateKey) {
    return clientAssertion(
      { ...client, key: client.privateKey },
      facts,
      server,
    );
  }
  return (_server, _client, body, headers) => {
    // The library itself puts it into some requests.
    if (name !== "client_id") body.delete("client_id");
    const secret = client.clientSecret?.reveal();
    if (method === "client_secret_basic" && secret !== undefined) {
      headers.set("authorization", basic(client.clientId, secret));
      return;
    }
    body.set(name, client.clientId);
    if (method === "client_secret_post" && secret !== undefined) {
      body.set("client_secret", secret);
    }
  };
}

/** The value of `Authorization` for a client (RFC 6749 §2.3.1). */
export function basic(clientId: string, secret: string): string {
  return basicAuthorization(formEncode(clientId), formEncode(secret));
}

/**
 * RFC 6749 §2.3.1 wants form encoding, and about half of the providers do not decode it. So only characters that a
 * decoder would take for something else are encoded: every decoder gets the same value, and ids and secrets in
 * common alphabets arrive whole where nothing is decoded.
 */
function formEncode(text: string): string {
  return text.toWellFormed()
    .replaceAll(/[^!-~]|[%+:]/gu, encodeURIComponent);
}
