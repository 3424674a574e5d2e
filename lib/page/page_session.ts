/**
 * Who may see the page: the first browser that opens its address, by a cookie that no script reads.
 *
 * Invariants: an address (ticket) is good for one browser; when another one has it too, it is unknown which of them is
 * the person's, and the page is closed for both; every act carries a token that only our own pages know.
 *
 * @module
 */
import { randomText, sameText } from "../bytes.ts";
import { AuthsomeError } from "../errors.ts";
import type { Clock } from "../ports/system.ts";

/** What became of a browser that opened an address. */
export type Admission =
  /** `mark` is the cookie by which the same browser may open its address again. */
  | { kind: "opened"; cookie: string; mark: string }
  /** The browser that opened it before. */
  | { kind: "again"; cookie: string }
  | { kind: "unknown" }
  | { kind: "taken" };

/** Shown once on the page that follows an act. */
export interface Notice {
  ok: boolean;
  message: string;
  hint?: string;
}

interface Ticket {
  mark?: string;
  cookie?: string;
  opened?(): void;
}

/** A browser's view. */
export interface Visit {
  /** Proves that an act comes from a page of ours. */
  readonly token: string;
  profile: string;
  notice?: Notice;
}

/** Addresses, cookies and tokens of one page. */
export class PageSession {
  readonly #clock: Clock;
  readonly #tickets = new Map<string, Ticket>();
  readonly #visits = new Map<string, Visit>();
  readonly #closed = new AbortController();
  readonly #profile: string;
  #lastSeen: number;

  constructor(clock: Clock, profile: string) {
    this.#clock = clock;
    this.#profile = profile;
    this.#lastSeen = clock.now();
  }

  /** Aborts with `LoginTakenOver` when somebody else has the address. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Milliseconds since the last request that was let in. */
  get idle(): number {
    return this.#clock.now() - this.#lastSeen;
  }

  /** A new address, good for one browser: 256 bits. `opened` is called when one opens it. */
  ticket(opened?: () => void): string {
    const ticket = randomText();
    this.#tickets.set(ticket, { ...opened && { opened } });
    return ticket;
  }

  /** Lets the browser in that opens `ticket`; `mark` is what it was given when it did so before. */
  admit(ticket: string, mark: string | undefined): Admission {
    const known = this.#tickets.get(ticket);
    if (!known || this.closed.aborted) return { kind: "unknown" };
    if (known.cookie !== undefined && known.mark !== undefined) {
      if (mark !== undefined && sameText(mark, known.mark)) {
        return { kind: "again", cookie: known.cookie };
      }
      this.close(
        "a second browser opened its address, or one that blocks cookies",
      );
      return { kind: "taken" };
    }
    known.cookie = randomText();
    known.mark = randomText();
    this.#visits.set(known.cookie, {
      token: randomText(),
      profile: this.#profile,
    });
    this.#lastSeen = this.#clock.now();
    known.opened?.();
    return { kind: "opened", cookie: known.cookie, mark: known.mark };
  }

  /** The visit of the browser that holds `cookie`. */
  visit(cookie: string | undefined): Visit | undefined {
    if (cookie === undefined || this.closed.aborted) return undefined;
    for (const [known, visit] of this.#visits) {
      if (!sameText(known, cookie)) continue;
      this.#lastSeen = this.#clock.now();
      return visit;
    }
  }

  /** Closes the page for everybody. */
  close(reason: string): void {
    if (this.closed.aborted) return;
    this.#visits.clear();
    this.#tickets.clear();
    this.#closed.abort(
      new AuthsomeError(
        "LoginTakenOver",
        `The page was closed: ${reason}`,
        "If that was not you, someone else has seen the address. Open it again: authsome ui",
      ),
    );
  }
}
