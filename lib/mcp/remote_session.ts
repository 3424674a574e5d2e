/**
 * The session with a remote server, as if it never ended: where a server has forgotten it or cannot be reached, it is begun
 * anew with the client's own `initialize`, and what was on its way is sent once more if that can do no harm.
 *
 * @module
 */
import type { Fetch } from "../ports/net.ts";
import {
  HttpFailure,
  isForgotten,
  isOutage,
  isUnsent,
  needsLogin,
  RpcFailure,
} from "./http_failure.ts";
import { type Link, type LinkKind, openLink } from "./link.ts";
import {
  type Id,
  isRequest,
  type Message,
  notification,
  type RpcRequest,
} from "./message.ts";
import type { InitializeResult } from "./first_answer.ts";

/** What a session works with. */
export interface RemoteSessionOptions {
  url: URL;
  fetch: Fetch;
  /** Parameters of the client's `initialize`. */
  asked: Record<string, unknown>;
  /** Resolves when the client has said that it is initialized. */
  ready: Promise<void>;
  /** Told each message of the server; with an answer the request that it answers. */
  receive(message: Message, request?: RpcRequest): void;
  /** Told what cannot be sent, or has no answer any more. */
  fail(message: Message, error: unknown): void;
  /** Told what the server answers to `initialize`, each time. */
  begun(result: InitializeResult): void;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  now(): number;
}

/** A request without its answer. */
interface Pending {
  request: RpcRequest;
  /** Where it was sent. */
  link?: Link;
  /** Whether the answer alone is missing. */
  sent: boolean;
  /** How often it was sent again. */
  repeated: number;
}

/** How long a server that cannot be reached is tried, in milliseconds. */
const PATIENCE_MS = 30_000;
/** How long the answer to `initialize` is waited for, in milliseconds. */
const INITIALIZE_MS = 30_000;
/** Milliseconds to the next try, which grow from the first to the last. */
const DELAYS = [100, 250, 500, 1000, 2000];
/** How long a new session's settings are waited for, in milliseconds. */
const SETTINGS_MS = 1000;
/** How often a request is sent again. */
const REPEATS = 3;

/** Requests that change nothing, or nothing more when they come again. */
const HARMLESS = new Set([
  "ping",
  "completion/complete",
  "logging/setLevel",
  "prompts/get",
  "prompts/list",
  "resources/list",
  "resources/read",
  "resources/subscribe",
  "resources/templates/list",
  "resources/unsubscribe",
  "tasks/get",
  "tasks/list",
  "tasks/result",
  "tools/list",
]);

/** See above. */
export class RemoteSession {
  readonly #options: RemoteSessionOptions;
  readonly #closed = new AbortController();
  readonly #pending = new Map<Id, Pending>();
  /** Requests of the server, and where they came from. */
  readonly #asked = new Map<Id, Link>();
  /** Tools that may be called again: the server says that it does no harm. */
  readonly #harmless = new Set<string>();
  /** What a new session must be told again, by what it is about. */
  readonly #settings = new Map<string, RpcRequest>();
  #kind: LinkKind | undefined;
  #link: Link | undefined;
  #opening: Promise<Link> | undefined;
  /** A link whose session is being begun. */
  #beginning: Link | undefined;
  #count = 0;

  constructor(options: RemoteSessionOptions) {
    this.#options = options;
  }

  /** How many requests have no answer yet. */
  get waiting(): number {
    return this.#pending.size;
  }

  /** Begins the session; does nothing if it has begun. */
  async connect(): Promise<void> {
    await this.#connected();
  }

  /** Sends what the client says. Never rejects: `fail` is told. */
  async send(message: Message): Promise<void> {
    if (message.method === undefined) return await this.#respond(message);
    if (!isRequest(message)) return await this.#deliver(message);
    this.#remember(message);
    const pending = { request: message, sent: false, repeated: 0 };
    this.#pending.set(message.id, pending);
    await this.#deliver(message, pending);
  }

