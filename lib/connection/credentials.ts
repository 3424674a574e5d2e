/** Where the credential of a request comes from. @module */
import type { Credential } from "./connection.ts";
import type { SentRequest } from "./refresh/rejection.ts";

export type { SentRequest };

/** Why there is no credential; one of the reasons of a request. */
export type NoCredential =
  | "credential_missing"
  | "credential_expired"
  | "refresh_failed"
  | "audit_unwritable";

/** A credential fit for use now, or why there is none (with the command that mends it). */
export type CredentialResult =
  | {
    ok: true;
    credential:
      Credential; /** Values that templates may use besides credential fields: `client_id`, captured. */
    values: Record<string, string>;
    /** Set while it is not known whether the API takes this new token, which came after a refused one: that request. */
    doubted?: string;
  }
  | {
    ok: false;
    reason: NoCredential; /** Status of the proxy's answer: 401, 502 or 503. */
    status: 401 | 502 | 503;
    message: string;
    hint: string;
  };

/**
 * Gives fresh credentials. Called for each injected request, so it must be cheap while nothing changed, and must
 * see a logout or a new login of another process at once.
 */
export interface CredentialSource {
  fresh(provider: string, connection: string): Promise<CredentialResult>;
  /**
   * Told when an upstream answered 401 to a request with a credential. Resolves when the vault knows; says whether
   * {@linkcode fresh} may give another one now.
   */
  rejected?(sent: SentRequest): Promise<boolean>;
  /** Told when an upstream took a credential for the request that had left it in doubt. */
  accepted?(sent: SentRequest): void;
}
