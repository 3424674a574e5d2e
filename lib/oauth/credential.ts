/** What a token endpoint issued. @module */
import type { Secret } from "../secret.ts";

/** What a token endpoint issued (RFC 6749 §5.1). */
export interface OAuth2Credential {
  /** Tells it from an API key. */
  type: "oauth2";
  /** What requests carry. */
  accessToken: Secret;
  /** Set if requests carry a proof with it (RFC 9449); a bearer token otherwise. */
  tokenType?: "DPoP";
  /** The private key that the tokens are bound to, as a JWK: it makes the proofs and is sent nowhere. */
  dpopKey?: Secret;
  /** Gets the next access token; absent when the provider gave none. */
  refreshToken?: Secret;
  /** What an agent whose login it is reads the account from. Never sent, exported or shown. */
  idToken?: Secret;
  /** Epoch milliseconds; absent when the provider said nothing. */
  expiresAt?: number;
  /** How long an access token lasts, in milliseconds, as the provider last said; kept for answers that say nothing. */
  lifetime?: number;
  /** Granted scopes. */
  scopes: string[];
  /** What was asked for; the provider may have granted less. */
  requestedScopes: string[];
  /** The client that the tokens were issued to, which alone can refresh them. */
  clientId?: string;
  /** The server that issued them, where their client is one that authsome registered there. */
  issuer?: string;
  /**
   * Set if the next token comes without a refresh token: the client asks for itself (RFC 6749 §4.4), or the access token
   * is exchanged while it still works.
   */
  grantType?: "client_credentials" | "token_exchange";
  /** What the next token is minted from: the fields of the definition's `mint`. Never injected, exported or shown. */
  source?: Readonly<Record<string, Secret>>;
  /** Values captured at login (host, account label, ids); never secret. */
  captured: Record<string, string>;
}