  /** The client no longer waits for the answer. */
  forget(id: Id): void {
    this.#pending.delete(id);
  }

  /** Ends it; the server is told. */
  async close(): Promise<void> {
    this.#closed.abort();
    const link = this.#link ?? this.#beginning;
    this.#link = this.#beginning = undefined;
    await link?.close({ tell: true }).catch(() => {});
  }

  async #deliver(message: Message, pending?: Pending): Promise<void> {
    const giveUp = this.#options.now() + PATIENCE_MS;
    for (let tries = 0;; tries++) {
      let link: Link | undefined;
      try {
        link = await this.#connected();
        if (pending) Object.assign(pending, { link, sent: false });
        await link.send(message);
        if (pending) pending.sent = true;
        return;
      } catch (error) {
        if (this.#closed.signal.aborted || this.#isSettled(pending)) return;
        if (link && isForgotten(error) && tries < REPEATS) {
          this.#drop(link);
          continue;
        }
        const harmless = !link || isUnsent(error) || this.#isHarmless(message);
        if (
          isOutage(error) && harmless && this.#options.now() < giveUp
        ) {
          const delay = DELAYS[Math.min(tries, DELAYS.length - 1)]!;
          await this.#options.sleep(delay, this.#closed.signal);
          continue;
        }
        if (pending) this.#pending.delete(pending.request.id);
        return this.#options.fail(message, error);
      }
    }
  }

