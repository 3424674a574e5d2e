/** The audit log of what is refused before a provider is known. @module */
import { counted } from "../text.ts";
import type { AuditEvent, AuditSink, Because } from "../audit/event.ts";

/** Most events in one window. */
export const MAX_EVENTS = 20;
/** In milliseconds. */
export const WINDOW_MS = 60_000;

/**
 * Records refusals that cost their sender nothing (no password, no readable head), so that a flood cannot fill the log:
 * {@linkcode MAX_EVENTS} events in each {@linkcode WINDOW_MS}, and how many more there were.
 */
export class BoundedAudit {
  #windowEnd = -Infinity;
  #count = 0;
  #dropped = 0;

  constructor(
    private readonly sink: Pick<AuditSink, "record">,
    private readonly profile: string,
    private readonly now: () => number = Date.now,
  ) {}

  /** Records a refusal, or counts it. */
  deny(
    event: Omit<AuditEvent, "event" | "profile" | "ok">,
    because?: Because,
  ): void {
    const now = this.now();
    if (now >= this.#windowEnd) {
      this.flush();
      this.#windowEnd = now + WINDOW_MS;
      this.#count = 0;
    }
    if (++this.#count > MAX_EVENTS) {
      this.#dropped++;
      return;
    }
    const { profile } = this;
    this.sink.record(
      { ...event, event: "deny", profile, ok: false },
      because,
    );
  }

  /** Records how many events were only counted; for the end of the run, and before the next window. */
  flush(): void {
    if (this.#dropped === 0) return;
    const { profile } = this;
    this.sink.record({
      event: "dropped",
      profile,
      ok: false,
      detail: `${counted(this.#dropped, "refusal")} by the proxy`,
    });
    this.#dropped = 0;
  }
}
