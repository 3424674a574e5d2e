/**
 * An MCP server on stdin and stdout that is another one: what the client says goes to the remote server, and what that one
 * says comes back, unchanged. Only `initialize` and the time until somebody is logged in are answered here.
 *
 * @module
 */
import type { Fetch } from "../ports/net.ts";
import {
  emptyResult,
  firstAnswer,
  type InitializeResult,
  opensAddresses,
} from "./first_answer.ts";
import { needsLogin, rpcError, wantedScopes } from "./http_failure.ts";
import { jsonLines } from "./lines.ts";
import { type Login, LOGIN_TOOL, LoginGate } from "./login_gate.ts";
import {
  answer,
  CODES,
  failure,
  isMessage,
  isRequest,
  type Message,
  notification,
  type RpcRequest,
} from "./message.ts";
import { RemoteSession, Unanswered } from "./remote_session.ts";
import { type ToolFilter, visibleTools } from "./tool_filter.ts";

/** The remote server, and what is known of it here. */
export interface RemoteServer {
  readonly url: URL;
  /** For people. */
  readonly name: string;
  readonly fetch: Fetch;
  readonly login: Login;
  /** Whether somebody is logged in, as far as can be told without asking the server. */
  isConnected(): Promise<boolean>;
  /** What it answered to `initialize` the last time, for the revision that a client asks for. */
  recall(revision: string): Promise<InitializeResult | undefined>;
  /** Keeps that. Never rejects. */
  keep(revision: string, result: InitializeResult): Promise<void>;
}

/** What a bridge works with. */
export interface BridgeOptions {
  server: RemoteServer;
  /** Bytes of stdin. */
  input: AsyncIterable<Uint8Array>;
  /** Writes to stdout; one call at a time. */
  write(text: string): Promise<void>;
  allows: ToolFilter;
  /** A line for people. */
  say(text: string): void;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  now(): number;
  /** Ends it. */
  signal: AbortSignal;
}

/** How long the server's own answer to `initialize` is waited for where none is kept, in milliseconds. */
const FIRST_MS = 2500;
/** How long answers are waited for after the end of stdin, in milliseconds. */
const LAST_MS = 5000;
/** How long the server is told that the session is over, in milliseconds. */
const FAREWELL_MS = 1000;

/** Serves the client until the end of `input`, or until `signal` aborts. Rejects if stdout is closed. */
export async function serveClient(options: BridgeOptions): Promise<void> {
  await new Bridge(options).serve();
}

class Bridge {
  readonly #options: BridgeOptions;
  readonly #over = new AbortController();
  readonly #signal: AbortSignal;
  readonly #gate: LoginGate;
  readonly #ready = Promise.withResolvers<void>();
  /** Settles when the server has first answered `initialize`, or cannot. */
  readonly #first = Promise.withResolvers<InitializeResult | undefined>();
  #asked: Record<string, unknown> | undefined;
  #told: Promise<InitializeResult> | undefined;
  #session: RemoteSession | undefined;
  #written: Promise<void> = Promise.resolve();
  /** What is being answered, so that nothing is cut off at the end. */
  readonly #busy = new Set<Promise<void>>();
  /** Scopes that were asked for already: a server that goes on asking is not asked again. */
  readonly #stepped = new Set<string>();
  /** Whether the client may have been shown the tool that logs in. */
  #wasClosed = false;
  /** Whether the server has a tool of that name itself. */
  #hasLogin = false;

