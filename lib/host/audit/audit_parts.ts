/** The files of an audit log: the one that is written to, and the full ones, `audit.log.<number of the first entry>`. @module */
import { syncFolder } from "../home/atomic_file.ts";
import { exists, refuseUnsafeFile } from "../home/private_file.ts";

const BLOCK = 8_192;
/** How an entry begins, see `lib/audit/chain.ts`. */
const ENTRY = /^\{"v":1,"seq":([1-9]\d{0,14}),/;
const FULL = /^[1-9]\d{0,14}$/;

/**
 * Gives the file at `path` its name as a full one, if it has `maxBytes`; says whether it did. Under the lock of the log.
 */
export async function setAside(
  path: string,
  maxBytes: number,
): Promise<boolean> {
  if (Deno.statSync(path).size < maxBytes) return false;
  const first = firstEntry(path);
  // What does not begin with an entry has no name; the check of the log says what is wrong with it.
  if (first === undefined || exists(`${path}.${first}`)) return false;
  {
    using file = await Deno.open(path, { read: true, write: true });
    const { end } = await lastLine(file);
    await file.truncate(end);
    await file.syncData();
  }
  Deno.renameSync(path, `${path}.${first}`);
  syncFolder(folderOf(path)[0]);
  return true;
}

/** The numbers of the first entries of the full files, ascending. */
export function fullFiles(path: string): number[] {
  const [folder, name] = folderOf(path);
  return [...Deno.readDirSync(folder)]
    .filter((file) => file.name.startsWith(`${name}.`))
    .map((file) => file.name.slice(name.length + 1))
    .filter((number) => FULL.test(number))
    .map(Number).sort((a, b) => a - b);
}

/** The last line of the newest full file. */
export async function lastOfFull(path: string): Promise<string | undefined> {
  const newest = fullFiles(path).at(-1);
  if (newest === undefined) return undefined;
  refuseUnsafeFile(`${path}.${newest}`);
  using file = await Deno.open(`${path}.${newest}`, { read: true });
  return (await lastLine(file)).last;
}

/** The lines of all files, oldest first; files that have only entries before `from` are left out. */
export async function* allLines(
  path: string,
  from = 0,
): AsyncGenerator<string> {
  // First the one that is written to: from then on it stays this file, whatever becomes of its name.
  const current = openLog(path);
  let taken = false;
  try {
    const begin = current && firstIn(current);
    const full = exists(folderOf(path)[0])
      ? fullFiles(path).filter((first) => first !== begin)
      : [];
    for (const [at, first] of full.entries()) {
      const next = full[at + 1] ?? begin;
      if (next !== undefined && next <= from) continue;
      const file = openLog(`${path}.${first}`);
      // It was removed meanwhile: the log begins later now.
      if (file) yield* linesOf(file);
    }
    taken = true;
    if (current) yield* linesOf(current);
  } finally {
    if (!taken) current?.close();
  }
}

/** The lines from about entry `seq` on, some before it too: those that others wrote a moment ago are near the end. */
export async function* linesAfter(
  path: string,
  seq: number,
): AsyncGenerator<string> {
  using file = openLog(path);
  const size = file ? (await file.stat()).size : 0;
  for (let length = 2 * BLOCK; file && length < size; length *= 4) {
    const bytes = await readAt(file, size - length, length);
    // A line that begins before is not whole.
    const lines = new TextDecoder().decode(
      bytes.subarray(bytes.indexOf(10) + 1),
    ).split("\n").slice(0, -1);
    if (Number(ENTRY.exec(lines[0] ?? "")?.[1] ?? Infinity) > seq) continue;
    yield* lines;
    return;
  }
  yield* allLines(path, seq + 1);
}

/** Removes full files that have only entries before `first`, the oldest first. */
export function removeBefore(path: string, first: number): void {
  const full = fullFiles(path);
  for (const [at, number] of full.entries()) {
    const next = full[at + 1] ?? firstEntry(path);
    if (next === undefined || next > first) return;
    try {
      Deno.removeSync(`${path}.${number}`);
    } catch (error) {
      // Another process was faster.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** The lines of a file, which is closed then. A line without a newline is still being written, or never was whole. */
async function* linesOf(file: Deno.FsFile): AsyncGenerator<string> {
  let rest = "";
  for await (
    const text of file.readable.pipeThrough(new TextDecoderStream())
  ) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
}

function openLog(path: string): Deno.FsFile | undefined {
  try {
    refuseUnsafeFile(path);
    return Deno.openSync(path, { read: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function firstEntry(path: string): number | undefined {
  const file = openLog(path);
  try {
    return file && firstIn(file);
  } finally {
    file?.close();
  }
}

/** The number of the first entry, if the file begins with one. Leaves the file at its beginning. */
function firstIn(file: Deno.FsFile): number | undefined {
  const bytes = new Uint8Array(64);
  const count = file.readSync(bytes) ?? 0;
  file.seekSync(0, Deno.SeekMode.Start);
  const found = ENTRY.exec(new TextDecoder().decode(bytes.subarray(0, count)));
  return found ? Number(found[1]) : undefined;
}

function folderOf(path: string): [folder: string, name: string] {
  const at = Math.max(
    path.lastIndexOf("/"),
    Deno.build.os === "windows" ? path.lastIndexOf("\\") : -1,
  );
  return [path.slice(0, at) || "/", path.slice(at + 1)];
}

/** The last whole line, and the offset behind its newline (0 if there is none). Reads backwards from the end. */
export async function lastLine(
  file: Deno.FsFile,
): Promise<{ last: string | undefined; end: number }> {
  const { size } = await file.stat();
  let start = size;
  let bytes = new Uint8Array(0);
  while (start > 0) {
    const from = Math.max(0, start - BLOCK);
    const block = await readAt(file, from, start - from);
    const joined = new Uint8Array(block.length + bytes.length);
    joined.set(block);
    joined.set(bytes, block.length);
    bytes = joined;
    start = from;
    const close = bytes.lastIndexOf(10);
    const open = close < 1 ? -1 : bytes.lastIndexOf(10, close - 1);
    if (close !== -1 && (open !== -1 || start === 0)) {
      return {
        last: new TextDecoder().decode(bytes.subarray(open + 1, close)),
        end: start + close + 1,
      };
    }
  }
  return { last: undefined, end: 0 };
}

async function readAt(
  file: Deno.FsFile,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  await file.seek(offset, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  let read = 0;
  while (read < length) {
    const count = await file.read(bytes.subarray(read));
    if (count === null) break;
    read += count;
  }
  return bytes.subarray(0, read);
}
