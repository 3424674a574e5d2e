/** What a command could not do behind the proxy, for who runs it. @module */
import type { AuditEvent, Because } from "../audit/event.ts";
import { connectionOption } from "../connection/hint.ts";

/** Requests to one host that ended alike: refused by the proxy, or by the provider for its credential. */
export interface Trouble {
  /** A code of the proxy; `rejected` where the provider answered 401, `insufficient_scope` where it says that. */
  reason: string;
  status?: number;
  provider?: string;
  connection?: string;
  host: string;
  /** Left out where it is 443. */
  port?: number;
  /** Of the last of them; the path has no query. */
  method?: string;
  path?: string;
  count: number;
  message: string;
  hint: string;
}

/** Hosts and reasons that are told apart; a command may try any number. */
const MOST = 200;

/** Gathers them from what is recorded while the command runs. */
export class Troubles {
  readonly #found = new Map<string, Trouble>();
  readonly #served: Set<string>;
  #admitted = false;
  #more = 0;

  /** @param served hosts that answered before anything went wrong. */
  constructor(served: ReadonlySet<string> = new Set()) {
    this.#served = new Set(served);
  }

  /** Notes that a client has shown the password of the run. */
  admit(): void {
    this.#admitted = true;
  }

  /** Takes an event; `because` says why a request was refused. */
  record(event: AuditEvent, because?: Because): void {
    const { host = "", port, provider, connection, status } = event;
    const rejected = ["rejected", host, port, provider, connection].join(" ");
    if (event.event === "inject") {
      if (!event.ok) return;
      this.#served.add(host);
      if (because && event.reason === "insufficient_scope") {
        // One for each scope.
        const { reason, detail = "" } = event;
        const key = [reason, host, port, provider, connection, detail];
        this.#count(key.join(" "), event, reason, because);
      } else if (status !== 401) this.#found.delete(rejected);
      else if (provider !== undefined && connection !== undefined) {
        this.#count(rejected, event, "rejected", {
          message:
            `${provider} does not accept the credential of ${provider}/${connection}`,
          hint: `authsome login ${provider}${
            connectionOption(connection)
          } --force`,
        });
      }
    } else if (event.event === "deny" && status !== 200) {
      const { reason = "refused" } = event;
      const key = [reason, host, port, provider, connection].join(" ");
      this.#count(key, event, reason, because ?? plain(reason));
    }
  }

  /** What is left at the end, and how many requests besides were not told apart. */
  list(): { troubles: Trouble[]; more: number } {
    const troubles = [...this.#found.values()].filter(({ reason, host }) =>
      // Some clients give up a first try, or make it without the password, and then all goes well.
      reason === "handshake_failed"
        ? !this.#served.has(host)
        : reason !== "proxy_authentication_required" || !this.#admitted
    );
    return { troubles, more: this.#more };
  }

  #count(
    key: string,
    event: AuditEvent,
    reason: string,
    { message, hint }: Because,
  ): void {
    const known = this.#found.get(key);
    if (!known && this.#found.size >= MOST) {
      this.#more++;
      return;
    }
    const { status, provider, connection, host = "", port, method, path } =
      event;
    this.#found.set(key, {
      ...{ reason, status, provider, connection, host, port, method, path },
      ...{ count: (known?.count ?? 0) + 1, message, hint },
    });
  }
}

function plain(reason: string): Because {
  return {
    message: `it was refused (${reason})`,
    hint: "authsome explain --last",
  };
}
