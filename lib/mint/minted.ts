/** What minting works with, and what it ends with. @module */
import type { OAuthContext } from "../oauth/http.ts";
import type { Clock } from "../ports/system.ts";
import type { Secret } from "../secret.ts";

/** What minting works with. */
export interface MintContext extends OAuthContext {
  readonly clock: Clock;
  /**
   * The keys of another connection, fresh: a role is assumed with them. `reference` is `provider` or
   * `provider/connection`.
   *
   * @throws {AuthsomeError} `ConnectionNotFound`, `CredentialExpired`, `RefreshFailed`.
   */
  keysOf?(reference: string): Promise<Readonly<Record<string, Secret>>>;
  /** Told a source that takes the place of the one that was given, even if minting fails after it. */
  keep?(source: Source): void;
}

/** The part that lives long, by the names of the definition's `mint.fields`. */
export type Source = Readonly<Record<string, Secret>>;

/** What is asked for. */
export interface MintRequest {
  source: Source;
  /** Scopes that the person asked for, or those of the definition. */
  scopes: readonly string[];
}

/** The part that lives short. */
export interface Minted {
  /** `access_token` alone, or the secret fields of an API key. */
  secrets: Record<string, Secret>;
  /** Of an access token that is bound to a key. */
  tokenType?: "DPoP";
  dpopKey?: Secret;
  /** Epoch milliseconds; absent if the response does not say it. */
  expiresAt?: number;
  /** Granted scopes; absent if the response does not say it. */
  scopes?: string[];
  /** What is no secret: an account, a region. */
  captured: Record<string, string>;
  /** The source from now on, if minting changes it. */
  source?: Source;
}
