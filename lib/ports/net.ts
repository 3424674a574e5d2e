/** Requests and connections. @module */

/** HTTP requests of authsome's own (token endpoints, discovery): the standard `fetch`. */
export type Fetch = (
  input: Request | URL | string,
  init?: RequestInit,
) => Promise<Response>;

/** What a {@linkcode Fetch} of ours also understands. */
export interface FetchInit extends RequestInit {
  /** Whether the host must not lead to this machine or a private network. Default: no. */
  publicOnly?: boolean;
}

/**
 * How a side of a connection ends: closed, over TLS with a close_notify (`closed`); closed without one (`cut`, RFC 8446
 * §6.1); or broken (`reset`).
 */
export type Ending = "closed" | "cut" | "reset";

/** Receives the events of a {@linkcode ByteStream}. */
export interface StreamOwner {
  /** Bytes that are not changed afterwards. */
  data(bytes: Uint8Array): void;
  /** The other side will send no more. */
  end(): void;
  /** After `write` returned false: there is room again. */
  drain(): void;
  /** The last event, called once: everything that was read has been passed to `data`. */
  close(ending: Ending): void;
}

/** A connection. What arrives before it has an owner waits. */
export interface ByteStream {
  /** Gives the connection to `owner`, from now on alone. */
  own(owner: StreamOwner): void;
  /** Sends `bytes`, which must not change afterwards; false asks to wait for `drain`. */
  write(bytes: Uint8Array): boolean;
  /** Stops `data` until `resume`; what is on its way may still come. */
  pause(): void;
  resume(): void;
  /** Sends what is queued, and then that no more will come. */
  end(): void;
  /**
   * Sends what is queued, and then ends our side so that the other sees this `ending`. What still arrives is thrown away,
   * and the owner gets only `close`. Nothing here bounds how long it takes.
   */
  finish(ending: Ending): void;
  /** Drops the connection at once, with what is queued. */
  destroy(): void;
  /** Bytes read and sent so far: whether anything moves. */
  readonly moved: number;
  /** Bytes that wait to be sent. */
  readonly queued: number;
}

/** What listens. */
export interface AnswerListener {
  /** The port, where any free one was asked for. */
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Listens on `host`:`port` until it is closed and hands over each body that is posted there; `take` says whether it was an
 * answer that counts. Whoever reaches the port may post: bodies are short, and trusted by their seal alone.
 *
 * @throws {AuthsomeError} `PortUnavailable`.
 */
export type ListenForAnswers = (
  address: { host: string; port: number },
  take: (body: string) => Promise<boolean>,
) => Promise<AnswerListener>;
