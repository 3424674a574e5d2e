/** The audit log of where a command went without a credential. @module */
import type { AuditSink } from "./event.ts";
import { counted } from "../text.ts";
import { type Endpoint, formatAuthority } from "../wire/target.ts";

/** Most hosts of one run that have an entry; a command may try any number. */
export const MAX_HOSTS = 200;

/** Records each host once that a connection was passed through to, and how many more there were. */
export class PassedHosts {
  readonly #seen = new Set<string>();
  #more = 0;

  constructor(
    private readonly sink: Pick<AuditSink, "record">,
    private readonly profile: string,
  ) {}

  /** Records `endpoint`, if it is new; `method` is what the proxy was asked by. */
  note(endpoint: Endpoint, method: string): void {
    const key = formatAuthority(endpoint);
    if (this.#seen.has(key)) return;
    if (this.#seen.size >= MAX_HOSTS) {
      this.#more++;
      return;
    }
    this.#seen.add(key);
    this.sink.record({
      event: "tunnel",
      profile: this.profile,
      ok: true,
      reason: "no_route",
      method,
      host: endpoint.host,
      ...endpoint.port === 443 ? {} : { port: endpoint.port },
    });
  }

  /** Records how many connections had no entry; for the end of the run. */
  flush(): void {
    if (this.#more === 0) return;
    this.sink.record({
      event: "dropped",
      profile: this.profile,
      ok: false,
      detail: `${counted(this.#more, "connection")} to other hosts`,
    });
    this.#more = 0;
  }
}
