/**
 * A connection as the proxy sees it: bytes, back-pressure, and one owner at a time.
 *
 * Callbacks and not streams or promises: they run for every chunk of every body.
 *
 * @module
 */

/** Who is told what happens on a {@linkcode ByteStream}. */
export interface StreamOwner {
  /** Bytes that nobody writes to afterwards. */
  data(bytes: Uint8Array): void;
  /** The other side will send no more. */
  end(): void;
  /** After `write` returned false: there is room again. */
  drain(): void;
  /** Nothing more will happen; told once. `failed` if the connection broke rather than ended. */
  close(failed: boolean): void;
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
  /** Drops the connection at once. */
  destroy(): void;
  /** Bytes read and written so far: whether anything moves. */
  readonly moved: number;
}

/** Copies both ways until both ends have ended. `first` goes to `b` before anything else; `closed` is told once. */
export function splice(
  a: ByteStream,
  b: ByteStream,
  first: Uint8Array,
  closed: () => void,
): void {
  const gone = new Set<ByteStream>();
  const oneWay = (from: ByteStream, to: ByteStream): StreamOwner => ({
    data(bytes) {
      if (gone.has(to)) from.destroy();
      else if (!to.write(bytes)) from.pause();
    },
    end() {
      to.end();
    },
    drain() {
      to.resume();
    },
    close(failed) {
      gone.add(from);
      if (gone.size === 2) closed();
      else if (failed) to.destroy();
      // What is queued may still go out; it must not wait for bytes that nobody reads any more.
      else to.end();
      to.resume();
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
