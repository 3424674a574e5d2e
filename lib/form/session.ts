/**
 * One login as its pages see it: what the person is asked now, and who may answer.
 *
 * Invariants: a page address (ticket) belongs to the first browser that opens it, and when somebody else has it too the
 * login ends, since it is unknown which answer would be kept; a form token is spent by its first use; only a callback
 * that the flow accepts ends the wait for it.
 *
 * @module
 */
import type { Conversation, LoginOutcome } from "../ports/conversation.ts";
import { randomText, sameText } from "../bytes.ts";
import { AuthsomeError } from "../errors.ts";
import type { Clock } from "../ports/system.ts";
import type { Provider } from "../provider/definition.ts";
import { loginCommand } from "../login/login_command.ts";
import type { Secret } from "../secret.ts";
import type { Peer } from "./peer.ts";

/** The OAuth client that the person typed. */
interface TypedClient {
  clientId: string;
  clientSecret?: Secret;
}

/** What the pages show now. */
export type Step =
  | { kind: "waiting" }
  | {
    kind: "secrets";
    fields: string[];
    /** To be registered with the client that is asked for. */
    redirectUri?: string;
    /** Usable values of earlier attempts, so that only what is wrong has to be typed again. */
    typed: Record<string, Secret>;
    answer(secrets: Record<string, Secret>): void;
  }
  | {
    kind: "client";
    redirectUri: string;
    scopes: string[];
    clientId?: string;
    /** Hosts that the id and the secret are sent to. */
    clientHosts?: { id: string[]; secret: string[] };
    answer(client: TypedClient): void;
  }
  | {
    kind: "authorize";
    url: URL;
    /** Whether the address was shown by our own page only, so that the answer comes from a browser that opened one. */
    ours?: boolean;
    /** Fields of a form that is posted to `url`. */
    post?: Readonly<Record<string, string>>;
    accept(callback: URLSearchParams): boolean;
    answer(callback: URLSearchParams): void;
  }
  | { kind: "device"; code: DeviceCode }
  | { kind: "ended"; outcome: LoginOutcome };

/** A code to type at the provider (RFC 8628 §3.3). */
export type DeviceCode = Parameters<Conversation["showDeviceCode"]>[0];

/** A step that asks something, without its answer function. */
export type Question<T> = T extends { answer: unknown } ? Omit<T, "answer">
  : never;

type Answered<K extends Step["kind"]> = Parameters<
  Extract<Step, { kind: K; answer: unknown }>["answer"]
>[0];

/** A page address. */
interface Ticket {
  /** The cookie of the browser that opened it. */
  owner?: string;
  /** What that browser shows in its place, so that its history does not hold the address that was handed out. */
  page: string;
  opened?(): void;
}

const MAX_TOKENS = 16;
/** Life of a session without a deadline of its own, in milliseconds: 1 hour. */
const LIFE = 3_600_000;

/** One login session. */
export class FormSession {
  readonly provider: Provider;
  readonly connection: string;
  /** Tenant. */
  readonly baseUrl?: string;
  /** The command that starts this login once more. */
  readonly again: string;
  readonly #clock: Clock;
  readonly #endsAt?: () => number;
  readonly #say?: (message: string) => void;
  readonly #life: number;
  #toldStateless = false;
  /** By their text, and by that of their page once they are open. */
  readonly #tickets = new Map<string, Ticket>();
  readonly #takenOver = new AbortController();
  readonly #tokens = new Set<string>();
  #step: Step = { kind: "waiting" };
  #reject?: (reason: unknown) => void;
  #change = Promise.withResolvers<void>();
  #pageDue = false;
  #turn = 0;

  constructor(
    options: {
      provider: Provider;
      connection: string;
      baseUrl?: string;
      again?: string;
      clock: Clock;
      /** When every page answers 410, in epoch milliseconds; may become later. Default: in an hour. */
      endsAt?(): number;
      /** Talk on stderr. */
      say?(message: string): void;
    },
  ) {
    this.provider = options.provider;
    this.connection = options.connection;
    this.baseUrl = options.baseUrl;
    this.again = options.again ?? loginCommand({
      provider: options.provider.definition.name,
      connection: options.connection,
    });
    this.#clock = options.clock;
    this.#endsAt = options.endsAt;
    this.#say = options.say;
    this.#life = options.clock.now() + LIFE;
  }

  /** What the pages show now. */
  get step(): Step {
    return this.#step;
  }

  /** Counts the steps, so that a page knows whether its own is still shown. */
  get turn(): number {
    return this.#turn;
  }

  /** The time, in epoch milliseconds. */
  get now(): number {
    return this.#clock.now();
  }

  /** Milliseconds that are left to answer, if somebody set a limit. */
  get left(): number | undefined {
    return this.#endsAt && Math.max(0, this.#endsAt() - this.#clock.now());
  }

  get expired(): boolean {
    return this.#clock.now() >= (this.#endsAt?.() ?? this.#life);
  }

  /** Whether a browser was redirected to a page and has not requested it yet. */
  get pageDue(): boolean {
    return this.#pageDue;
  }

  set pageDue(due: boolean) {
    this.#pageDue = due;
    this.#wake();
  }

  /** Aborts with `LoginTakenOver` when somebody else has an address of this login. */
  get takenOver(): AbortSignal {
    return this.#takenOver.signal;
  }

