/**
 * Reads the response to one request, and says what of it goes to the client: interim heads, the final head without the
 * credentials that were injected, and the body as it comes.
 *
 * @module
 */
import { withoutBody } from "../wire/bodiless.ts";
import { BodyError, BodyScanner } from "../wire/body.ts";
import { concat, EMPTY } from "../wire/byte_stream.ts";
import {
  headEnd,
  HeadError,
  parseResponseHead,
  type ResponseHead,
} from "../wire/http1.ts";
import type { Passing } from "../request/control/passing.ts";
import {
  type InjectedValues,
  TrailerGate,
} from "../request/response_head_scrub.ts";

/** What was asked. */
export interface Asked {
  method: string;
  /** Whether the connection may become another protocol's. */
  upgrade: boolean;
  /** What must not come back in heads and trailers. */
  secrets: InjectedValues | undefined;
  /** Told the body as it is read. */
  passing?: Passing | undefined;
}

type State =
  /** `begun`: whether an interim head has come. */
  | { name: "head"; rest: Uint8Array; begun: boolean }
  | {
    name: "body";
    head: ResponseHead;
    body: BodyScanner;
    trailers: TrailerGate;
  };

/**
 * How far a response is: the final head or the body is to come, all is there, more is there than belongs to it, or its body
 * is not valid.
 */
export type Progress = "head" | "body" | "done" | "surplus" | "broken";

/** What was read of heads; every `bytes` are as they go to the client. */
export type Heads =
  /** The final one is to come. `bytes`: interim ones. */
  | { kind: "incomplete"; bytes: Uint8Array }
  /** From here on the connection speaks another protocol. */
  | { kind: "switched"; bytes: Uint8Array }
  | {
    kind: "final";
    bytes: Uint8Array;
    /** Where the body begins in them. */
    at: number;
    head: ResponseHead;
    /** Whether the head promised a body that no such response has. */
    mended: boolean;
  };

/** One response, from its first interim head to the end of its body. */
export class ResponseReader {
  #state: State = { name: "head", rest: EMPTY, begun: false };
  #progress: Progress = "head";

  constructor(private readonly asked: Asked) {}

  /** The final head, once it is there. */
  get head(): ResponseHead | undefined {
    return this.#state.name === "body" ? this.#state.head : undefined;
  }

  /** Whether a head has come, interim or final: then no answer of ours can take its place. */
  get begun(): boolean {
    return this.#state.name === "body" || this.#state.begun;
  }

  /** Whether nothing has come, not even a part of a head. */
  get untouched(): boolean {
    return !this.begun && this.#state.name === "head" &&
      this.#state.rest.length === 0;
  }

  get progress(): Progress {
    return this.#progress;
  }

  /** Whether all of it has come. */
  get done(): boolean {
    return this.#progress === "done" || this.#progress === "surplus";
  }

  /** Whether the body ends with the connection. */
  get untilClose(): boolean {
    return this.#state.name === "body" && this.#state.body.untilClose;
  }

  /**
   * Reads heads until the final one.
   *
   * @throws {HeadError} if one is not valid, or the protocol is changed unasked.
   */
  readHeads(bytes: Uint8Array): Heads {
    const state = this.#state;
    if (state.name !== "head") throw new Error("the head was read already");
    bytes = concat(state.rest, bytes);
    state.rest = EMPTY;
    const { method, upgrade, secrets, passing } = this.asked;
    for (let start = 0;;) {
      const rest = bytes.subarray(start);
      const size = headEnd(rest);
      if (size < 0) {
        state.rest = rest;
        return { kind: "incomplete", bytes: bytes.subarray(0, start) };
      }
      const raw = rest.subarray(0, size);
      const head = parseResponseHead(raw, method);
      const clean = secrets?.bytes(raw) ?? raw;
      const mended = withoutBody(clean, head);
      const sent = mended ?? clean;
      if (sent !== raw) {
        bytes = concat(
          concat(bytes.subarray(0, start), sent),
          rest.subarray(size),
        );
      }
      start += sent.length;
      if (head.status === 101) {
        if (!upgrade) {
          throw new HeadError(400, "unexpected switch of protocols");
        }
        return { kind: "switched", bytes };
      }
      state.begun = true;
      if (head.status < 200) continue;
      this.#state = {
        name: "body",
        head,
        body: new BodyScanner(
          head.framing,
          false,
          passing && ((bytes) => passing.body(bytes)),
        ),
        trailers: new TrailerGate(),
      };
      this.#progress = "body";
      return {
        kind: "final",
        bytes,
        at: start,
        head,
        mended: mended !== undefined,
      };
    }
  }

  /**
   * Reads the body in `bytes` from `at` on; what is before goes to the client as it is.
   *
   * @returns what goes to the client; see {@linkcode progress} for what comes then.
   */
  readBody(bytes: Uint8Array, at: number): Uint8Array {
    const state = this.#state;
    if (state.name !== "body") throw new Error("the head was not read yet");
    const { body, trailers } = state;
    const { secrets } = this.asked;
    let end: number;
    try {
      end = body.scan(bytes, at);
      if (body.done) this.#progress = end < bytes.length ? "surplus" : "done";
    } catch (error) {
      if (!(error instanceof BodyError)) throw error;
      end = error.valid;
      this.#progress = "broken";
    }
    const part = end === bytes.length ? bytes : bytes.subarray(0, end);
    return secrets
      ? trailers.pass(part, body.trailerFrom, body.done, secrets)
      : part;
  }
}
