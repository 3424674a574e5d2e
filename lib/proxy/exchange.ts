/**
 * One client connection that speaks HTTP/1.1: reads a request head, lets a planner decide, sends the head on as it was
 * decided, and copies bodies by their framing, one exchange after the other.
 *
 * Invariant: the upstream is the authority that the planner named and nothing else, and what the planner saw is what is
 * sent. An upstream connection serves one account only, and none after any anomaly.
 *
 * @module
 */
import { withoutBody } from "../wire/bodiless.ts";
import { type BodyError, BodyScanner } from "../wire/body.ts";
import {
  type ByteStream,
  concat,
  EMPTY,
  type Ending,
  latin1,
  splice,
} from "../wire/byte_stream.ts";
import { headText } from "../wire/forwarded_head.ts";
import {
  headEnd,
  HeadError,
  parseRequestHead,
  parseResponseHead,
  type RequestHead,
  type ResponseHead,
  values,
} from "../wire/http1.ts";
import { asksToClose, closesAfter, IDEMPOTENT } from "../wire/persistence.ts";
import {
  DialError,
  type Phase,
  type Plan,
  type Planner,
  type Session,
  type SessionEvents,
} from "./planner.ts";
import {
  type Refusal,
  refusalResponse,
  unreadable,
} from "../request/refusal.ts";
import { TrailerGate } from "../request/response_head_scrub.ts";

const CONTINUE = new TextEncoder().encode("HTTP/1.1 100 Continue\r\n\r\n");

type Forward = Extract<Plan, { kind: "forward" }>;
type Hold = Extract<Plan, { kind: "hold" }>;

/** Serves the requests of `client` until it closes. */
export class HttpSession implements Session {
  since = Date.now();
  phase: Phase = "head";

  readonly #client: ByteStream;
  readonly #plan: Planner;
  readonly #events: SessionEvents;
  #clientOpen = true;
  #clientPaused = false;
  /** Bytes of the client that are not consumed yet. */
  #rest: Uint8Array = EMPTY;
  #request: RequestHead | undefined;
  #requestBody: BodyScanner | undefined;
  #forward: Forward | undefined;
  /** Waits for the body. */
  #hold: Hold | undefined;
  #retriable = false;
  /** Whether the next request waits until the client has read our own answer. */
  #blocked = false;

  #upstream: ByteStream | undefined;
  #upstreamKey = "";
  /** Whether the upstream connection has served a request before. */
  #reused = false;
  /** The upstream connection once bytes are only copied. */
  #raw: ByteStream | undefined;
  /** An upstream connection that only takes what is queued for it. */
  #leaving: ByteStream | undefined;
  #responseRest: Uint8Array = EMPTY;
  #response: ResponseHead | undefined;
  #responseBody: BodyScanner | undefined;
  #trailers = new TrailerGate();
  /** Whether any byte of the current response has gone to the client. */
  #answering = false;

  /** `first` is what was read already. */
  constructor(
    client: ByteStream,
    plan: Planner,
    events: SessionEvents,
    first: Uint8Array = EMPTY,
  ) {
    this.#client = client;
    this.#plan = plan;
    this.#events = events;
    client.own({
      data: (bytes) => this.#clientData(bytes),
      end: () => this.#clientEnd(),
      drain: () => this.#clientDrained(),
      close: (ending) => this.#clientClose(ending),
    });
    if (first.length > 0) this.#clientData(first);
  }

  get moved(): number {
    return this.#client.moved +
      ((this.#upstream ?? this.#raw ?? this.#leaving)?.moved ?? 0);
  }

  get queued(): number {
    return this.#client.queued + ((this.#raw ?? this.#leaving)?.queued ?? 0);
  }

  destroy(): void {
    this.#upstream?.destroy();
    this.#raw?.destroy();
    this.#leaving?.destroy();
    this.#client.destroy();
  }

  expire(): void {
    if (this.phase === "linger") {
      this.destroy();
      return;
    }
    const { phase } = this;
    this.#abandon();
    this.#closeClient(
      phase === "exchange" || phase === "raw" ? "reset" : "closed",
    );
  }

  /** Whether the client still waits for an answer. */
  get #serving(): boolean {
    return this.#clientOpen && this.phase !== "linger";
  }