  /** A new page address, good for one browser: 43 characters of base64url (256 bits). `opened` is called when one opens it. */
  ticket(opened?: () => void): string {
    const ticket = randomText();
    this.#tickets.set(ticket, { page: randomText(), opened });
    return ticket;
  }

  /**
   * Admits the browser that holds `cookie` to `ticket`; the first one to come is given a new cookie.
   *
   * @returns the cookie that the browser must hold from now on, and the name of its page.
   */
  admit(
    ticket: string,
    cookie: string | undefined,
  ): { admitted: true; cookie: string; page: string } | {
    admitted: false;
    why: "unknown" | "taken";
  } {
    const known = this.#tickets.get(ticket);
    if (!known) return { admitted: false, why: "unknown" };
    if (known.owner === undefined) {
      known.owner = randomText();
      this.#tickets.set(known.page, known);
      known.opened?.();
    } else if (!this.holds(ticket, cookie)) {
      return { admitted: false, why: "taken" };
    }
    return { admitted: true, cookie: known.owner, page: known.page };
  }

  /** Whether `ticket` is an address of this login, open or not. */
  knows(ticket: string): boolean {
    return this.#tickets.has(ticket);
  }

  /** Whether `ticket` was opened and its browser holds `cookie`. Admits no browser. */
  holds(ticket: string, cookie: string | undefined): boolean {
    const owner = this.#tickets.get(ticket)?.owner;
    return owner !== undefined && cookie !== undefined &&
      sameText(cookie, owner);
  }

  /** The page of the browser that holds `cookie`, if it opened one. */
  pageOf(cookie: string | undefined): string | undefined {
    for (const [ticket, { page }] of this.#tickets) {
      if (this.holds(ticket, cookie)) return page;
    }
  }

  /** Ends the login, since `peer` has an address of it that another browser opened, or that was not meant for them. */
  takeOver({ uid }: Peer): void {
    if (this.takenOver.aborted) return;
    const { name } = this.provider.definition;
    const error = new AuthsomeError(
      "LoginTakenOver",
      `Login to ${name} was ended: ${
        uid === undefined
          ? "a second browser"
          : `another user of this machine (uid ${uid})`
      } opened its page`,
      `If that was not you, someone else has seen the address. Try again: authsome login ${name}`,
      { subject: { provider: name } },
    );
    this.#takenOver.abort(error);
    this.#reject?.(error);
    this.end({
      kind: "failed",
      message: error.message,
      hint: "If that was not you, someone else has seen the address.",
    });
  }

  /** A new form token. */
  issueToken(): string {
    const token = randomText();
    this.#tokens.add(token);
    // A page that reloads for an hour must not grow the set.
    if (this.#tokens.size > MAX_TOKENS) {
      this.#tokens.delete(this.#tokens.values().next().value!);
    }
    return token;
  }

  /** Spends a form token; says whether it was one. */
  spendToken(token: string): boolean {
    for (const known of this.#tokens) {
      if (sameText(known, token)) return this.#tokens.delete(known);
    }
    return false;
  }

  /** Shows a question and waits for its answer. Rejects with the signal's reason when it aborts. */
  ask<K extends "secrets" | "client" | "authorize">(
    question: Question<Extract<Step, { kind: K }>>,
    signal: AbortSignal,
  ): Promise<Answered<K>> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      if (this.takenOver.aborted) return reject(this.takenOver.reason);
      const settle = () => {
        signal.removeEventListener("abort", abort);
        this.#reject = undefined;
        this.#tokens.clear();
      };
      const abort = () => {
        settle();
        this.#show({ kind: "waiting" });
        reject(signal.reason);
      };
      signal.addEventListener("abort", abort, { once: true });
      this.#reject = (reason) => {
        settle();
        reject(reason);
      };
      this.#show({
        ...question,
        answer: (value: Answered<K>) => {
          settle();
          this.#show({ kind: "waiting" });
          resolve(value);
        },
      } as unknown as Step);
    });
  }

  /** Says, once, that a response came that may be anybody's; the login goes on waiting. */
  sayStateless(): void {
    if (this.#toldStateless) return;
    this.#toldStateless = true;
    this.#say?.(
      "A response without a state came and was not taken: it may be anybody's. Still waiting.",
    );
  }

  /** The person gave up on the page: the question that waits rejects with `InputCancelled`. */
  cancel(): void {
    this.#reject?.(
      new AuthsomeError(
        "InputCancelled",
        `Login to ${this.provider.definition.name} was cancelled`,
        this.again,
        { subject: { provider: this.provider.definition.name } },
      ),
    );
    this.end({ kind: "failed", message: "The login was cancelled." });
  }

  /** Shows a code that is to be typed at the provider. */
  showCode(code: DeviceCode): void {
    if (this.#step.kind !== "ended") this.#show({ kind: "device", code });
  }

  /** Shows how the login ended; the first end stays, and is told what was kept. */
  end(outcome: LoginOutcome): void {
    const before = this.#step.kind === "ended" ? this.#step.outcome : undefined;
    if (!before) return this.#show({ kind: "ended", outcome });
    if (before.kind === "failed" && outcome.kind === "failed") {
      Object.assign(before, { kept: outcome.kept });
    }
  }

  /** Resolves at the next change of {@linkcode FormSession.step} or {@linkcode FormSession.pageDue}. */
  get changed(): Promise<void> {
    return this.#change.promise;
  }

  #show(step: Step): void {
    this.#step = step;
    this.#turn++;
    this.#wake();
  }

  #wake(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}
