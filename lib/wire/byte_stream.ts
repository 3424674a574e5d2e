/**
 * A connection as the proxy sees it: bytes, back-pressure, and one owner at a time.
 *
 * Callbacks and not streams or promises: they run for every chunk of every body.
 *
 * @module
 */

/**
 * How a side of a connection ends: as it should, with TLS said to be over (`closed`); without a word of TLS (`cut`, RFC
 * 8446 §6.1); or broken (`reset`).
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

/**
 * Copies both ways until both ends have ended. `first` goes to `b` before anything else; `parted` is called once only
 * what is queued for the other side is left, `closed` once both have closed.
 */
export function splice(
  a: ByteStream,
  b: ByteStream,
  first: Uint8Array,
  { parted, closed }: { parted(): void; closed(): void },
): void {
  let open = 2;
  const oneWay = (from: ByteStream, to: ByteStream): StreamOwner => ({
    data(bytes) {
      if (!to.write(bytes)) from.pause();
    },
    end() {
      to.end();
    },
    drain() {
      to.resume();
    },
    close(ending) {
      if (--open === 0) {
        closed();
        return;
      }
      to.finish(ending);
      parted();
    },
  });
  if (first.length > 0 && !b.write(first)) a.pause();
  b.own(oneWay(b, a));
  a.own(oneWay(a, b));
}

/** `a` and then `b`. */
export function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}

/** No bytes. */
export const EMPTY: Uint8Array = new Uint8Array(0);

/** The bytes of `text`, whose characters each stand for one byte (ISO-8859-1). */
export function latin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}
