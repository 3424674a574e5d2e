/** A named, revisioned credential of one account at one provider. @module */
import type { Secret } from "../secret.ts";

/** The name of a connection that was given none. */
export const DEFAULT_CONNECTION = "default";
/** The profile that is used unless another is chosen. */
export const DEFAULT_PROFILE = "default";

/** One or more secrets by field name; a single key is called `api_key`. */
export interface ApiKeyCredential {
  /** Tells it from an OAuth credential. */
  type: "api_key";
  /** The secrets, by field name. */
  fields: Record<string, Secret>;
}

/** What a token endpoint issued (RFC 6749 §5.1). */
export interface OAuth2Credential {
  /** Tells it from an API key. */
  type: "oauth2";
  /** What requests carry. */
  accessToken: Secret;
  /** Gets the next access token; absent when the provider gave none. */
  refreshToken?: Secret;
  /** Epoch milliseconds; absent when the provider said nothing. */
  expiresAt?: number;
  /** Granted scopes. */
  scopes: string[];
  /** What was asked for; the provider may have granted less. */
  requestedScopes: string[];
  /** The client that the tokens were issued to, which alone can refresh them. */
  clientId?: string;
  /**
   * Set if the next token comes without a refresh token: the client asks for itself (RFC 6749 §4.4), or the access token
   * is exchanged while it still works.
   */
  grantType?: "client_credentials" | "token_exchange";
  /** Values captured at login (host, account label, ids); never secret. */
  captured: Record<string, string>;
}

/** The secret part of a connection. */
export type Credential = ApiKeyCredential | OAuth2Credential;

/** Connection status as users see it. */
export type ConnectionStatus =
  | "not_connected"
  | "connected"
  | "expired"
  | "invalid"
  | "revoked";

/** A connection as it is kept in the vault. */
export interface Connection {
  /** Name of the provider. */
  provider: string;
  /** Name of the connection, unique for its provider. */
  name: string;
  /** 0 for a connection that was never stored; otherwise the revision it was read at. */
  revision: number;
  /** The access token or the API key. */
  credential: Credential;
  /** Set when the provider refused the grant for good; `connected` otherwise (expiry is derived). */
  state: "connected" | "invalid" | "revoked";
  /** Tenant chosen at login. */
  baseUrl?: string;
  /** Epoch milliseconds. */
  createdAt: number;
  /** Epoch milliseconds. */
  updatedAt: number;
}

/** An OAuth client that a person registered (RFC 6749 §2) or that was registered dynamically (RFC 7591). */
export interface Client {
  /** Name of the provider. */
  provider: string;
  /** 0 for a client that was never stored; otherwise the revision it was read at. */
  revision: number;
  /** The `client_id` (RFC 6749 §2.2). */
  clientId: string;
  /** The `client_secret`; absent for a public client. */
  clientSecret?: Secret;
  /** Tenant the client belongs to. */
  baseUrl?: string;
  /** Redirect URI it was registered with, for dynamic registration. */
  redirectUri?: string;
  /** How it proves itself at the token endpoint, for dynamic registration; the definition's way otherwise. */
  tokenAuthMethod?: "none" | "client_secret_basic" | "client_secret_post";
  /** When its secret expires (epoch milliseconds), for dynamic registration. */
  secretExpiresAt?: number;
  /** When another took its place (epoch milliseconds). */
  replacedAt?: number;
}

/** The status of a stored connection at `now` (epoch milliseconds). */
export function statusOf(
  connection: Connection,
  now: number,
): ConnectionStatus {
  if (connection.state !== "connected") return connection.state;
  const { credential } = connection;
  if (
    credential.type === "oauth2" && credential.expiresAt !== undefined &&
    credential.expiresAt <= now
  ) {
    return isRenewable(credential) && credential.grantType !== "token_exchange"
      ? "connected"
      : "expired";
  }
  return "connected";
}

/** Whether the credential renews itself, without a person. */
export function isRenewable(credential: Credential): boolean {
  return credential.type === "oauth2" &&
    (credential.refreshToken !== undefined ||
      credential.grantType !== undefined);
}
