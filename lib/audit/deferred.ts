/** @module */
import type { AuditEvent, AuditSink } from "./event.ts";

/** An {@linkcode AuditSink} that is loaded by its first event: most commands record none. */
export class DeferredAudit<Sink extends AuditSink = AuditSink>
  implements AuditSink {
  /** The run that events belong to, once there is one. */
  run: string | undefined;
  readonly #load: () => Promise<Sink>;
  #loading: Promise<Sink> | undefined;
  #sink: Sink | undefined;

  constructor(load: () => Promise<Sink>) {
    this.#load = load;
  }

  record(event: AuditEvent): void {
    const { run } = this;
    if (run !== undefined && event.run === undefined) event = { ...event, run };
    if (this.#sink) return this.#sink.record(event);
    this.#loading ??= this.#load();
    // In the order of the calls, since each waits for the same promise.
    this.#loading.then((sink) => (this.#sink = sink).record(event));
  }

  /** The sink itself. */
  sink(): Promise<Sink> {
    return this.#loading ??= this.#load();
  }

  async flush(): Promise<void> {
    await (await this.#loading)?.flush();
  }
}
