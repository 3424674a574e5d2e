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
  type Http2Stream,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerStreamResponseOptions,
} from "node:http2";
import type { ByteStream } from "../../ports/net.ts";
import { EMPTY } from "../../wire/byte_stream.ts";
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
import {
  type Refusal,
  refusalAnswer,
  unreadable,
} from "../../request/refusal.ts";
import { duplexOf } from "./duplex.ts";

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
/** Without a `Date` of our own. */
const AS_IT_IS: ServerStreamResponseOptions & { sendDate: boolean } = {
  sendDate: false,
};

type Forward = Extract<Plan, { kind: "forward" }>;

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
    client.on("error", () => {});
    client.on("close", () => this.#count(-1));
    // From the start: the event comes with them, whether or not the body before them is read.
    let trailers: FieldRecord = {};
    client.on("trailers", (_fields, _flags, raw) => {
      try {
        trailers = readTrailers(raw as string[]);
      } catch {
        client.close(PROTOCOL_ERROR);
      }
    });
    const plan = () => this.#plan(readRequestHead(raw, ended));
    await this.#carryOut(client, () => trailers, plan, ended);
  }

  async #carryOut(
    client: ServerHttp2Stream,
    trailers: () => FieldRecord,
    decide: () => Plan | Promise<Plan>,
    ended: boolean,
  ): Promise<void> {
    try {
      let plan = await decide();
      // Without its body, which is not read first here.
      while (plan.kind === "hold") plan = await plan.decide(undefined);
      if (plan.kind === "refuse") answer(client, plan.refusal);
      else await this.#forward(client, trailers, plan, ended);
    } catch (error) {
      const refusal = unreadable(error);
      this.#events.unreadable(refusal);
      answer(client, refusal);
    }
  }

  async #forward(
    client: ServerHttp2Stream,
    trailers: () => FieldRecord,
    plan: Forward,
    ended: boolean,
  ): Promise<void> {
    let upstream: Upstream;
    let server: ClientHttp2Stream;
    try {
      upstream = await this.#upstream(plan);
      if (client.destroyed) {
        plan.failed?.();
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
      { client, ended: this.#ended, trailers },
      server,
      upstream,
      plan,
      (plan) => this.#carryOut(client, trailers, () => plan, ended),
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
  { client, ended: ofClient, trailers }: {
    client: ServerHttp2Stream;
    ended: EndedStreams;
    trailers: () => FieldRecord;
  },
  server: ClientHttp2Stream,
  { session, ended: ofServer }: Upstream,
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
  if (!client.readableEnded) {
    client.pipe(server, { end: false });
    client.on("end", () => {
      if (ofClient.take(clientId)) server.end();
      else server.close(CANCEL);
    });
  }

  const clean = (fields: FieldRecord) => plan.secrets?.fields(fields) ?? fields;
  server.on("headers", (fields) => {
    seen = true;
    client.additionalHeaders(clean(fields as FieldRecord));
  });
  const respond = (fields: readonly string[], flags: number) => {
    if (client.destroyed) return;
    ended = (flags & END_STREAM) !== 0;
    client.respond(clean(fieldRecord(fields)), {
      ...AS_IT_IS,
      endStream: ended,
      waitForTrailers: !ended,
    });
    if (!ended) server.pipe(client, { end: false });
  };
  server.on("response", (fields, flags, raw) => {
    answered = true;
    serverId = server.id;
    const anew = plan.answered?.(Number(fields[":status"]), {
      fields: () => fieldsOf(raw as string[]),
      unseen: !seen,
    });
    if (!anew) {
      respond(raw as string[], flags);
      return;
    }
    const steps = withheld = [() => respond(raw as string[], flags)];
    // A stream that nobody has begun to read loses what it holds when it ends.
    server.pause();
    const decided = (other: Plan | undefined) => {
      withheld = undefined;
      if (!other) steps.forEach((step) => step());
      else if (client.destroyed) {
        if (other.kind === "forward") other.failed?.();
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

/** Fields as they came, one after another. */
function fieldsOf(raw: readonly string[]): { name: string; value: string }[] {
  return raw.flatMap((name, at) =>
    at % 2 === 0 ? [{ name, value: raw[at + 1] ?? "" }] : []
  );
}

/** Closes `to` with `code` once it has sent what the closed `from` has left. */
function cut(to: Http2Stream, from: Http2Stream, code: number): void {
  for (let bytes: Uint8Array | null; (bytes = from.read()) !== null;) {
    if (to.writable) to.write(bytes);
  }
  if (to.writable) to.write(EMPTY, () => to.close(code));
  else to.close(code);
}

/** Says, behind the whole response, that no more of the request's body is wanted (RFC 9113 §8.1). */
function stopUpload(client: ServerHttp2Stream): void {
  const stop = () =>
    setImmediate(() => {
      if (!client.readableEnded && !client.closed) client.close(NO_ERROR);
    });
  if (client.writableFinished) stop();
  else client.once("finish", stop);
}

/** Answers in the server's place. */
function answer(client: ServerHttp2Stream, refusal: Refusal): void {
  if (client.destroyed || client.headersSent) return;
  const { fields, body } = refusalAnswer(refusal);
  client.respond({ ":status": refusal.status, ...fields }, AS_IT_IS);
  client.end(body);
  stopUpload(client);
}
