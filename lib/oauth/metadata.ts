/** An authorization server by its metadata (RFC 8414); `discovery/` finds it. @module */
import type * as oauth from "oauth4webapi";
import { defined } from "../object.ts";
import { announcedEndpoint } from "./endpoint_destination.ts";
import type { Answer, OAuthContext } from "./http.ts";

/** The server in its metadata. */
export function readServer(
  { definition: { name }, allowPrivateHosts }: OAuthContext,
  from: URL,
  metadata: oauth.AuthorizationServer,
): AuthorizationServer {
  const at = (
    what: Parameters<typeof announcedEndpoint>[1],
    text: unknown,
  ): URL | undefined =>
    typeof text === "string"
      ? announcedEndpoint(name, what, text, { from, allowPrivateHosts })
      : undefined;
  const token = at("token endpoint", metadata.token_endpoint);
  return defined({
    issuer: metadata.issuer,
    authorizationEndpoint: at(
      "authorization endpoint",
      metadata.authorization_endpoint,
    ),
    tokenEndpoint: token,
    refreshEndpoint: token,
    deviceAuthorizationEndpoint: at(
      "device authorization endpoint",
      metadata.device_authorization_endpoint,
    ),
    registrationEndpoint: at(
      "registration endpoint",
      metadata.registration_endpoint,
    ),
    revocationEndpoint: at("revocation endpoint", metadata.revocation_endpoint),
    issParameterSupported:
      metadata.authorization_response_iss_parameter_supported === true,
    codeChallengeMethods: strings(metadata.code_challenge_methods_supported),
    tokenAuthMethods: strings(metadata.token_endpoint_auth_methods_supported),
    revocationAuthMethods: strings(
      metadata.revocation_endpoint_auth_methods_supported,
    ),
    grantTypes: strings(metadata.grant_types_supported),
    clientIdMetadataDocumentSupported:
      metadata.client_id_metadata_document_supported === true,
    assertionAlgorithms: strings(
      metadata.token_endpoint_auth_signing_alg_values_supported,
    ),
    dpopAlgorithms: strings(metadata.dpop_signing_alg_values_supported),
    dpopRequired: metadata.dpop_bound_access_tokens === true || undefined,
    scopesSupported: strings(metadata.scopes_supported),
  });
}

/** The answer as the library wants it: JSON that says so. */
export function jsonResponse(
  { status, text }: Pick<Answer, "status" | "text">,
): Response {
  return new Response(text, {
    status,
    headers: { "content-type": "application/json" },
  });
}

/** The texts in an array, if it is one. */
export function strings(value: unknown): string[] | undefined {
  return Array.isArray(value)
    ? value.filter((item) => typeof item === "string").slice(0, 1000)
    : undefined;
}

/** Where the server is reached and what it said of itself. Every URL was checked. */
export interface AuthorizationServer {
  /** As the server writes it (RFC 8414), for comparison. */
  issuer?: string;
  authorizationEndpoint?: URL;
  tokenEndpoint?: URL;
  /** Where refresh requests go; usually the token endpoint. */
  refreshEndpoint?: URL;
  deviceAuthorizationEndpoint?: URL;
  registrationEndpoint?: URL;
  revocationEndpoint?: URL;
  /** RFC 9207: callbacks carry `iss`. */
  issParameterSupported?: boolean;
  codeChallengeMethods?: string[];
  tokenAuthMethods?: string[];
  revocationAuthMethods?: string[];
  grantTypes?: string[];
  /** A client may be the URL of its own metadata (Client ID Metadata Document). */
  clientIdMetadataDocumentSupported?: boolean;
  /** Algorithms of client assertions (RFC 8414 §2). */
  assertionAlgorithms?: string[];
  /** Algorithms of proofs (RFC 9449 §5.1). */
  dpopAlgorithms?: string[];
  /** Whether the resource takes only tokens that are bound to a key (RFC 9728 §2). */
  dpopRequired?: boolean;
  scopesSupported?: string[];
  /** Resource indicator (RFC 8707) to send. */
  resource?: string;
}
