/**
 * A client connection that speaks HTTP/2: each request is planned as in HTTP/1.1 and goes to a server that speaks HTTP/2
 * too. Without the proxy such a client would reach no other server.
 *
 * Invariant: the one of `proxy/exchange.ts`. Connections to servers belong to one client connection and one account.
 *
 * @module
 */
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { ByteStream } from "../../ports/net.ts";
import {
  DialError,
  dialError,
  type Phase,
  type Plan,
  type Planner,
  type Session,
  type SessionEvents,
  UNANSWERED,
  unreachable,
} from "../../proxy/planner.ts";
import {
  type FieldRecord,
  fieldRecord,
  readRequestHead,
  readTrailers,
  requestFields,
} from "../../wire/http2.ts";
import { EndedStreams } from "../../wire/http2_frames.ts";
import { MAX_HEAD_BYTES } from "../../wire/http1.ts";
import { unreadable } from "../../request/refusal.ts";
import { drop } from "../../proxy/exchange_state.ts";
import { Leaver } from "../../request/control/asker.ts";
import { duplexOf } from "./duplex.ts";
import { HeldStream } from "./http2/held_stream.ts";
import {
  answer,
  AS_IT_IS,
  cut,
  fieldsOf,
  stopUpload,
} from "./http2/stream_answers.ts";

const {
  NGHTTP2_CANCEL: CANCEL,
  NGHTTP2_FLAG_END_STREAM: END_STREAM,
  NGHTTP2_INTERNAL_ERROR: INTERNAL_ERROR,
  NGHTTP2_NO_ERROR: NO_ERROR,
  NGHTTP2_PROTOCOL_ERROR: PROTOCOL_ERROR,
} = constants;
/** Most requests of one client at a time. */
const MAX_STREAMS = 128;
const PREFACE = 24;
/** What a server may send on one stream before the client has taken it, in bytes. */
const STREAM_WINDOW = 1_048_576;
type Forward = Extract<Plan, { kind: "forward" }>;

/** A request as it comes. */
interface Incoming {
  client: ServerHttp2Stream;
  /** Whether it has no body. */
  ended: boolean;
  /** Those of the request; after its body. */
  trailers(): FieldRecord;
  /** Whether the client waits for 100 before it sends the body. */
  expects(): boolean;
  /** Set if the body was read first. */
  held?: HeldStream;
}

interface Upstream {
  session: ClientHttp2Session;
  ended: EndedStreams;
}

/** Serves the requests of `client` until it closes. */
export class Http2Session implements Session {
  since = Date.now();
  phase: Phase = "idle";
  readonly #client: ByteStream;
  readonly #plan: Planner;
  readonly #events: SessionEvents;
  readonly #session: ServerHttp2Session;
  readonly #ended = new EndedStreams(PREFACE);
  /** By server and account. */
  readonly #upstreams = new Map<string, Promise<Upstream>>();
  /** Every connection to a server that is still open. */
  readonly #open = new Set<ByteStream>();
  #requests = 0;
  #closed = false;

