/**
 * Sockets and named pipes of other programs, which a read-only view does not keep anybody from using. One run of `find`
 * looks for them: it is many times faster than the runtime, and runs beside it.
 *
 * @module
 */
import { isWithin } from "../sandbox/profile.ts";
import { SYSTEM_PATH } from "./programs.ts";

/** Milliseconds after which what was found so far must do. */
const LIMIT_MS = 1_000;

/** What there is. */
export interface SpecialFiles {
  /** Named pipes: those that a process has open, and those in the folders that were looked through. */
  fifos: string[];
  /** Files of sockets in those folders. */
  sockets: string[];
  /** A process in each network besides this one's. */
  networks: { pid: string; pids: string[] }[];
}

/**
 * Looks for them in `folders`, and at every process that can be seen.
 *
 * @returns `undefined` if `find` cannot do it: it is not GNU's.
 */
export async function specialFiles(
  find: string | undefined,
  folders: readonly string[],
): Promise<SpecialFiles | undefined> {
  if (find === undefined) return undefined;
  const pids = Array.from(Deno.readDirSync("/proc"), ({ name }) => name)
    .filter((name) => /^\d+$/.test(name));
  const roots = folders.filter((folder, at) =>
    folder !== "/" && folders.indexOf(folder) === at &&
    !folders.some((other) => other !== folder && isWithin(folder, other))
  );
  const { text } = await findFiles(find, [
    // Each network has a table of its own, and so a file of its own.
    ...["/proc/self/net/unix", ...pids.map((pid) => `/proc/${pid}/net/unix`)],
    ...pids.map((pid) => `/proc/${pid}/fd`),
    ...roots,
    "-xdev",
    ...["(", "-path", "/proc/*/net/unix", "-printf", "n%i %p\\0", ")"],
    ...["-o", "(", "-path", "/proc/*/fd/*", "-lname", "/*", "!", "-lname"],
    ...["/dev/*", "-xtype", "p"],
    ...["-printf", "p%l\\0", ")"],
    ...["-o", "-path", "/proc/*"],
    ...["-o", "-name", "node_modules", "-prune"],
    ...["-o", "-path", "*/.git/objects", "-prune"],
    ...["-o", "-type", "p", "-printf", "p%p\\0"],
    ...["-o", "-type", "s", "-printf", "s%p\\0"],
  ], LIMIT_MS);
  const found = text.split("\0").slice(0, -1);
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
    fifos: [...new Set(of("p"))],
    sockets: [...new Set(of("s"))],
    networks: others.filter((all) => !all.includes("self"))
      .map((pids) => ({ pid: pids[0]!, pids })),
  };
}

/** Runs `find` for at most `limit` milliseconds: what it said until then, and whether it came to its end. */
export async function findFiles(
  find: string,
  args: readonly string[],
  limit: number,
): Promise<{ text: string; complete: boolean }> {
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(find, {
      args: [...args],
      // It does not start in a folder that it cannot read.
      cwd: "/",
      clearEnv: true,
      env: { PATH: SYSTEM_PATH, LC_ALL: "C" },
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
  } catch {
    return { text: "", complete: false };
  }
  let complete = true;
  const timer = setTimeout(() => {
    complete = false;
    try {
      child.kill("SIGKILL");
    } catch { /* It has just ended. */ }
  }, limit);
  try {
    const { stdout } = await child.output();
    // What it was killed at is no whole line.
    return { text: new TextDecoder().decode(stdout), complete };
  } finally {
    clearTimeout(timer);
  }
}
