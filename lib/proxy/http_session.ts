/** One client connection that speaks HTTP/1.1: one exchange after the other. @module */
import type { ByteStream, Ending } from "../ports/net.ts";
import { EMPTY } from "../wire/byte_stream.ts";
import { headEnd, parseRequestHead, type RequestHead } from "../wire/http1.ts";
import { refusalResponse, unreadable } from "../request/refusal.ts";
import { ClientInput } from "./client_input.ts";
import { Exchange } from "./exchange.ts";
import type { ExchangeConnection } from "./exchange_state.ts";
import { MessageTunnel } from "./websocket/message_tunnel.ts";
import type {
  MessageRewriter,
  Phase,
  Planner,
  Session,
  SessionEvents,
} from "./planner.ts";
import { RawTunnel } from "./raw_tunnel.ts";
import { ServerConnection } from "./server_connection.ts";

type State =
  /** Nothing of the next request has come. */
  | { name: "idle"; since: number }
  /** The head of a request is being read. */
  | { name: "head"; since: number }
  | { name: "exchange"; since: number; exchange: Exchange }
  /** The protocol was switched. */
  | { name: "raw"; tunnel: RawTunnel | MessageTunnel }
  /** Our side has ended; what the client still sends is thrown away, so that it can read the answer. */
  | { name: "closing"; since: number }
  /** The client is gone; the server still gets what is queued for it. */
  | { name: "closed"; since: number };

/** Serves the requests of `client` until it closes. */
export class HttpSession implements Session {
  #state: State = { name: "head", since: Date.now() };
  readonly #client: ByteStream;
  readonly #events: SessionEvents;
  readonly #input: ClientInput;
  readonly #server: ServerConnection;
  readonly #connection: ExchangeConnection;

  /** `first` is what was read already. */
  constructor(
    client: ByteStream,
    plan: Planner,
    events: SessionEvents,
    first: Uint8Array = EMPTY,
  ) {
    this.#client = client;
    this.#events = events;
    this.#input = new ClientInput(client);
    this.#server = new ServerConnection({
      data: (bytes) => {
        const exchange = this.#exchange;
        if (exchange) exchange.serverData(bytes);
        // Nobody asked; see the exchange.
        else this.#server.drop(true);
      },
      drain: () => this.#exchange?.serverDrained(),
      gone: (ending) => this.#exchange?.serverGone(ending),
      left: () => {
        if (this.#state.name === "closed") events.closed();
      },
    });
    this.#connection = {
      client,
      input: this.#input,
      server: this.#server,
      plan,
      unreadable: (refusal) => events.unreadable(refusal),
      next: () => this.#next(),
      close: (ending) => this.#close(ending),
      copy: (first, messages) => this.#copy(first, messages),
    };
    client.own({
      data: (bytes) => this.#clientData(bytes),
      end: () => this.#clientEnd(),
      drain: () => this.#clientDrained(),
      close: (ending) => this.#clientClose(ending),
    });
    if (first.length > 0) this.#clientData(first);
  }

  get phase(): Phase {
    const state = this.#state;
    if (state.name === "raw") return state.tunnel.phase;
    return state.name === "closing" || state.name === "closed"
      ? "linger"
      : state.name;
  }

  get since(): number {
    const state = this.#state;
    return state.name === "raw" ? state.tunnel.since : state.since;
  }

  get moved(): number {
    const state = this.#state;
    return state.name === "raw"
      ? state.tunnel.moved
      : this.#client.moved + this.#server.moved;
  }

  get queued(): number {
    const state = this.#state;
    return state.name === "raw"
      ? state.tunnel.queued
      : this.#client.queued + this.#server.queued;
  }

  destroy(): void {
    this.#server.destroy();
    if (this.#state.name === "raw") this.#state.tunnel.destroy();
    this.#client.destroy();
  }

  expire(): void {
    const state = this.#state;
    switch (state.name) {
      case "raw":
        state.tunnel.expire();
        break;
      case "closing":
      case "closed":
        this.destroy();
        break;
      case "exchange":
        state.exchange.abandon();
        this.#close("reset");
        break;
      default:
        this.#close("closed");
    }
  }

  get #exchange(): Exchange | undefined {
    return this.#state.name === "exchange" ? this.#state.exchange : undefined;
  }

  #enter(name: Exclude<State["name"], "exchange" | "raw">): void {
    this.#state = { name, since: Date.now() };
  }

  #clientData(bytes: Uint8Array): void {
    const state = this.#state;
    switch (state.name) {
      case "exchange":
        state.exchange.clientData(bytes);
        break;
      case "idle":
      case "head":
        if (state.name === "idle") this.#enter("head");
        this.#input.add(bytes);
        this.#readHead();
    }
  }

  #clientDrained(): void {
    this.#server.stream?.resume();
    this.#exchange?.clientDrained();
  }

  /** Over TLS no client half-closes and reads on: it has given up, and the server should know. */
  #clientEnd(): void {
    this.#exchange?.abandon();
    this.#close("closed");
  }

  #clientClose(ending: Ending): void {
    this.#exchange?.abandon();
    this.#server.drop(this.#leave("closed"), ending);
    if (!this.#server.isLeaving) this.#events.closed();
  }

  #close(ending: Ending): void {
    const sent = this.#leave("closing");
    this.#client.finish(ending);
    this.#server.drop(sent, ending);
  }

  /** Takes no more requests. Says whether the last one was sent to its end. */
  #leave(name: "closing" | "closed"): boolean {
    const exchange = this.#exchange;
    const sent = exchange?.sent ?? true;
    exchange?.end();
    this.#enter(name);
    this.#input.bytes = EMPTY;
    return sent;
  }

  #readHead(): void {
    let head: RequestHead;
    const { bytes } = this.#input;
    try {
      const end = headEnd(bytes);
      if (end < 0) return;
      head = parseRequestHead(bytes.subarray(0, end));
      this.#input.bytes = bytes.subarray(end);
    } catch (error) {
      const refusal = unreadable(error);
      this.#events.unreadable(refusal);
      this.#client.write(refusalResponse(refusal, { close: true }));
      this.#close("closed");
      return;
    }
    const exchange = new Exchange(head, this.#connection);
    this.#state = { name: "exchange", since: Date.now(), exchange };
    exchange.start();
  }

  #next(): void {
    if (this.#input.bytes.length === 0) {
      this.#enter("idle");
      this.#input.resume();
      return;
    }
    this.#enter("head");
    // Not from here: a client may have sent thousands of requests at once.
    queueMicrotask(() => {
      if (this.#state.name !== "head") return;
      this.#readHead();
      if (this.#state.name === "head") this.#input.resume();
    });
  }

  #copy(toClient: Uint8Array, messages: MessageRewriter | undefined): void {
    const server = this.#server.release();
    const toServer = this.#input.bytes;
    this.#input.bytes = EMPTY;
    this.#exchange?.end();
    const closed = () => this.#events.closed();
    const client = this.#client;
    const tunnel = messages
      ? new MessageTunnel(client, server, toClient, messages, closed)
      : new RawTunnel(client, server, { toClient }, closed);
    this.#state = { name: "raw", tunnel };
    if (toServer.length > 0) tunnel.send(toServer);
    this.#input.resume();
  }
}