  constructor(client: ByteStream, plan: Planner, events: SessionEvents) {
    this.#client = client;
    this.#plan = plan;
    this.#events = events;
    const duplex = duplexOf(client, {
      seen: (bytes) => this.#ended.scan(bytes),
      closed: () => this.#close(),
    });
    this.#session = performServerHandshake(duplex, {
      settings: {
        maxConcurrentStreams: MAX_STREAMS,
        maxHeaderListSize: MAX_HEAD_BYTES,
      },
    });
    // What ends a session also closes its connection.
    this.#session.on("error", () => {});
    this.#session.on("close", () => duplex.destroy());
    this.#session.on("stream", (stream, _headers, flags, raw) => {
      this.#serve(stream, (flags & END_STREAM) !== 0, raw as string[]);
    });
  }

  get moved(): number {
    let moved = this.#client.moved;
    for (const stream of this.#open) moved += stream.moved;
    return moved;
  }

  get queued(): number {
    let { queued } = this.#client;
    for (const stream of this.#open) queued += stream.queued;
    return queued;
  }

  destroy(): void {
    this.#session.destroy();
    this.#client.destroy();
    for (const stream of this.#open) stream.destroy();
  }

  expire(): void {
    this.destroy();
  }

  /** The client is gone; servers still get what it sent. */
  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.phase = "linger";
    this.since = Date.now();
    this.#session.destroy();
    for (const made of this.#upstreams.values()) {
      made.then(({ session }) => session.close(), () => {});
    }
    this.#leave();
  }

  /** Both sides are gone once nothing is open. */
  #leave(): void {
    if (this.#closed && this.#open.size === 0) this.#events.closed();
  }

  #count(change: 1 | -1): void {
    this.#requests += change;
    if (this.#closed) return;
    this.phase = this.#requests === 0 ? "idle" : "exchange";
    this.since = Date.now();
  }

  async #serve(
    client: ServerHttp2Stream,
    ended: boolean,
    raw: readonly string[],
  ): Promise<void> {
    this.#count(1);
    const asker = new Leaver();
    client.on("error", () => {});
    client.on("close", () => {
      this.#count(-1);
      asker.leave();
    });
    // From the start: the event comes with them, whether or not the body before them is read.
    let trailers: FieldRecord = {};
    client.on("trailers", (_fields, _flags, raw) => {
      try {
        trailers = readTrailers(raw as string[]);
      } catch {
        client.close(PROTOCOL_ERROR);
      }
    });
    const plan = () => this.#plan(readRequestHead(raw, ended), asker);
    await this.#carryOut({
      ...{ client, ended, trailers: () => trailers },
      expects: () => raw.includes("expect"),
    }, plan);
  }

  async #carryOut(
    request: Incoming,
    decide: () => Plan | Promise<Plan>,
  ): Promise<void> {
    const { client } = request;
    try {
      let plan = await decide();
      while (plan.kind === "hold") {
        request.held ??= this.#hold(request);
        const body = await request.held.read(plan.limit);
        if (client.destroyed) return;
        plan = await plan.decide(body);
      }
      if (plan.kind === "refuse") answer(client, plan.refusal);
      else {
        const { passing } = plan;
        if (passing) client.once("close", () => passing.end());
        await this.#forward(request, plan);
      }
    } catch (error) {
      const refusal = unreadable(error);
      this.#events.unreadable(refusal);
      answer(client, refusal);
    }
  }

  #hold({ client, expects }: Incoming): HeldStream {
    const { id } = client;
    if (expects() && !client.destroyed) {
      client.additionalHeaders({ ":status": 100 });
    }
    return new HeldStream(client, () => this.#ended.take(id));
  }

  async #forward(request: Incoming, plan: Forward): Promise<void> {
    const { client, ended } = request;
    let upstream: Upstream;
    let server: ClientHttp2Stream;
    try {
      upstream = await this.#upstream(plan);
      if (client.destroyed) {
        drop(plan);
        return;
      }
      server = upstream.session.request(requestFields(plan.head), {
        endStream: ended,
        waitForTrailers: !ended,
      });
    } catch (error) {
      const known = dialError(error);
      plan.failed?.(known.reason);
      answer(client, unreachable(known));
      return;
    }
    exchange(
      request,
      server,
      { ...upstream, ofClient: this.#ended },
      plan,
      (plan) => this.#carryOut(request, () => plan),
    );
  }

  /** The connection for `plan`: the one that is open, or a new one. */
  #upstream({ key, dial }: Forward): Promise<Upstream> {
    const known = this.#upstreams.get(key);
    if (known) return known;
    const forget = () => {
      if (this.#upstreams.get(key) === made) this.#upstreams.delete(key);
    };
    const made = this.#connect(dial, forget);
    this.#upstreams.set(key, made);
    made.catch(forget);
    return made;
  }

  async #connect(
    dial: Forward["dial"],
    forget: () => void,
  ): Promise<Upstream> {
    const stream = await dial({ http2: true });
    if (this.#closed) {
      stream.destroy();
      throw new DialError(
        "upstream_unreachable",
        "The client closed the connection",
      );
    }
    this.#open.add(stream);
    const ended = new EndedStreams();
    const duplex = duplexOf(stream, {
      seen: (bytes) => ended.scan(bytes),
      closed: () => {
        this.#open.delete(stream);
        forget();
        session.destroy();
        this.#leave();
      },
    });
    const session = connect("https://upstream.invalid", {
      createConnection: () => duplex,
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW },
    });
    session.on("error", () => {});
    session.on("goaway", forget);
    session.on("close", () => duplex.destroy());
    session.once("connect", () => session.setLocalWindowSize(STREAM_WINDOW));
    return { session, ended };
  }
}

