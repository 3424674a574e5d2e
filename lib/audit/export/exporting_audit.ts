/** The audit log of a process that also sends it on, without anybody waiting for that. @module */
import type { AuditExportHost } from "../../ports/audit_export.ts";
import type { AuditEvent, Because, ProvenAudit } from "../event.ts";
import type { AuditExporter } from "./exporter.ts";

/** How long events are gathered before they are sent, in milliseconds. */
const GATHER_MS = 1_000;
/** How long the end of a process sends what is left, and how long it waits for that at most. Milliseconds. */
const FINISH_MS = 1_750;
const LEAVE_MS = 2_000;

/** A {@linkcode ProvenAudit} that writes to `log` and sends on from there. */
export class ExportingAudit implements ProvenAudit {
  /** Whether something was recorded that no destination has. */
  #waiting = false;
  #cancel: (() => void) | undefined;
  #sending: Promise<void> = Promise.resolve();
  #finished = false;

  constructor(
    private readonly log: ProvenAudit,
    private readonly exporter: Pick<AuditExporter, "push">,
    private readonly after: AuditExportHost["after"],
  ) {}

  record(event: AuditEvent, because?: Because): void {
    this.log.record(event, because);
    this.#waiting = true;
    this.#sendAfter(GATHER_MS);
  }

  async flush(): Promise<void> {
    await this.log.flush();
  }

  get isFailing(): boolean {
    return this.log.isFailing;
  }

  async probe(): Promise<void> {
    await this.log.probe();
  }

  /** Sends what is left, for two seconds at most; what then is left stays in the log and is sent by the next process. */
  async finish(): Promise<void> {
    this.#finished = true;
    this.#cancel?.();
    const late = AbortSignal.timeout(FINISH_MS);
    const sent = this.#sending.then(async () => {
      if (this.#waiting) await this.#send(late, true);
      // What happened to the destinations is in the log too.
      await this.log.flush();
    }).catch(() => {});
    const { promise: left, resolve: leave } = Promise.withResolvers<void>();
    const stay = this.after(LEAVE_MS, leave);
    await Promise.race([sent, left]);
    stay();
  }

  #sendAfter(milliseconds: number): void {
    if (this.#finished) return;
    this.#cancel ??= this.after(milliseconds, () => {
      this.#cancel = undefined;
      this.#sending = this.#sending.then(() =>
        this.#send(new AbortController().signal, false)
      ).catch(() => this.#sendAfter(GATHER_MS));
    });
  }

  async #send(signal: AbortSignal, wait: boolean): Promise<void> {
    await this.log.flush();
    this.#waiting = false;
    const pushed = await this.exporter.push(signal, { wait });
    const again = pushed.flatMap(({ failing, locked }) =>
      failing
        ? [Math.max(failing.retryAt - Date.now(), GATHER_MS)]
        : locked
        ? [GATHER_MS]
        : []
    );
    if (again.length === 0) return;
    this.#waiting = true;
    this.#sendAfter(Math.min(...again));
  }
}
