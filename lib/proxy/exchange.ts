/**
 * One request and its response, over HTTP/1.1: a planner decides, the head is sent on as it was decided, and bodies are
 * copied by their framing.
 *
 * Invariant: the upstream is the authority that the planner named and nothing else, and what the planner saw is what is
 * sent. An upstream connection serves one account only, and none after any anomaly.
 *
 * @module
 */
import {
  type Refusal,
  refusalResponse,
  unreadable,
} from "../request/refusal.ts";
import type { Ending } from "../ports/net.ts";
import { concat, latin1 } from "../wire/byte_stream.ts";
import { headText } from "../wire/forwarded_head.ts";
import { type RequestHead, values } from "../wire/http1.ts";
import { asksToClose, closesAfter, isRepeatable } from "../wire/persistence.ts";
import {
  BAD_FRAMING,
  drop,
  type ExchangeConnection,
  type Forward,
  type Forwarding,
  forwarding,
  forwardOf,
  type Hold,
  type Step,
  type Withheld,
} from "./exchange_state.ts";
import { Leaver } from "../request/control/asker.ts";
import { HeldBody } from "./held_body.ts";
import {
  type DialError,
  dialError,
  type Plan,
  UNANSWERED,
  unreachable,
  UNREADABLE,
} from "./planner.ts";

const CONTINUE = new TextEncoder().encode("HTTP/1.1 100 Continue\r\n\r\n");

/** One request whose head has been read, until its response is complete. */
export class Exchange extends Leaver {
  #step: Step = { name: "planning" };
  /** Bytes of the body that was read first, with its framing. */
  #held = 0;
  /** Whether the client was told to send the body. */
  #continued = false;

  constructor(
    private readonly request: RequestHead,
    private readonly connection: ExchangeConnection,
  ) {
    super();
  }

  /** Whether no part of the request is left to be sent to the server. */
  get sent(): boolean {
    return this.#step.name !== "forwarding" || this.#step.body.done;
  }

  /** Begins; called once. */
  start(): void {
    this.#decide(() => this.connection.plan(this.request, this));
  }

  /** Tells the plan that its answer will not come, if none has begun. */
  abandon(): void {
    const step = this.#step;
    if (
      step.name === "dialing" ||
      step.name === "forwarding" && !step.response.begun
    ) step.forward.failed?.();
  }

  /** Whatever is still awaited has come too late. */
  end(): void {
    this.#passed();
    this.leave();
    this.#step = { name: "over" };
  }

  /** The response is complete, or will not come. */
  #passed(): void {
    forwardOf(this.#step)?.passing?.end();
  }

  // The request.

  clientData(bytes: Uint8Array): void {
    const step = this.#step;
    const { input } = this.connection;
    if (step.name === "forwarding" && input.bytes.length === 0) {
      this.#sendBody(step, bytes);
    } else if (step.name === "holding") {
      input.add(bytes);
      this.#readHeld(step);
    } else input.keep(bytes);
  }

  clientDrained(): void {
    if (this.#step.name === "refused") this.connection.next();
  }

  #decide(decide: () => Plan | Promise<Plan>): void {
    let plan: Plan | Promise<Plan>;
    try {
      plan = decide();
    } catch (error) {
      this.#undecided(error);
      return;
    }
    if (plan instanceof Promise) {
      plan.then(
        (plan) => this.#carryOut(plan),
        (error) => this.#undecided(error),
      );
    } else {
      this.#carryOut(plan);
    }
  }

  #undecided(error: unknown): void {
    if (this.#step.name !== "planning") return;
    const refusal = unreadable(error);
    this.connection.unreadable(refusal);
    this.#answer(refusal, true);
  }

  #carryOut(plan: Plan): void {
    if (this.#step.name !== "planning") return drop(plan);
    const { request, connection: { server } } = this;
    switch (plan.kind) {
      case "refuse": {
        const again = request.framing.kind === "none" && request.minor === 1 &&
          !asksToClose(request.fields);
        this.#answer(plan.refusal, !again);
        break;
      }
      case "hold":
        this.#hold(plan);
        break;
      case "forward":
        if (server.serves(plan.key)) this.#send(plan, true);
        else {
          server.drop(true);
          this.#dial(plan);
        }
    }
  }

