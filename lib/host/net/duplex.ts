/** A {@linkcode ByteStream} as a stream of Node, for libraries that want one. @module */
import { Duplex } from "node:stream";
import type { ByteStream } from "../../ports/net.ts";

/** Takes `stream` over. `seen` is called with what arrives, `closed` once at the end. */
export function duplexOf(
  stream: ByteStream,
  { seen, closed }: { seen(bytes: Uint8Array): void; closed(): void },
): Duplex {
  let written: (() => void) | undefined;
  let gone = false;
  let left = false;
  const leave = () => {
    if (left) return;
    left = true;
    duplex.destroy();
    closed();
  };
  const drained = () => {
    const done = written;
    written = undefined;
    done?.();
  };
  const duplex = new Duplex({
    read() {
      stream.resume();
    },
    write(bytes: Uint8Array, _encoding, done) {
      if (stream.write(bytes)) done();
      else written = done;
    },
    final(done) {
      stream.end();
      done();
    },
    destroy(error, done) {
      // What the session has said goes out, its reasons included.
      stream.finish("closed");
      drained();
      done(error);
    },
  });
  // The reader has events of its own.
  duplex.on("error", () => {});
  duplex.on("close", () => {
    if (gone) leave();
  });
  // A session of HTTP/2 has no half: Deno 2.9 keeps one open that gets an end.
  duplex.on("end", () => duplex.destroy());
  stream.own({
    data(bytes) {
      seen(bytes);
      if (!duplex.push(bytes)) stream.pause();
    },
    end() {
      duplex.push(null);
    },
    drain: drained,
    close() {
      gone = true;
      // What was read before comes first.
      if (duplex.readableLength === 0) leave();
      else duplex.push(null);
    },
  });
  return duplex;
}
