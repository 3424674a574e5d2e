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
    async write(bytes: Uint8Array): Promise<number> {
      for (;;) {
        try {
          return await writeOnce(fd, bytes);
        } catch (error) {
          if (!isAgain(error)) throw error;
          await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
        }
      }
    },
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

function writeOnce(fd: number, bytes: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) =>
    fs.write(
      fd,
      bytes,
      (error, count) => error ? reject(error) : resolve(count),
    )
  );
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
        if (isSocket()) return await readStream(bytes);
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

/**
 * What stdin is read from. A read that waits holds a thread that Node waits for when it exits, so that a terminal or a
 * pipe is opened once more, and not to wait.
 */
let input: number | undefined;

function openInput(): number {
  try {
    if (process.platform === "linux" && (tty.isatty(0) || isPipe())) {
      const { O_RDONLY, O_NONBLOCK, O_NOCTTY } = fs.constants;
      return fs.openSync("/proc/self/fd/0", O_RDONLY | O_NONBLOCK | O_NOCTTY);
    }
  } catch { /* It is not ours to open. */ }
  return 0;
}

function isPipe(): boolean {
  return fs.fstatSync(0).isFIFO();
}

/** As a program has it that Node started. It cannot be opened again; what is read ahead stays in the stream. */
function isSocket(): boolean {
  return fs.fstatSync(0).isSocket();
}

async function readStream(bytes: Uint8Array): Promise<number | null> {
  const { stdin } = process;
  while (stdin.readableLength === 0) {
    if (stdin.readableEnded || stdin.destroyed) return null;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const came = () => resolve();
    stdin.on("readable", came).on("end", came).on("error", reject);
    await promise.finally(() =>
      stdin.off("readable", came).off("end", came).off("error", reject)
    );
  }
  const part: Uint8Array = stdin.read(
    Math.min(bytes.length, stdin.readableLength),
  );
  bytes.set(part);
  return part.length;
}

function readOnce(bytes: Uint8Array): Promise<number> {
  input ??= openInput();
  return new Promise((resolve, reject) =>
    fs.read(
      input!,
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
