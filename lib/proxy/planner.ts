/** Between a client connection of either protocol and what decides about its requests. @module */
import type { ByteStream } from "../ports/net.ts";
import type { ForwardedHead } from "../wire/forwarded_head.ts";
import type { Field, RequestHead } from "../wire/http1.ts";
import type { Asker } from "../request/control/control.ts";
import type { Passing } from "../request/control/passing.ts";
import type { Refusal } from "../request/refusal.ts";
import type { InjectedValues } from "../request/response_head_scrub.ts";
import type { ReasonCode } from "../request/route.ts";

const HINTS = {
  upstream_unreachable: "Try again, or check the network",
  upstream_untrusted: "authsome doctor",
  destination_refused: "",
};

/** Why a server was not reached. */
export class DialError extends Error {
  override readonly name = "DialError";

  constructor(
    readonly reason: Extract<
      ReasonCode,
      "upstream_unreachable" | "upstream_untrusted" | "destination_refused"
    >,
    message: string,
    options?: ErrorOptions & { hint?: string },
  ) {
    super(message, options);
    this.hint = options?.hint ?? HINTS[reason];
  }

  /** What the person can do. */
  readonly hint: string;
}

/** Why `server` was not reached, if `error` does not say it. */
export function dialError(error: unknown, server = "the server"): DialError {
  return error instanceof DialError
    ? error
    : new DialError("upstream_unreachable", `Cannot reach ${server}`);
}

/** The server closed the connection without a response. */
export const UNANSWERED = new DialError(
  "upstream_unreachable",
  "The server closed the connection without a response",
);

/** The server speaks another protocol. */
export const UNREADABLE = new DialError(
  "upstream_unreachable",
  "The server's response is not HTTP/1.1",
);

/** The answer to a request whose server was not reached. */
export function unreachable({ reason, message, hint }: DialError): Refusal {
  const status = reason === "destination_refused" ? 403 : 502;
  return { status, reason, message, hint };
}

/** What happens with a request. */
export type Plan =
  | { kind: "refuse"; refusal: Refusal }
  | {
    /** The body is read before the request is planned on. */
    kind: "hold";
    /** Longest body that is read, in bytes. */
    limit: number;
    /** Goes on with the body, or without it if it is longer. */
    decide(body: Uint8Array | undefined): Plan | Promise<Plan>;
  }
  | {
    kind: "forward";
    /** The head to send. */
    head: ForwardedHead;
    /** The body to send in the place of the client's, which has been read. Default: the client's, as it comes. */
    body?: Uint8Array;
    /** Server and account; only requests with the same key share an upstream connection. */
    key: string;
    /** Opens a connection to the server, which speaks HTTP/2 if that is asked for. Throws {@linkcode DialError}. */
    dial(options?: { http2?: boolean }): Promise<ByteStream>;
    /** Reads the client's messages if the connection becomes a WebSocket. Default: they are only copied. */
    messages?: MessageRewriter;
    /** What must not come back to the client in the head of the response. */
    secrets?: InjectedValues;
    /** Told what passes, and once that it ends. */
    passing?: Passing;
    /**
     * Told the status of the final response. If it gives a promise, the response is held back, and left out for the plan
     * that the promise gives; without one it is passed on. A response whose request is still being sent is not held back.
     */
    answered?(
      status: number,
      response?: AnsweredResponse,
    ): Promise<Plan | undefined> | undefined;
    /** Told that there was none; without a reason if the client went away. */
    failed?(reason?: ReasonCode): void;
  };

/** A response of which nothing but its head was read. */
export interface AnsweredResponse {
  /** Its fields as they came. */
  fields(): readonly Field[];
  /** Whether the client has seen nothing of it, so that another may take its place. */
  unseen: boolean;
}

/** Puts the credential into messages that a client sends over a WebSocket. */
export interface MessageRewriter {
  /** What is sent in the place of `text`, which holds a placeholder, or why the connection is closed. */
  inject(
    text: string,
  ): Promise<{ kind: "send"; text: string } | { kind: "refuse"; why: string }>;
  /** Told why a message that holds a placeholder cannot be read; gives what the client is told. */
  refused(why: string): string;
}

/** Told what a planner is not. */
export interface SessionEvents {
  /** A request could not be read, or not be decided about, and was refused. */
  unreadable(refusal: Refusal): void;
  /** Both sides have closed; called once. */
  closed(): void;
}

/** Decides about a request of `asker`. */
export type Planner = (
  head: RequestHead,
  asker?: Asker,
) => Plan | Promise<Plan>;

/** What a connection is waiting for; time limits depend on it. */
export type Phase =
  | "stranger"
  | "head"
  | "idle"
  | "exchange"
  | "raw"
  | "linger";

/** A client connection whose requests are being served. */
export interface Session {
  readonly phase: Phase;
  /** Since when the connection has been in its phase, epoch milliseconds. */
  readonly since: number;
  /** Bytes moved on both sides. */
  readonly moved: number;
  /** Bytes that wait to be sent, on both sides. */
  readonly queued: number;
  /** Ends what has lasted too long, so that the client sees that something is missing. */
  expire(): void;
  /** Drops both sides. */
  destroy(): void;
}