  constructor(options: BridgeOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#over.signal]);
    const { server, say, sleep, now } = options;
    this.#gate = new LoginGate({
      server: server.name,
      login: server.login,
      toClient: (message) => this.#out(message),
      opened: () => void this.#afterLogin(),
      signal: this.#signal,
      say,
      sleep,
      now,
    });
  }

  async serve(): Promise<void> {
    const broken = Promise.withResolvers<never>();
    broken.promise.catch(() => {});
    this.#broken = broken.reject;
    const { signal, input } = this.#options;
    const stopped = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    try {
      await Promise.race([this.#read(input), stopped, broken.promise]);
      if (!signal.aborted) {
        await Promise.race([this.#finish(), stopped, broken.promise]);
      }
    } finally {
      this.#over.abort();
      const { sleep } = this.#options;
      await Promise.race([
        this.#session?.close(),
        sleep(FAREWELL_MS, AbortSignal.timeout(FAREWELL_MS)),
      ]);
    }
  }

  #broken: (error: unknown) => void = () => {};

  async #read(input: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const line of jsonLines(input)) {
      if ("problem" in line) {
        this.#out(failure(null, CODES.PARSE, `Cannot read: ${line.problem}`));
        continue;
      }
      // Revision 2025-03-26 has several messages in one.
      for (const value of [line.value].flat()) {
        if (isMessage(value)) this.#handle(value);
        else this.#out(failure(null, CODES.INVALID, "This is no message"));
      }
    }
  }

  /** Whoever pipes requests in and ends gets the answers. */
  async #finish(): Promise<void> {
    const { now, sleep } = this.#options;
    const end = now() + LAST_MS;
    this.#ready.resolve();
    while (
      now() < end && this.#gate.isOpen &&
      (this.#busy.size > 0 || (this.#session?.waiting ?? 0) > 0)
    ) await sleep(20, this.#signal);
    if (!this.#gate.isOpen) {
      await Promise.race([
        Promise.allSettled([...this.#busy]),
        sleep(FAREWELL_MS, this.#signal),
      ]);
    }
    await this.#written;
  }

  #handle(message: Message): void {
    const work = this.#dispatch(message).catch((error) => {
      if (isRequest(message)) this.#fail(message, error);
    });
    this.#busy.add(work);
    void work.finally(() => this.#busy.delete(work));
  }

  async #dispatch(message: Message): Promise<void> {
    const { method, params } = message;
    if (method === "initialize" && isRequest(message)) {
      return await this.#initialize(message);
    }
    if (!this.#session) {
      if (!isRequest(message)) return;
      return this.#out(
        method === "ping"
          ? answer(message.id, {})
          // A client of a later revision falls back to `initialize` for it.
          : failure(message.id, CODES.UNKNOWN_METHOD, "Not initialized yet"),
      );
    }
    if (method === "notifications/initialized") {
      this.#ready.resolve();
      this.#gate.clientReady(opensAddresses(this.#asked));
      return;
    }
    if (method === undefined && this.#gate.took(message)) return;
    if (method === "notifications/cancelled") {
      const id = params?.requestId;
      if (typeof id === "string" || typeof id === "number") {
        this.#session.forget(id);
      }
    }
    if (method === "tools/call") {
      const refusal = this.#refusal(message);
      if (refusal) return isRequest(message) ? this.#out(refusal) : undefined;
    }
    await this.#pass(message);
  }

  /** The answer to a call of a tool that is not allowed. */
  #refusal({ id = null, params }: Message): Message | undefined {
    const name = String(params?.name);
    const isOurs = name === LOGIN_TOOL && this.#wasClosed && !this.#hasLogin;
    if (isOurs || this.#options.allows(name)) return undefined;
    return failure(
      id,
      CODES.INVALID_PARAMS,
      `Tool "${name}" is not allowed: --allow-tool and --deny-tool of authsome mcp`,
    );
  }

  async #pass(message: Message): Promise<void> {
    const session = this.#session!;
    if (!isRequest(message)) return await session.send(message);
    // A client may still have the tool that it was given first.
    const isOurs = message.method === "tools/call" &&
      message.params?.name === LOGIN_TOOL && this.#wasClosed &&
      !this.#hasLogin;
    if (!this.#gate.isOpen || isOurs) {
      if (message.method === "ping") return this.#out(answer(message.id, {}));
      if (await this.#gate.answers(message)) return;
    }
    await session.send(message);
  }

  async #initialize(request: RpcRequest): Promise<void> {
    this.#asked ??= request.params ?? {};
    if (!this.#session) {
      this.#begin(this.#asked);
      this.#told = this.#firstAnswer(this.#asked);
    }
    this.#out(answer(request.id, await this.#told!));
  }

  #begin(asked: Record<string, unknown>): void {
    const { server, sleep, now } = this.#options;
    this.#session = new RemoteSession({
      url: server.url,
      fetch: server.fetch,
      asked,
      ready: this.#ready.promise,
      receive: (message, about) => this.#receive(message, about),
      fail: (message, error) => this.#fail(message, error),
      begun: (result) => {
        // Kept first, since a client may start the program only to ask this.
        void server.keep(String(asked.protocolVersion), result)
          .then(() => this.#first.resolve(result));
      },
      sleep,
      now,
    });
  }

  /** What is kept of the server; else its own answer, if that comes soon; else one that fits every server. */
  async #firstAnswer(
    asked: Record<string, unknown>,
  ): Promise<InitializeResult> {
    const { server, sleep } = this.#options;
    const kept = await server.recall(String(asked.protocolVersion))
      .catch(() => undefined);
    // The answer goes out first: the rest takes longer to load.
    if (kept) setTimeout(() => this.#connect());
    else this.#connect();
    if (kept || !await server.isConnected().catch(() => false)) {
      return kept ?? firstAnswer(asked);
    }
    const over = new AbortController();
    const first = await Promise.race([
      this.#first.promise,
      sleep(FIRST_MS, AbortSignal.any([this.#signal, over.signal]))
        .then(() => undefined),
    ]);
    over.abort();
    return first ?? firstAnswer(asked);
  }

  #connect(): void {
    this.#session!.connect().catch((error) => {
      this.#first.resolve(undefined);
      if (needsLogin(error)) this.#needLogin();
      else if (!this.#signal.aborted) {
        this.#options.say(rpcError(error, this.#options.server.name).message);
      }
    });
  }

  #needLogin(scopes?: readonly string[]): void {
    this.#wasClosed = true;
    this.#gate.needed(scopes);
  }

  async #afterLogin(): Promise<void> {
    try {
      await this.#session!.connect();
    } catch (error) {
      if (needsLogin(error)) this.#needLogin();
    }
    for (const kind of ["tools", "resources", "prompts"]) {
      this.#out(notification(`notifications/${kind}/list_changed`));
    }
  }

  #receive(message: Message, request?: RpcRequest): void {
    if (request?.method === "tools/list" && message.result) {
      const { tools } = message.result;
      this.#hasLogin ||= Array.isArray(tools) &&
        tools.some((tool) => tool?.name === LOGIN_TOOL);
      const result = visibleTools(message.result, this.#options.allows);
      return this.#out({ ...message, result });
    }
    const isUnknown = message.error?.code === CODES.UNKNOWN_METHOD;
    const empty = request && isUnknown && emptyResult(request.method);
    this.#out(empty ? answer(request.id, empty) : message);
  }

  #fail(message: Message, error: unknown): void {
    if (this.#signal.aborted) return;
    const { server, say } = this.#options;
    const scopes = wantedScopes(error);
    const isNew = scopes && !this.#stepped.has(scopes.join(" "));
    if (needsLogin(error) || isNew) {
      if (scopes) this.#stepped.add(scopes.join(" "));
      this.#needLogin(isNew ? scopes : undefined);
      if (isRequest(message)) this.#handle(message);
      return;
    }
    const told = error instanceof Unanswered
      ? {
        code: CODES.FAILED,
        message:
          `The connection to ${server.name} was lost before the answer: the request may have been carried out or not`,
      }
      : rpcError(error, server.name);
    if (isRequest(message)) {
      this.#out({ jsonrpc: "2.0", id: message.id, error: told });
    } else say(told.message);
  }

  #out(message: Message): void {
    const text = `${JSON.stringify(message)}\n`;
    this.#written = this.#written.then(() => this.#options.write(text));
    this.#written.catch((error) => this.#broken(error));
  }
}
