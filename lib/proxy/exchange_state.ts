/** What an exchange is doing, and the connection that it is part of. @module */
import type { BodyScanner } from "../wire/body.ts";
import type { ByteStream, Ending } from "../ports/net.ts";
import type { Refusal } from "../request/refusal.ts";
import type { HeldBody } from "./held_body.ts";
import type { ClientInput } from "./client_input.ts";
import type { MessageRewriter, Plan, Planner } from "./planner.ts";
import type { Heads, ResponseReader } from "./response_reader.ts";
import type { ServerConnection } from "./server_connection.ts";

export type Forward = Extract<Plan, { kind: "forward" }>;
export type Hold = Extract<Plan, { kind: "hold" }>;

/**
 * From `planning` on, each leads to one below it, with three exceptions: a body that was held is planned with, a request
 * whose idle connection has just gone is dialed for again, and one that is withheld goes on or is planned anew.
 */
export type Step =
  /** The planner decides. */
  | { name: "planning" }
  /** The body is read first. */
  | { name: "holding"; hold: Hold; held: HeldBody }
  /** A connection to the server is being opened. */
  | { name: "dialing"; forward: Forward }
  | Forwarding
  /** The response is held back until it is known whether the request is sent again with another credential. */
  | Withheld
  /** Our own answer waits for the client to read it. */
  | { name: "refused" }
  | { name: "over" };

/** The request is being sent and its response read: `body.done` and `response` say how far each is. */
export interface Forwarding {
  name: "forwarding";
  forward: Forward;
  /** Whether the upstream connection has served a request before. */
  reused: boolean;
  /** Of the request. */
  body: BodyScanner;
  response: ResponseReader;
}

/** What has come of a response that is held back. */
export interface Withheld {
  name: "withheld";
  forwarding: Forwarding;
  heads: Extract<Heads, { kind: "final" }>;
  /** What came behind them. */
  more: Uint8Array[];
  /** How the connection to the server ended, if it did. */
  gone?: Ending;
}

/** The client connection that an exchange is part of. */
export interface ExchangeConnection {
  readonly client: ByteStream;
  readonly input: ClientInput;
  readonly server: ServerConnection;
  readonly plan: Planner;
  /** The request could not be decided about. */
  unreadable(refusal: Refusal): void;
  /** The exchange is over, and another may follow. */
  next(): void;
  /** The exchange is over, and so is the connection. */
  close(ending: Ending): void;
  /** The exchange is over, and bytes are only copied but for `messages`; `first` begins with the 101 itself. */
  copy(first: Uint8Array, messages: MessageRewriter | undefined): void;
}
