/**
 * Sockets and named pipes of other programs, which a read-only view does not keep anybody from using. One run of `find`
 * looks for them: it is many times faster than the runtime, and runs beside it.
 *
 * @module
 */
import { KERNEL_FOLDERS } from "../../../sandbox/places.ts";
import { isWithin } from "../../../sandbox/sandbox_profile.ts";
import { readMounts } from "../places/read_mounts.ts";
import { SYSTEM_PATH } from "../../run/programs.ts";
import type { SandboxPrograms } from "../sandbox_bubblewrap.ts";
import { PIPE_WAITS, waitingPipes } from "./waiting_pipes.ts";

/** Milliseconds after which what was found so far must do. */
const LIMIT_MS = 1_000;

/** What there is. */
export interface SpecialFiles {
  /** Named pipes: those that a process has open or waits to open, and those in the folders that were looked through. */
  fifos: string[];
  /** Files of sockets in those folders. */
  sockets: string[];
  /** A process in each network besides this one's. */
  networks: { pid: string; pids: string[] }[];
}

/** How deep folders are looked through: a person's folder may have a million files. */
const DEPTH = 4;
/** Folders in which only packages and caches lie, or what git keeps. */
const PASSED_OVER = [
  ...["node_modules", ".git", ".cache", ".cargo", ".rustup", ".npm"],
];
/**
 * Says first which threads wait to open a named pipe; $1 is what the kernel calls that. The shell lists the processes,
 * since for the kernel that is slow, and this process has other things to do.
 */
const SCRIPT = `
grep -ls "$1" /proc/[0-9]*/task/[0-9]*/wchan
printf '\\0'
find=$2
shift 2
exec "$find" /proc/self/net/unix /proc/[0-9]*/net/unix /proc/[0-9]*/fd "$@"`;

/**
 * Looks for them in `folders`, and at every process that can be seen.
 *
 * @returns `undefined` if `find` cannot do it: it is not GNU's.
 */
export async function specialFiles(
  { find, sh }: Pick<SandboxPrograms, "find" | "sh">,
  folders: readonly string[],
): Promise<SpecialFiles | undefined> {
  if (find === undefined) return undefined;
  // With the dot none is passed over itself.
  const roots = [...new Set(folders)].filter((folder) => folder !== "/")
    .map((folder) => `${folder}/.`);
  const { text } = await findFiles([
    ...[sh, "-c", SCRIPT, "sh", PIPE_WAITS.join("\n"), find],
    ...roots,
    ...["-maxdepth", String(DEPTH), "-xdev"],
    // Each network has a table of its own, and so a file of its own.
    ...["(", "-path", "/proc/*/net/unix", "-printf", "n%i %p\\0", ")"],
    ...["-o", "(", "-path", "/proc/*/fd/*", "-lname", "/*", "!", "-lname"],
    ...["/dev/*", "-xtype", "p"],
    ...["-printf", "p%l\\0", ")"],
    ...["-o", "-path", "/proc/*"],
    ...PASSED_OVER.flatMap((name) => ["-o", "-name", name, "-prune"]),
    ...["-o", "-type", "p", "-printf", "p%p\\0"],
    ...["-o", "-type", "s", "-printf", "s%p\\0"],
  ], LIMIT_MS);
  const [waits = "", ...records] = text.split("\0");
  const waiting = waitingPipes(
    waits.split("\n").filter(Boolean)
      .map((path) => path.slice(0, -"/wchan".length)),
  );
  const found = records.slice(0, -1).map((record) =>
    record.replace("/./", "/")
  );
  const of = (kind: string) =>
    found.filter((line) => line.startsWith(kind)).map((line) => line.slice(1));
  const networks = new Map<string, string[]>();
  for (const line of of("n")) {
    const [, number, pid] = /^(\d+) \/proc\/(\w+)\//.exec(line) ?? [];
    if (!number) continue;
    networks.set(number, [...networks.get(number) ?? [], pid!]);
  }
  const others = [...networks.values()];
  // It says nothing of this very network if it does not know what it was asked.
  if (!others.some((all) => all.includes("self"))) return undefined;
  return {
    fifos: [
      ...new Set([
        ...of("p"),
        ...waiting.paths,
        ...waiting.complete ? [] : await allPipes(find),
      ]),
    ],
    sockets: [...new Set(of("s"))],
    networks: others.filter((all) => !all.includes("self"))
      .map((pids) => ({ pid: pids[0]!, pids })),
  };
}

/** Named pipes wherever they are, where a process waits for one that no table lists. */
async function allPipes(find: string): Promise<string[]> {
  const places = readMounts().map(({ point }) => point)
    .filter((path) => !KERNEL_FOLDERS.some((each) => isWithin(path, each)));
  const { text } = await findFiles([
    ...[find, ...new Set(places), "-xdev", "-type", "p", "-print0"],
  ], LIMIT_MS);
  return text.split("\0").slice(0, -1);
}

/** Runs `find` for at most `limit` milliseconds: what it said until then, and whether it came to its end. */
export async function findFiles(
  words: readonly string[],
  limit: number,
): Promise<{ text: string; complete: boolean }> {
  const { bytes, complete } = await runFind(words, limit);
  // What it was killed at is no whole line.
  return { text: new TextDecoder().decode(bytes), complete };
}

/** The same as it was written, and whether it had nothing to complain of. */
export async function runFind(
  [program, ...args]: readonly string[],
  limit: number,
): Promise<{ bytes: Uint8Array; complete: boolean; success: boolean }> {
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program!, {
      args,
      // It does not start in a folder that it cannot read.
      cwd: "/",
      clearEnv: true,
      env: { PATH: SYSTEM_PATH, LC_ALL: "C" },
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
  } catch {
    return { bytes: new Uint8Array(), complete: false, success: false };
  }
  let complete = true;
  // Much cheaper than setTimeout, for which Deno loads the timers of Node.
  AbortSignal.timeout(limit).onabort = () => {
    complete = false;
    try {
      child.kill("SIGKILL");
    } catch { /* It has ended. */ }
  };
  const { stdout, success } = await child.output();
  return { bytes: stdout, complete, success: success && complete };
}