/** Copies one request and its response, both with their trailers. */
function exchange(
  { client, trailers, held }: Incoming,
  server: ClientHttp2Stream,
  { session, ended: ofServer, ofClient }: Upstream & {
    ofClient: EndedStreams;
  },
  plan: Forward,
  /** Carries out another plan, to whose answer the client is left. */
  again: (plan: Plan) => void,
): void {
  let responseTrailers: FieldRecord = {};
  let answered = false;
  /** Whether an interim response was passed on. */
  let seen = false;
  /** Set while the response is held back: what has happened to it meanwhile. */
  let withheld: (() => void)[] | undefined;
  /** Whether another response takes the place of this one. */
  let replaced = false;
  // A stream that is closed has no id any more.
  const clientId = client.id;
  let serverId: number | undefined;
  /** Whether the whole response has come. */
  let ended = false;

  server.on("wantTrailers", () => server.sendTrailers(trailers()));
  const { passing } = plan;
  const parts = plan.body ? [plan.body] : held?.parts ?? [];
  for (const part of parts) {
    server.write(part);
    passing?.sent(part.length);
  }
  if (held?.ended) server.end();
  else if (!client.readableEnded) {
    if (passing) {
      client.on("data", (part: Uint8Array) => passing.sent(part.length));
    }
    client.pipe(server, { end: false });
    client.on("end", () => {
      if (held?.ended ?? ofClient.take(clientId)) server.end();
      else server.close(CANCEL);
    });
  }

  const clean = (fields: FieldRecord) => plan.secrets?.fields(fields) ?? fields;
  server.on("headers", (fields) => {
    seen = true;
    client.additionalHeaders(clean(fields as FieldRecord));
  });
  const respond = (
    status: unknown,
    fields: readonly string[],
    flags: number,
  ) => {
    if (client.destroyed) return;
    ended = (flags & END_STREAM) !== 0;
    client.respond(clean(fieldRecord(fields)), {
      ...AS_IT_IS,
      endStream: ended,
      waitForTrailers: !ended,
    });
    passing?.head(Number(status), fieldsOf(fields));
    if (ended) passing?.end();
    else {
      if (passing) server.on("data", (part: Uint8Array) => passing.body(part));
      server.pipe(client, { end: false });
    }
  };
  server.on("response", (fields, flags, raw) => {
    answered = true;
    serverId = server.id;
    const status = fields[":status"];
    const anew = plan.answered?.(Number(status), {
      fields: () => fieldsOf(raw as string[]),
      unseen: !seen,
    });
    if (!anew) {
      respond(status, raw as string[], flags);
      return;
    }
    const steps = withheld = [() => respond(status, raw as string[], flags)];
    // A stream that nobody has begun to read loses what it holds when it ends.
    server.pause();
    const decided = (other: Plan | undefined) => {
      withheld = undefined;
      if (!other) steps.forEach((step) => step());
      else if (client.destroyed) {
        drop(other);
      } else {
        replaced = true;
        server.close(CANCEL);
        again(other);
      }
    };
    anew.then(decided, () => decided(undefined));
  });
  server.on("trailers", (_fields, _flags, raw) => {
    responseTrailers = clean(fieldRecord(raw as string[]));
  });
  server.on("end", () => {
    // The end of headers alone is passed on with them.
    if (withheld || replaced || !ofServer.take(serverId) || ended) return;
    ended = true;
    passing?.end();
    client.end();
  });
  client.on("wantTrailers", () => {
    if (!replaced) client.sendTrailers(responseTrailers);
  });

  server.on("error", () => {});
  const closed = () => {
    if (replaced) return;
    if (withheld) withheld.push(closed);
    else if (ended) {
      stopUpload(client);
    } else if (answered) {
      // The client must see that something is missing, behind all that is not.
      cut(client, server, server.rstCode || INTERNAL_ERROR);
    } else if (!client.destroyed) {
      plan.failed?.("upstream_unreachable");
      if (session.destroyed || server.rstCode === NO_ERROR) {
        answer(client, unreachable(UNANSWERED));
      } else client.close(server.rstCode);
    }
  };
  server.on("close", closed);
  client.on("close", () => {
    if (!answered) plan.failed?.();
    if (!replaced && !server.closed) {
      cut(server, client, client.rstCode || CANCEL);
    }
  });
}
