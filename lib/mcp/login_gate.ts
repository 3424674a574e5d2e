/** What a client is answered while nobody is logged in: the address to open, in the ways that a client can show one. @module */
import { AuthsomeError } from "../errors.ts";
import { emptyResult } from "./first_answer.ts";
import {
  answer,
  CODES,
  failure,
  type Id,
  type Message,
  notification,
  type RpcRequest,
} from "./message.ts";

/** Logs in. */
export interface Login {
  /** Whether a page opens for the person on this machine. */
  opensBrowser(): Promise<boolean>;
  /**
   * Resolves when the connection is there, whoever made it. `shown` is told each address that the person may open; `scopes`
   * are asked for besides those of the present token.
   */
  start(
    shown: (url: string, userCode?: string) => void,
    scopes?: readonly string[],
  ): Promise<void>;
  /** Whether there is another credential than at the last start, or than the one that was last {@linkcode Login.refused}. */
  isDone(): Promise<boolean>;
  /** The server takes the present credential not. */
  refused(): Promise<void>;
}

/** What the gate works with. */
interface GateOptions {
  /** Who is logged in to, for people. */
  server: string;
  login: Login;
  toClient(message: Message): void;
  /** Called when the login has succeeded. */
  opened(): void;
  say(text: string): void;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  signal: AbortSignal;
  now(): number;
}

/** Name of the tool that a client gets in place of the server's. */
export const LOGIN_TOOL = "login";
/** How long a request waits for a person who has a page before them, in milliseconds. */
const HOLD_MS = 20_000;
/** How long an address is waited for, in milliseconds. */
const ADDRESS_MS = 15_000;
/** A token that is refused so soon after the login will be refused again; in milliseconds. */
const JUST_NOW_MS = 30_000;

/** See above. */
export class LoginGate {
  readonly #options: GateOptions;
  #state: "open" | "waiting" | "failed" = "open";
  #done: Promise<void> = Promise.resolve();
  #address = Promise.withResolvers<string>();
  #problem = "";
  #succeededAt = -Infinity;
  /** Whether the client can show an address; known once it is initialized. */
  #elicits = false;
  #ready = false;
  #elicitation: string | undefined;
  #count = 0;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** Whether requests go to the server. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** The client is initialized; `elicits`: it opens addresses for the person. */
  clientReady(elicits: boolean): void {
    this.#ready = true;
    this.#elicits = elicits;
    void this.#elicit();
  }

