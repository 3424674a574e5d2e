/**
 * Named pipes that a process waits to open. Until the other side has come they are in no table of open files; the
 * kernel tells where a thread waits, and what it has asked for.
 *
 * @module
 */
import { link, lookAt, read, realPath } from "./looking.ts";

/** `/proc/<pid>/task/<tid>/wchan` of a thread that waits so: fifo(7), fs/pipe.c. */
export const PIPE_WAITS: readonly string[] = ["wait_for_partner", "fifo_open"];

/** By the number of a call that opens: at which place its path is. The first number of each is that of openat(2). */
const OPENS: Record<string, Record<string, number>> = {
  x86_64: { 257: 1, 437: 1, 2: 0 },
  aarch64: { 56: 1, 437: 1 },
};
const PATH_LIMIT = 4_096;

/** The pipes, by their real paths. `complete` is false if it is unknown which one a thread waits for. */
export function waitingPipes(
  /** `/proc/<pid>/task/<tid>` of each. */
  threads: readonly string[],
): { paths: string[]; complete: boolean } {
  let complete = true;
  const paths = threads.flatMap((thread) => {
    const found = opened(thread) ?? named(thread);
    // One that has gone on in the meantime has it open, or has ended.
    if (!found && PIPE_WAITS.includes(read(`${thread}/wchan`))) {
      complete = false;
    }
    return found ?? [];
  });
  return { paths: [...new Set(paths)], complete };
}

/** What the thread has asked to open; this needs the right to trace it. */
function opened(thread: string): string[] | undefined {
  const [call, ...values] = read(`${thread}/syscall`).split(" ");
  const at = OPENS[Deno.build.arch]?.[call ?? ""];
  if (at === undefined) return undefined;
  const path = textAt(thread, Number(values[at]));
  if (path === undefined) return undefined;
  if (path.startsWith("/")) return pipe(thread, path);
  const folder = BigInt.asIntN(32, BigInt(values[0]!));
  return pipe(
    thread,
    at === 0 || folder < 0n
      ? `${link(`${thread}/cwd`)}/${path}`
      : `${link(`${thread}/fd/${folder}`)}/${path}`,
  );
}

/** What its command line names, where it cannot be traced. */
function named(thread: string): string[] | undefined {
  const found = read(`${thread.replace(/\/task\/\d+$/, "")}/cmdline`)
    .split("\0").filter(Boolean)
    .flatMap((word) =>
      pipe(
        thread,
        word.startsWith("/") ? word : `${link(`${thread}/cwd`)}/${word}`,
      ) ?? []
    );
  return found.length > 0 ? found : undefined;
}

/** The pipe at `path`, as this process sees it, if it is one there. */
function pipe(thread: string, path: string): string[] | undefined {
  const real = realPath(path);
  if (real === undefined || !lookAt(real)?.isFifo) return undefined;
  const there = lookAt(`${thread}/root${real}`);
  return !there || there.ino === lookAt(real)?.ino ? [real] : undefined;
}

/** The text at `address` of the memory of a thread. */
function textAt(thread: string, address: number): string | undefined {
  try {
    using memory = Deno.openSync(`${thread}/mem`);
    memory.seekSync(address, Deno.SeekMode.Start);
    const bytes = new Uint8Array(PATH_LIMIT);
    const size = memory.readSync(bytes) ?? 0;
    const end = bytes.subarray(0, size).indexOf(0);
    return end > 0
      ? new TextDecoder().decode(bytes.subarray(0, end))
      : undefined;
  } catch {
    return undefined;
  }
}