  #enter(phase: Phase): void {
    this.phase = phase;
    this.since = Date.now();
  }

  // The client's side.

  #clientData(bytes: Uint8Array): void {
    if (this.phase === "linger") return;
    if (this.phase === "exchange") {
      if (this.#hold) {
        this.#rest = concat(this.#rest, bytes);
        this.#readHeld(this.#hold);
      } else if (this.#requestBody && this.#rest.length === 0) {
        this.#sendBody(bytes);
      } else this.#keep(bytes);
      return;
    }
    if (this.phase === "idle") this.#enter("head");
    this.#rest = concat(this.#rest, bytes);
    this.#readHead();
  }

  /** Keeps what cannot be used yet, and asks for no more. */
  #keep(bytes: Uint8Array): void {
    this.#rest = concat(this.#rest, bytes);
    if (!this.#clientPaused) {
      this.#clientPaused = true;
      this.#client.pause();
    }
  }

  #resumeClient(): void {
    if (!this.#clientPaused) return;
    this.#clientPaused = false;
    this.#client.resume();
  }

  /** Over TLS nobody half-closes to read on: whoever asked has given up, and the server should know. */
  #clientEnd(): void {
    this.#abandon();
    this.#closeClient("closed");
  }

  #clientClose(ending: Ending): void {
    this.#clientOpen = false;
    this.#abandon();
    this.#enter("linger");
    this.#dropUpstream(ending);
    if (!this.#leaving) this.#events.closed();
  }

  #abandon(): void {
    if (this.phase === "exchange" && !this.#answering) {
      this.#forward?.failed?.();
    }
  }

  #readHead(): void {
    let head: RequestHead;
    try {
      const end = headEnd(this.#rest);
      if (end < 0) return;
      head = parseRequestHead(this.#rest.subarray(0, end));
      this.#rest = this.#rest.subarray(end);
    } catch (error) {
      this.#refuseHead(error);
      return;
    }
    this.#enter("exchange");
    this.#request = head;
    this.#answering = false;
    this.#decide(() => this.#plan(head));
  }

  #decide(decide: () => Plan | Promise<Plan>): void {
    let plan: Plan | Promise<Plan>;
    try {
      plan = decide();
    } catch (error) {
      this.#refuseHead(error);
      return;
    }
    if (plan instanceof Promise) {
      plan.then(
        (plan) => this.#start(plan),
        (error) => this.#refuseHead(error),
      );
    } else {
      this.#start(plan);
    }
  }

  #refuseHead(error: unknown): void {
    if (!this.#serving) return;
    const refusal = unreadable(error);
    this.#events.unreadable(refusal);
    this.#answer(refusal, true);
  }

  /** Answers in the server's place. */
  #answer(refusal: Refusal, close: boolean): void {
    const method = this.#request?.method;
    const room = this.#client.write(
      refusalResponse(refusal, { close, ...(method ? { method } : {}) }),
    );
    if (close) this.#closeClient("closed");
    else if (room) this.#next();
    else this.#blocked = true;
  }

  #clientDrained(): void {
    this.#upstream?.resume();
    if (!this.#blocked) return;
    this.#blocked = false;
    this.#next();
  }

  /** Ends our side; what the client still sends is thrown away, so that it can read the answer. */
  #closeClient(ending: Ending): void {
    this.#enter("linger");
    this.#rest = EMPTY;
    this.#client.finish(ending);
    this.#dropUpstream(ending);
    this.#raw?.destroy();
  }

  #next(): void {
    this.#request = this.#requestBody = this.#forward = undefined;
    this.#response = this.#responseBody = undefined;
    if (this.#rest.length === 0) {
      this.#enter("idle");
      this.#resumeClient();
      return;
    }
    this.#enter("head");
    // Not from here: a client may have sent thousands of requests at once.
    queueMicrotask(() => {
      if (!this.#clientOpen || this.phase !== "head") return;
      this.#readHead();
      if (this.phase === "head") this.#resumeClient();
    });
  }

  // From the client to the server.

  #start(plan: Plan): void {
    if (!this.#serving) {
      if (plan.kind === "forward") plan.failed?.();
      return;
    }
    const request = this.#request!;
    if (plan.kind === "refuse") {
      const again = request.framing.kind === "none" && request.minor === 1 &&
        !asksToClose(request.fields);
      this.#answer(plan.refusal, !again);
      return;
    }
    if (plan.kind === "hold") {
      this.#hold = plan;
      if (values(request.fields, "expect").length > 0) {
        this.#client.write(CONTINUE);
      }
      this.#readHeld(plan);
      return;
    }
    this.#forward = plan;
    this.#retriable = request.framing.kind === "none" && !plan.head.upgrade &&
      IDEMPOTENT.test(request.method);
    if (this.#upstream && this.#upstreamKey === plan.key) {
      this.#reused = true;
      this.#send();
    } else {
      this.#dropUpstream();
      this.#dial();
    }
  }

  #readHeld({ length, decide }: Hold): void {
    if (this.#rest.length < length) {
      this.#resumeClient();
      return;
    }
    this.#hold = undefined;
    this.#keep(EMPTY);
    this.#decide(() => decide(this.#rest.subarray(0, length)));
  }

  #dial(): void {
    const forward = this.#forward!;
    this.#reused = false;
    forward.dial().then((upstream) => {
      if (!this.#serving || this.#forward !== forward) {
        upstream.destroy();
        return;
      }
      this.#upstream = upstream;
      this.#upstreamKey = forward.key;
      upstream.own({
        data: (bytes) =>
          this.#upstream === upstream && this.#upstreamData(bytes),
        end: () => this.#upstream === upstream && this.#upstreamGone("closed"),
        drain: () => this.#upstream === upstream && this.#drained(),
        close: (ending) =>
          this.#upstream === upstream
            ? this.#upstreamGone(ending)
            : this.#left(upstream),
      });
      this.#send();
    }, (error) => {
      if (!this.#serving) return;
      const known = error instanceof DialError
        ? error
        : new DialError("upstream_unreachable", "Cannot reach the server");
      this.#fail(known.reason, known.message, known.hint);
    });
  }

  /** Sends the head, with what has arrived of the body. */
  #send(): void {
    const request = this.#request!;
    const body = this.#requestBody = new BodyScanner(request.framing, true);
    this.#responseRest = EMPTY;
    let head = latin1(headText(this.#forward!.head));
    const rest = this.#rest;
    if (rest.length > 0 && !body.done) {
      const end = this.#scanRequest(rest);
      if (end < 0) return;
      head = concat(head, rest.subarray(0, end));
      this.#rest = rest.subarray(end);
    }
    const room = this.#upstream!.write(head);
    if (room && !body.done) this.#resumeClient();
    else if (!room && !this.#clientPaused && !body.done) this.#keep(EMPTY);
  }

  #sendBody(bytes: Uint8Array): void {
    const body = this.#requestBody!;
    if (body.done) {
      this.#keep(bytes);
      return;
    }
    const end = this.#scanRequest(bytes);
    if (end < 0) return;
    // After an early response the server may be gone; the body then has nowhere to go.
    const room = this.#upstream?.write(
      end === bytes.length ? bytes : bytes.subarray(0, end),
    ) ?? true;
    if (end < bytes.length) this.#keep(bytes.subarray(end));
    else if (!room && !body.done) this.#keep(EMPTY);
    if (body.done && this.#responseDone()) this.#finish();
  }

  /** Where the request's body ends in `bytes`, or -1 after it turned out not to be valid. */
  #scanRequest(bytes: Uint8Array): number {
    try {
      return this.#requestBody!.scan(bytes, 0);
    } catch {
      if (!this.#answering) {
        this.#forward?.failed?.("bad_request");
        this.#answer({
          status: 400,
          reason: "bad_request",
          message: "The body of the request has invalid HTTP/1.1 framing",
          hint: "",
        }, true);
      } else {
        this.#closeClient("reset");
      }
      return -1;
    }
  }

  #drained(): void {
    if (this.#requestBody && !this.#requestBody.done) this.#resumeClient();
  }

  // From the server to the client.

  #upstreamData(bytes: Uint8Array): void {
    if (
      this.phase !== "exchange" || !this.#requestBody || this.#responseDone()
    ) {
      // Nobody asked: whatever it is, it must not become the answer to the next request.
      this.#dropUpstream();
      return;
    }
    let at = 0;
    if (!this.#response) {
      if (this.#responseRest.length > 0) {
        bytes = concat(this.#responseRest, bytes);
        this.#responseRest = EMPTY;
      }
      try {
        [bytes, at] = this.#readResponse(bytes);
      } catch {
        this.#fail(
          "upstream_unreachable",
          "The server's response is not HTTP/1.1",
        );
        return;
      }
      if (at < 0) return;
    }
    let end: number;
    try {
      end = this.#responseBody!.scan(bytes, at);
    } catch (error) {
      const { valid } = error as BodyError;
      if (valid > 0) this.#client.write(this.#passed(bytes, valid));
      this.#closeClient("cut");
      return;
    }
    const passed = this.#passed(bytes, end);
    if (passed.length > 0 && !this.#client.write(passed)) {
      this.#upstream?.pause();
    }
    if (end < bytes.length) this.#dropUpstream();
    if (this.#responseDone() && this.#requestBody) this.#responseEnd();
  }

  /** What of the first `end` bytes of a response goes to the client. */
  #passed(bytes: Uint8Array, end: number): Uint8Array {
    const part = end === bytes.length ? bytes : bytes.subarray(0, end);
    const { secrets } = this.#forward!;
    const { trailerFrom, done } = this.#responseBody!;
    return secrets
      ? this.#trailers.pass(part, trailerFrom, done, secrets)
      : part;
  }

  /**
   * Reads heads until the final one.
   *
   * @returns the bytes as they go to the client, and where the body begins in them, or -1 if the rest is to come or the
   * protocol has changed.
   */
  #readResponse(bytes: Uint8Array): [Uint8Array, number] {
    const forward = this.#forward!;
    for (let start = 0;;) {
      const rest = bytes.subarray(start);
      const size = headEnd(rest);
      if (size < 0) {
        // Interim responses go out at once.
        if (start > 0 && !this.#client.write(bytes.subarray(0, start))) {
          this.#upstream!.pause();
        }
        this.#responseRest = rest;
        return [bytes, -1];
      }
      const head = parseResponseHead(
        rest.subarray(0, size),
        this.#request!.method,
      );
      const raw = rest.subarray(0, size);
      const clean = forward.secrets?.bytes(raw) ?? raw;
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
        if (!forward.head.upgrade) {
          throw new HeadError(400, "unexpected switch of protocols");
        }
        this.#answering = true;
        forward.answered?.(101);
        this.#switch(bytes);
        return [bytes, -1];
      }
      this.#answering = true;
      if (head.status < 200) continue;
      this.#response = head;
      this.#responseBody = new BodyScanner(head.framing, false);
      this.#trailers = new TrailerGate();
      forward.answered?.(head.status);
      // What such a server still sends would answer the next request.
      if (mended) this.#dropUpstream();
      return [bytes, start];
    }
  }

  #responseDone(): boolean {
    return this.#responseBody?.done === true;
  }

  /** The response is complete. */
  #responseEnd(): void {
    const head = this.#response!;
    const close = closesAfter(head);
    if (this.#requestBody!.done) {
      this.#finish();
    } else if (
      close || !this.#upstream ||
      values(this.#request!.fields, "expect").length > 0
    ) {
      // Whether the rest of the body still comes is for the client to say, and it cannot.
      this.#closeClient("closed");
    }
  }

  /** Request and response are complete. */
  #finish(): void {
    if (this.#forward!.head.close || closesAfter(this.#response!)) {
      this.#closeClient("closed");
    } else this.#next();
  }

  /** From here on bytes are only copied (RFC 9110 §15.2.2). `first` begins with the 101 itself. */
  #switch(first: Uint8Array): void {
    const upstream = this.#upstream!;
    this.#enter("raw");
    const rest = this.#rest;
    this.#rest = EMPTY;
    this.#upstream = undefined;
    this.#raw = upstream;
    splice(upstream, this.#client, first, {
      parted: () => this.#enter("linger"),
      closed: () => {
        this.#clientOpen = false;
        this.#events.closed();
      },
    });
    if (rest.length > 0) upstream.write(rest);
    this.#resumeClient();
  }

  #upstreamGone(ending: Ending): void {
    const upstream = this.#upstream!;
    this.#upstream = undefined;
    upstream.destroy();
    if (
      this.phase !== "exchange" || !this.#requestBody || this.#responseDone()
    ) return;
    if (this.#response) {
      // What has arrived goes out first. What ends with the connection ends here; else the client's own framing shows
      // that something is missing, whatever the ending.
      this.#closeClient(
        ending === "reset" && !this.#responseBody!.untilClose ? "cut" : ending,
      );
    } else if (
      this.#reused && !this.#answering && this.#responseRest.length === 0
    ) {
      // It went away while it was idle, as it may. What may be sent twice is; else the client sees what it would
      // have seen without a proxy.
      if (this.#retriable) {
        this.#requestBody = undefined;
        this.#dial();
      } else {
        this.#forward!.failed?.("upstream_unreachable");
        this.#closeClient("cut");
      }
    } else {
      this.#fail(
        "upstream_unreachable",
        "The server closed the connection without a response",
      );
    }
  }

  #fail(reason: DialError["reason"], message: string, hint?: string): void {
    this.#dropUpstream();
    this.#forward?.failed?.(reason);
    if (this.#answering) {
      this.#closeClient("cut");
      return;
    }
    const status = reason === "destination_refused" ? 403 : 502;
    this.#answer({
      status,
      reason,
      message,
      hint: hint ?? new DialError(reason, "").hint,
    }, true);
  }

  /** Ends the connection to the server, which gets what is queued for it. */
  #dropUpstream(ending: Ending = "closed"): void {
    const upstream = this.#upstream;
    this.#upstream = undefined;
    if (!upstream) return;
    const whole = this.#requestBody?.done ?? true;
    if (whole && upstream.queued === 0) {
      upstream.destroy();
      return;
    }
    this.#leaving?.destroy();
    this.#leaving = upstream;
    upstream.finish(ending);
  }

  #left(upstream: ByteStream): void {
    if (this.#leaving !== upstream) return;
    this.#leaving = undefined;
    if (!this.#clientOpen) this.#events.closed();
  }
}
