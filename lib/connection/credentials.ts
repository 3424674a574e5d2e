/** Where the credential of a request comes from. @module */
import type { Credential } from "./connection.ts";

/** Why there is no credential; one of the reasons of a request. */
export type NoCredential =
  | "credential_missing"
  | "credential_expired"
  | "refresh_failed";

/** A credential fit for use now, or why there is none (with the command that mends it). */
export type CredentialResult =
  | {
    ok: true;
    credential:
      Credential; /** Values that templates may use besides credential fields: `client_id`, captured. */
    values: Record<string, string>;
  }
  | {
    ok: false;
    reason: NoCredential; /** Status of the proxy's answer: 401 or 502. */
    status: 401 | 502;
    message: string;
    hint: string;
  };

/**
 * Gives fresh credentials. Called for each injected request, so it must be cheap while nothing changed, and must
 * see a logout or a new login of another process at once.
 */
export interface CredentialSource {
  fresh(provider: string, connection: string): Promise<CredentialResult>;
  /** Told when an upstream answered 401 to an injected request, so that an unknown expiry can be refreshed. */
  rejected?(provider: string, connection: string): void;
}
