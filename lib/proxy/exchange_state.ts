/** What an exchange is doing, and the connection that it is part of. @module */
import { BodyScanner } from "../wire/body.ts";
import type { ByteStream, Ending } from "../ports/net.ts";
import type { RequestHead } from "../wire/http1.ts";
import type { Refusal } from "../request/refusal.ts";
import type { HeldBody } from "./held_body.ts";
import type { ClientInput } from "./client_input.ts";
import type { MessageRewriter, Plan, Planner } from "./planner.ts";
import { type Heads, ResponseReader } from "./response_reader.ts";
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

/** The answer to a request whose body has no single end. */
export const BAD_FRAMING: Refusal = {
  status: 400,
  reason: "bad_request",
  message: "The body of the request has invalid HTTP/1.1 framing",
  hint: "",
};

/** The beginning of what sends `request`. */
export function forwarding(
  forward: Forward,
  { method, framing }: RequestHead,
  reused: boolean,
): Forwarding {
  const { head, body, secrets, passing } = forward;
  return {
    ...{ name: "forwarding", forward, reused },
    body: new BodyScanner(
      body ? { kind: "none" } : framing,
      true,
      passing && ((bytes) => passing.sent(bytes.length)),
    ),
    response: new ResponseReader({
      ...{ method, secrets, passing },
      upgrade: head.upgrade,
    }),
  };
}

/** Tells `plan` that nothing comes of it. */
export function drop(plan: Plan | undefined): void {
  if (plan?.kind !== "forward") return;
  plan.failed?.();
  plan.passing?.end();
}

/** The plan that is being carried out, if there is one. */
export function forwardOf(step: Step): Forward | undefined {
  if (step.name === "withheld") return step.forwarding.forward;
  return "forward" in step ? step.forward : undefined;
}