  /** Whether the request was answered or given up meanwhile. */
  #isSettled(pending?: Pending): boolean {
    return pending !== undefined &&
      this.#pending.get(pending.request.id) !== pending;
  }

  async #respond(message: Message): Promise<void> {
    const id = message.id ?? "";
    const link = this.#asked.get(id);
    this.#asked.delete(id);
    // An earlier session does not wait for it any more.
    if (!link || link !== this.#link) return;
    try {
      await link.send(message);
    } catch (error) {
      this.#options.fail(message, error);
    }
  }

  #connected(): Promise<Link> {
    if (this.#link) return Promise.resolve(this.#link);
    return this.#opening ??= this.#open().finally(() =>
      this.#opening = undefined
    );
  }

  async #open(): Promise<Link> {
    if (this.#kind) return await this.#begin(this.#kind);
    try {
      return await this.#begin("streamable");
    } catch (error) {
      // Revision 2025-03-26, "Backwards Compatibility": such a server may be of the older transport.
      const isOlder = error instanceof HttpFailure &&
        [400, 404, 405, 406, 415].includes(error.status);
      if (!isOlder) throw error;
      try {
        return await this.#begin("events");
      } catch (second) {
        throw needsLogin(second) ? second : error;
      }
    }
  }

  async #begin(kind: LinkKind): Promise<Link> {
    const { url, fetch, asked, ready, begun } = this.#options;
    const id = `authsome-${++this.#count}`;
    const { promise, resolve, reject } = Promise.withResolvers<
      InitializeResult
    >();
    promise.catch(() => {});
    // What arrives first arrives before there is a link.
    const made: { link?: Link } = {};
    const failed = () => reject(new Error("the server did not answer"));
    const link = await openLink(kind, url, fetch, {
      message: (message) => {
        if (message.id !== id || message.method !== undefined) {
          return this.#receive(message, made.link);
        }
        if (message.error) reject(new RpcFailure(message.error));
        else resolve(message.result ?? {});
      },
      ended: (request) => request === id ? failed() : this.#ended(request),
      lost: () => {
        failed();
        if (made.link) this.#drop(made.link);
      },
    });
    made.link = this.#beginning = link;
    const late = setTimeout(failed, INITIALIZE_MS);
    try {
      const params = asked;
      await link.send({ jsonrpc: "2.0", id, method: "initialize", params });
      const result = await promise;
      link.speak(String(result.protocolVersion));
      begun(result);
      await ready;
      await link.send(notification("notifications/initialized"));
    } catch (error) {
      await link.close().catch(() => {});
      throw error;
    } finally {
      clearTimeout(late);
      this.#beginning = undefined;
    }
    if (this.#closed.signal.aborted) {
      await link.close({ tell: true });
      this.#closed.signal.throwIfAborted();
    }
    this.#kind = kind;
    this.#link = link;
    await this.#saySettings(link);
    return link;
  }

  /** Before anything else is said; a server that takes none of them holds nothing back for long. */
  async #saySettings(link: Link): Promise<void> {
    if (this.#settings.size === 0) return;
    const told = [...this.#settings.values()].map((setting) =>
      link.send({ ...setting, id: `authsome-${++this.#count}` })
    );
    await Promise.race([
      Promise.allSettled(told),
      this.#options.sleep(SETTINGS_MS, this.#closed.signal),
    ]);
  }

  #receive(message: Message, link?: Link): void {
    if (message.method !== undefined) {
      if (isRequest(message) && link) this.#asked.set(message.id, link);
      return this.#options.receive(message);
    }
    const pending = this.#pending.get(message.id!);
    // The answer to what was said again, or to what was given up.
    if (!pending) return;
    this.#pending.delete(message.id!);
    const { request } = pending;
    if (request.method === "tools/list") this.#learn(message.result);
    this.#options.receive(message, request);
  }

  /** The stream of an answer is over. */
  #ended(id: Id): void {
    const pending = this.#pending.get(id);
    if (pending?.sent) this.#again(pending);
  }

  /** The session of `link` is over: what is without an answer goes to the next one. */
  #drop(link: Link): void {
    if (this.#link !== link) return;
    this.#link = undefined;
    link.close().catch(() => {});
    for (const [id, from] of this.#asked) {
      if (from !== link) continue;
      this.#asked.delete(id);
      const params = { requestId: id, reason: "The server was restarted" };
      this.#options.receive(notification("notifications/cancelled", params));
    }
    for (const pending of [...this.#pending.values()]) {
      if (pending.link === link && pending.sent) this.#again(pending);
    }
    void this.#reconnect();
  }

  /** What the server says of its own accord must have a way, also if the client asks nothing. */
  async #reconnect(): Promise<void> {
    const { signal } = this.#closed;
    for (let tries = 0; !signal.aborted && !this.#link; tries++) {
      try {
        await this.#connected();
      } catch (error) {
        if (!isOutage(error)) return;
        const delay = DELAYS[Math.min(tries, DELAYS.length - 1)]!;
        await this.#options.sleep(delay, signal);
      }
    }
  }

  #again(pending: Pending): void {
    const { request } = pending;
    if (this.#isHarmless(request) && pending.repeated++ < REPEATS) {
      pending.sent = false;
      void this.#deliver(request, pending);
      return;
    }
    this.#pending.delete(request.id);
    this.#options.fail(request, new Unanswered());
  }

  #isHarmless({ method = "", params }: Message): boolean {
    return method === "tools/call"
      ? this.#harmless.has(String(params?.name))
      : HARMLESS.has(method);
  }

  #learn(result: Message["result"]): void {
    if (!Array.isArray(result?.tools)) return;
    for (const tool of result.tools) {
      const { readOnlyHint, idempotentHint } = tool?.annotations ?? {};
      if (readOnlyHint === true || idempotentHint === true) {
        this.#harmless.add(String(tool.name));
      } else this.#harmless.delete(String(tool?.name));
    }
  }

  #remember(request: RpcRequest): void {
    const { method, params } = request;
    const about = `resource ${params?.uri}`;
    if (method === "logging/setLevel") this.#settings.set(method, request);
    if (method === "resources/subscribe") this.#settings.set(about, request);
    if (method === "resources/unsubscribe") this.#settings.delete(about);
  }
}

/** A request that has reached the server, and whose answer was lost. */
export class Unanswered extends Error {
  override readonly name = "Unanswered";
}
