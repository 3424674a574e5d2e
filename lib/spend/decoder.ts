/** Takes `Content-Encoding` off a copy of what passes (RFC 9110 §8.4). @module */
import { Buffer } from "node:buffer";
import * as zlib from "node:zlib";

/** Most that is decoded of one answer, in bytes: a small one may stand for gigabytes. */
const MAX_DECODED = 268_435_456;
/** Most that waits to be decoded, in bytes. */
const MAX_WAITING = 4_194_304;

/** Decodes bytes as they come. */
export interface Decoder {
  /** Whether there is nothing to decode, so that all was given when it came. */
  isPlain: boolean;
  write(bytes: Uint8Array): void;
  /** No more comes. Resolved when all is decoded; whether it could be. Never rejected. */
  end(): Promise<boolean>;
}

/** A decoder for the value of `Content-Encoding`; `undefined` if it cannot be decoded here. */
export function decoderOf(
  encoding: string,
  onBytes: (bytes: Uint8Array) => void,
): Decoder | undefined {
  const names = encoding.toLowerCase().split(",").map((name) => name.trim())
    .filter((name) => name !== "" && name !== "identity");
  const [name] = names;
  if (name === undefined) {
    return {
      isPlain: true,
      write: onBytes,
      end: () => Promise.resolve(true),
    };
  }
  const make = names.length === 1 ? DECODERS[name] : undefined;
  return make && streamDecoder(make(), onBytes);
}

type Zlib = {
  write(chunk: Uint8Array): boolean;
  end(): void;
  destroy(): void;
  on(event: string, listener: (...values: never[]) => void): void;
  readonly writableLength: number;
};

const DECODERS: Record<string, () => Zlib> = {
  gzip: () => zlib.createGunzip() as unknown as Zlib,
  "x-gzip": () => zlib.createGunzip() as unknown as Zlib,
  // Some servers send it without the frame that its name stands for.
  deflate: () => zlib.createUnzip() as unknown as Zlib,
  br: () => zlib.createBrotliDecompress() as unknown as Zlib,
  // Not in Node 22.13.
  ...("createZstdDecompress" in zlib
    ? { zstd: () => zlib.createZstdDecompress() as unknown as Zlib }
    : {}),
};

function streamDecoder(
  stream: Zlib,
  onBytes: (bytes: Uint8Array) => void,
): Decoder {
  let decoded = 0;
  let broken = false;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const give = () => {
    broken = true;
    stream.destroy();
    resolve(false);
  };
  stream.on("data", (bytes: Uint8Array) => {
    if (broken) return;
    decoded += bytes.length;
    if (decoded > MAX_DECODED) return give();
    onBytes(bytes);
  });
  stream.on("end", () => resolve(!broken));
  stream.on("error", give);
  return {
    isPlain: false,
    write(bytes) {
      if (broken) return;
      if (stream.writableLength > MAX_WAITING) return give();
      // Whose bytes they are may use them again.
      stream.write(Buffer.from(bytes));
    },
    end() {
      if (!broken) stream.end();
      return promise;
    },
  };
}
