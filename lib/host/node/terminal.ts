/** Standard streams as Deno has them: straight to the descriptors, so that nothing is held back at the end. @module */
import fs from "node:fs";
import tty from "node:tty";

/** Milliseconds between tries of a descriptor that another process made non-blocking. */
const AGAIN_MS = 5;

function isAgain(error: unknown): boolean {
  return (error as { code?: string }).code === "EAGAIN";
}

function output(fd: 1 | 2) {
  return {
    isTerminal: () => tty.isatty(fd),
    writeSync(bytes: Uint8Array): number {
      for (;;) {
        try {
          return fs.writeSync(fd, bytes);
        } catch (error) {
          if (!isAgain(error)) throw error;
          Atomics.wait(
            new Int32Array(new SharedArrayBuffer(4)),
            0,
            0,
            AGAIN_MS,
          );
        }
      }
    },
  };
}

/** As `Deno.stdout`. */
export const stdout = output(1);
/** As `Deno.stderr`. */
export const stderr = output(2);

/** As `Deno.stdin`: takes no byte more from the descriptor than asked for. */
export const stdin = {
  isTerminal: () => tty.isatty(0),
  get readable(): ReadableStream<Uint8Array> {
    const { Readable } = process.getBuiltinModule("node:stream");
    return Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>;
  },
  async read(bytes: Uint8Array): Promise<number | null> {
    for (;;) {
      try {
        return await readOnce(bytes) || null;
      } catch (error) {
        // Windows reports the end of a pipe as an error.
        if ((error as { code?: string }).code === "EOF") return null;
        if (!isAgain(error)) throw error;
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  },
};

function readOnce(bytes: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) =>
    fs.read(
      0,
      bytes,
      0,
      bytes.length,
      null,
      (error, count) => error ? reject(error) : resolve(count),
    )
  );
}

/** As `Deno.consoleSize`. */
export function consoleSize(): { columns: number; rows: number } {
  const { columns, rows } = [process.stdout, process.stderr]
    .find(({ isTTY }) => isTTY) ?? {};
  if (!columns || !rows) throw new Error("not a terminal");
  return { columns, rows };
}
