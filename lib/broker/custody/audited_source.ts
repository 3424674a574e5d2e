/** No credential is used that the audit log cannot record. @module */
import type { DeferredAudit } from "../../audit/deferred.ts";
import type { ProvenAudit } from "../../audit/event.ts";
import type {
  CredentialResult,
  CredentialSource,
  SentRequest,
} from "../../connection/credentials.ts";
import { AuthsomeError } from "../../errors.ts";

/** How long a request waits for a log that could not be written to be written after all, in milliseconds. */
const WAIT_MS = 1_000;

/** The credentials of `source`, refused while the audit log cannot be written. */
export class AuditedSource implements CredentialSource {
  readonly #source: CredentialSource;
  readonly #audit: DeferredAudit<ProvenAudit>;
  #isProven = false;
  #proof: Promise<AuthsomeError | undefined> | undefined;

  constructor(source: CredentialSource, audit: DeferredAudit<ProvenAudit>) {
    this.#source = source;
    this.#audit = audit;
  }

  async fresh(
    provider: string,
    connection: string,
  ): Promise<CredentialResult> {
    const error = await this.#obstacle();
    if (!error) return await this.#source.fresh(provider, connection);
    return {
      ok: false,
      reason: "audit_unwritable",
      status: 503,
      message:
        `The audit log cannot be written, and audit.required is set: ${error.message}`,
      hint: error.hint ?? "authsome doctor",
    };
  }

  async rejected(sent: SentRequest): Promise<boolean> {
    return await this.#source.rejected?.(sent) ?? false;
  }

  accepted(sent: SentRequest): void {
    this.#source.accepted?.(sent);
  }

  /** Why the log is not written; `undefined` if it is. */
  async #obstacle(): Promise<AuthsomeError | undefined> {
    const log = await this.#audit.sink();
    if (this.#isProven && !log.isFailing) return undefined;
    this.#proof ??= log.probe().then(
      () => void (this.#isProven = true),
      (error) => {
        if (error instanceof AuthsomeError) return error;
        throw error;
      },
    ).finally(() => this.#proof = undefined);
    let timer: ReturnType<typeof setTimeout>;
    const late = new Promise<AuthsomeError>((resolve) => {
      timer = setTimeout(
        resolve,
        WAIT_MS,
        new AuthsomeError(
          "StoreUnavailable",
          "Another program keeps it locked, or the disk does not answer",
          "authsome doctor",
        ),
      );
    });
    return await Promise.race([this.#proof, late])
      .finally(() => clearTimeout(timer));
  }
}