  #hold(hold: Hold): void {
    const { request: { fields, framing }, connection: { client } } = this;
    const held = new HeldBody(framing, hold.limit);
    const step = this.#step = { name: "holding", hold, held };
    if (!this.#continued && values(fields, "expect").length > 0) {
      this.#continued = true;
      client.write(CONTINUE);
    }
    this.#readHeld(step);
  }

  #readHeld({ hold, held }: Extract<Step, { name: "holding" }>): void {
    const { input } = this.connection;
    let read;
    try {
      read = held.read(input.bytes);
    } catch {
      this.#answer(BAD_FRAMING, true);
      return;
    }
    if (!read) {
      input.resume();
      return;
    }
    const { body } = read;
    this.#step = { name: "planning" };
    this.#held = held.length;
    // Not paused before more comes: only who reads sees that the client goes away.
    this.#decide(() => hold.decide(body));
  }

  #dial(forward: Forward): void {
    this.#step = { name: "dialing", forward };
    forward.dial().then((stream) => {
      if (this.#step.name !== "dialing") {
        stream.destroy();
        return;
      }
      const { server } = this.connection;
      server.use(stream, forward.key);
      // It may have spoken already, behind the answer of the parent's proxy.
      if (server.stream) this.#send(forward, false);
      else this.#fail(forward, UNREADABLE);
    }, (error) => {
      if (this.#step.name !== "dialing") return;
      this.#fail(forward, dialError(error));
    });
  }

  /** Sends the head, with what has arrived of the body. */
  #send(forward: Forward, reused: boolean): void {
    const { request, connection: { input, server } } = this;
    const { body: own, passing } = forward;
    const step = this.#step = forwarding(forward, request, reused);
    const { body } = step;
    let head = latin1(headText(forward.head));
    if (own) {
      head = concat(head, own);
      passing?.sent(own.length);
      input.bytes = input.bytes.subarray(this.#held);
    }
    const { bytes } = input;
    if (bytes.length > 0 && !body.done) {
      const end = this.#scanBody(step, bytes);
      if (end < 0) return;
      head = concat(head, bytes.subarray(0, end));
      input.bytes = bytes.subarray(end);
    }
    const room = server.stream!.write(head);
    if (body.done) return;
    if (room) input.resume();
    else input.pause();
  }

  #sendBody(step: Forwarding, bytes: Uint8Array): void {
    const { body, response } = step;
    const { input, server } = this.connection;
    if (body.done) {
      input.keep(bytes);
      return;
    }
    const end = this.#scanBody(step, bytes);
    if (end < 0) return;
    // After an early response the server may be gone; the body then has nowhere to go.
    const room = server.stream?.write(
      end === bytes.length ? bytes : bytes.subarray(0, end),
    ) ?? true;
    if (end < bytes.length) input.keep(bytes.subarray(end));
    else if (!room && !body.done) input.pause();
    if (body.done && response.done) this.#finish(step);
  }

  /** Where the request's body ends in `bytes`, or -1 after it turned out not to be valid. */
  #scanBody({ body, forward, response }: Forwarding, bytes: Uint8Array) {
    try {
      return body.scan(bytes, 0);
    } catch {
      if (response.begun) this.connection.close("reset");
      else {
        forward.failed?.("bad_request");
        this.#answer(BAD_FRAMING, true);
      }
      return -1;
    }
  }

  serverDrained(): void {
    const step = this.#step;
    if (step.name === "forwarding" && !step.body.done) {
      this.connection.input.resume();
    }
  }

  // The response.

  serverData(bytes: Uint8Array): void {
    const { server } = this.connection;
    const step = this.#step;
    if (step.name === "withheld") {
      step.more.push(bytes);
      return;
    }
    if (step.name !== "forwarding" || step.response.done) {
      // Nobody asked: whatever it is, it must not become the answer to the next request.
      server.drop(this.sent);
      return;
    }
    const { response } = step;
    const passed = response.progress === "head"
      ? this.#readHeads(step, bytes)
      : response.readBody(bytes, 0);
    if (passed) this.#pass(step, passed);
  }

  /** Passes on what was read of the response. */
  #pass(step: Forwarding, passed: Uint8Array): void {
    const { client, server } = this.connection;
    const { response } = step;
    const room = passed.length === 0 || client.write(passed);
    const { progress } = response;
    if (progress === "broken") {
      this.connection.close("cut");
      return;
    }
    if (!room) server.stream?.pause();
    if (progress === "surplus") server.drop(this.sent);
    if (response.done) this.#responseDone(step);
  }

  /** Reads heads, and what there is of the body behind the final one. Gives what goes to the client. */
  #readHeads(step: Forwarding, bytes: Uint8Array): Uint8Array | undefined {
    const { forward, response } = step;
    const isFirst = !response.begun;
    try {
      const heads = response.readHeads(bytes);
      switch (heads.kind) {
        case "incomplete":
          return heads.bytes;
        case "switched":
          forward.answered?.(101);
          forward.passing?.head(101, []);
          this.connection.copy(heads.bytes, forward.messages);
          return undefined;
        case "final": {
          const { status, fields } = heads.head;
          const anew = forward.answered?.(status, {
            fields: () => fields,
            unseen: isFirst,
          });
          if (!anew || !step.body.done) return this.#readFinal(step, heads);
          this.#withhold(step, heads, anew);
          return undefined;
        }
      }
    } catch {
      this.#fail(forward, UNREADABLE);
      return undefined;
    }
  }

  #readFinal(
    { forward, response }: Forwarding,
    heads: Withheld["heads"],
  ): Uint8Array {
    const { status, fields } = heads.head;
    forward.passing?.head(status, fields);
    // What such a server still sends would answer the next request.
    if (heads.mended) this.connection.server.drop(this.sent);
    return response.readBody(heads.bytes, heads.at);
  }

  /** Shows nothing of the response until `anew` says whether another takes its place. */
  #withhold(
    forwarding: Forwarding,
    heads: Withheld["heads"],
    anew: Promise<Plan | undefined>,
  ): void {
    const step: Withheld = this.#step = {
      name: "withheld",
      forwarding,
      heads,
      more: [],
    };
    this.connection.server.stream?.pause();
    const decided = (plan: Plan | undefined) => {
      if (this.#step !== step) drop(plan);
      else if (plan) {
        this.connection.server.drop(true);
        this.#step = { name: "planning" };
        this.#carryOut(plan);
      } else this.#release(step);
    };
    anew.then(decided, () => decided(undefined));
  }

  /** Goes on with a response as if it had come just now. */
  #release({ forwarding, heads, more, gone }: Withheld): void {
    this.#step = forwarding;
    this.connection.server.stream?.resume();
    this.#pass(forwarding, this.#readFinal(forwarding, heads));
    for (const bytes of more) {
      if (this.#step === forwarding) this.serverData(bytes);
    }
    if (gone && this.#step === forwarding) this.serverGone(gone);
  }

  /** The response is complete. */
  #responseDone(step: Forwarding): void {
    this.#passed();
    const { server } = this.connection;
    if (step.body.done) this.#finish(step);
    else if (
      closesAfter(step.response.head!) || !server.stream ||
      values(this.request.fields, "expect").length > 0
    ) {
      // Whether the rest of the body still comes is for the client to say, and it cannot.
      this.connection.close("closed");
    }
  }

  /** Request and response are complete. */
  #finish({ forward, response }: Forwarding): void {
    if (forward.head.close || closesAfter(response.head!)) {
      this.connection.close("closed");
    } else this.connection.next();
  }

  serverGone(ending: Ending): void {
    const step = this.#step;
    if (step.name === "withheld") {
      step.gone = ending;
      return;
    }
    if (step.name !== "forwarding" || step.response.done) return;
    const { forward, reused, response } = step;
    if (response.head) {
      // What has arrived goes out first. What ends with the connection ends here; else the client's own framing shows
      // that something is missing, whatever the ending.
      this.connection.close(
        ending === "reset" && !response.untilClose ? "cut" : ending,
      );
    } else if (reused && response.untouched) {
      // It went away while it was idle, as it may. What may be sent twice is; else the client sees what it would
      // have seen without a proxy.
      if (isRepeatable(this.request, forward.head)) this.#dial(forward);
      else {
        forward.failed?.("upstream_unreachable");
        this.connection.close("cut");
      }
    } else this.#fail(forward, UNANSWERED);
  }

  // Answers in the server's place.

  #fail(forward: Forward, error: DialError): void {
    const step = this.#step;
    this.connection.server.drop(this.sent);
    forward.failed?.(error.reason);
    if (step.name === "forwarding" && step.response.begun) {
      this.connection.close("cut");
    } else this.#answer(unreachable(error), true);
  }

  #answer(refusal: Refusal, close: boolean): void {
    this.#passed();
    const { method } = this.request;
    const room = this.connection.client.write(
      refusalResponse(refusal, { close, method }),
    );
    if (close) this.connection.close("closed");
    else if (room) this.connection.next();
    else this.#step = { name: "refused" };
  }
}
