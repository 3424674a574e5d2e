/** The client that a person or a server registered. @module */
import type { TokenAuthMethod } from "../provider/secret/client_fields.ts";
import type { Secret } from "../secret.ts";

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
  tokenAuthMethod?: TokenAuthMethod;
  /** The same at the revocation endpoint, where that one takes another way. */
  revocationAuthMethod?: TokenAuthMethod;
  /** Signs its assertions (RFC 7523 §2.2): PEM or JWK. */
  privateKey?: Secret;
  /** Names the key to the server (`kid`); a JWK names itself. */
  keyId?: string;
  /**
   * Where its secrets are, by the name of their field, if they stay in a secret manager:
   * `{ client_secret: "op://vault/item/field" }`. They are empty until they were read, and never stored.
   */
  references?: Readonly<Record<string, string>>;
  /** Further values of the definition's `client.fields`, as far as they were given. */
  fields?: Readonly<Record<string, Secret>>;
  /** Whether it was registered for tokens that are bound to a key (RFC 9449 §5.2). */
  dpopBound?: boolean;
  /** When its secret expires (epoch milliseconds), for dynamic registration. */
  secretExpiresAt?: number;
  /** The server that a client of ours is for: its issuer, else the origin of its token endpoint. */
  issuer?: string;
  /** Origin of the token endpoint that learns the secret of a client of ours. */
  tokenOrigin?: string;
  /** Scopes that a client of ours was registered for; absent if that is not known. */
  scopes?: string[];
  /** When a client of ours was registered (epoch milliseconds). */
  registeredAt?: number;
  /** When a login with a client of ours ended after which its server may forget it (epoch milliseconds). */
  lastLoginAt?: number;
  /** When another took its place (epoch milliseconds). */
  replacedAt?: number;
}