  /** The server wants a login, or one with more `scopes`: starts it, unless one goes on already. */
  needed(scopes?: readonly string[]): void {
    if (this.#state !== "open") return;
    const { now, server, login } = this.#options;
    if (scopes) return this.#start(scopes);
    if (now() - this.#succeededAt < JUST_NOW_MS) {
      this.#state = "failed";
      this.#problem = `${server} refuses the token that it has just issued`;
      this.#done = login.refused().catch(() => {});
      return;
    }
    this.#start();
  }

  /** Answers a request, or waits for the login and returns false: then it is for the server. */
  async answers(request: RpcRequest): Promise<boolean> {
    const { id, method, params } = request;
    if (method === "tools/call" && params?.name === LOGIN_TOOL) {
      // After a login that came to nothing this is the next try.
      if (this.#state === "failed") this.#start();
      this.#reply(answer(id, text(await this.#instruction())));
      return true;
    }
    if (this.#state === "waiting" && await this.#isWatched()) {
      await this.#hold();
    }
    // The person may have logged in at a terminal.
    if (this.#state === "failed") {
      await this.#done;
      if (await this.#options.login.isDone()) this.#state = "open";
    }
    if (this.#state === "open") return false;
    this.#reply(this.#substitute(id, method, await this.#instruction()));
    return true;
  }

  /** Takes the answer to what the gate asked; says whether it did. */
  took({ id, result }: Message): boolean {
    if (typeof id !== "string" || !id.startsWith("authsome-login-")) {
      return false;
    }
    // Then the tool is the way.
    if (result?.action !== "accept") this.#elicits = false;
    return true;
  }

  #start(scopes?: readonly string[]): void {
    const { login, server, say } = this.#options;
    this.#state = "waiting";
    this.#problem = "";
    const address = this.#address = Promise.withResolvers<string>();
    address.promise.catch(() => {});
    this.#done = login.start((url, userCode) => {
      address.resolve(
        userCode === undefined ? url : `${url} (code: ${userCode})`,
      );
    }, scopes).then(() => {
      this.#state = "open";
      this.#succeededAt = this.#options.now();
      this.#complete();
      say(`Logged in to ${server}`);
      this.#options.opened();
    }, (error) => {
      this.#state = "failed";
      this.#problem = problemOf(error, server);
      if (!this.#options.signal.aborted) say(this.#problem);
    }).finally(() => address.reject(new Error("no address")));
    void this.#elicit();
  }

  /** Sends the person to the address through the client, where no browser opens by itself. */
  async #elicit(): Promise<void> {
    const { login, server } = this.#options;
    if (
      !this.#ready || !this.#elicits || this.#state !== "waiting" ||
      this.#elicitation !== undefined || await login.opensBrowser()
    ) return;
    const id = this.#elicitation = `authsome-login-${++this.#count}`;
    const url = await this.#address.promise.catch(() => undefined);
    if (url === undefined || this.#state !== "waiting") return;
    this.#options.toClient({
      jsonrpc: "2.0",
      id,
      method: "elicitation/create",
      params: {
        mode: "url",
        elicitationId: id,
        url: url.replace(/ \(code: .*/, ""),
        message: `Log in to ${server}${/ \(code: .*/.exec(url)?.[0] ?? ""}`,
      },
    });
  }

  #complete(): void {
    const elicitationId = this.#elicitation;
    this.#elicitation = undefined;
    if (elicitationId === undefined) return;
    this.#options.toClient(
      notification("notifications/elicitation/complete", { elicitationId }),
    );
  }

  /** Whether the person has been shown a page, so that waiting is worth while. */
  async #isWatched(): Promise<boolean> {
    return this.#ready && this.#elicits ||
      await this.#options.login.opensBrowser();
  }

  async #hold(): Promise<void> {
    const { sleep, signal } = this.#options;
    const over = new AbortController();
    const until = AbortSignal.any([signal, over.signal]);
    await Promise.race([this.#done, sleep(HOLD_MS, until)]);
    over.abort();
  }

  /** What the person is told. */
  async #instruction(): Promise<string> {
    const { server, sleep, signal } = this.#options;
    if (this.#state === "open") return `Logged in to ${server}.`;
    const over = new AbortController();
    const url = this.#state === "failed" ? undefined : await Promise.race([
      this.#address.promise.catch(() => undefined),
      sleep(ADDRESS_MS, AbortSignal.any([signal, over.signal])).then(() =>
        undefined
      ),
    ]);
    over.abort();
    if (url !== undefined) {
      return `Not logged in to ${server}. Ask the user to open this page in a browser: ${url} ` +
        "The tools are there as soon as the login is done.";
    }
    return this.#problem
      ? `${this.#problem}. Call the tool "${LOGIN_TOOL}" to try again.`
      : `A login to ${server} has started; its page is not known yet. Try again in a moment.`;
  }

  #substitute(id: Id, method: string, instruction: string): Message {
    if (method === "tools/list") {
      return answer(id, { tools: [this.#tool(instruction)] });
    }
    if (method === "tools/call") {
      return answer(id, { ...text(instruction), isError: true });
    }
    const empty = emptyResult(method);
    return empty ? answer(id, empty) : failure(id, CODES.FAILED, instruction);
  }

  #tool(instruction: string): Record<string, unknown> {
    return {
      name: LOGIN_TOOL,
      title: `Log in to ${this.#options.server}`,
      description: instruction,
      inputSchema: { type: "object", properties: {} },
      annotations: { readOnlyHint: true },
    };
  }

  #reply(message: Message): void {
    if (!this.#options.signal.aborted) this.#options.toClient(message);
  }
}

function text(text: string): Record<string, unknown> {
  return { content: [{ type: "text", text }] };
}

function problemOf(error: unknown, server: string): string {
  if (!(error instanceof AuthsomeError)) {
    return `The login to ${server} failed`;
  }
  const { message, hint } = error;
  return hint ? `${message}. ${hint}` : message;
}
