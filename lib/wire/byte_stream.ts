/**
 * A connection as the proxy sees it: bytes, back-pressure, and one owner at a time.
 *
 * Callbacks and not streams or promises: they run for every chunk of every body.
 *
 * @module
 */
import type { ByteStream, StreamOwner } from "../ports/net.ts";

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
