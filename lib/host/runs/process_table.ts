/** What the system says of processes: when they began, and which one started which. @module */
import { SYSTEM_PATH } from "../run/programs.ts";

/** What is known of a process. */
export interface ProcessFacts {
  /** The process that started it. */
  parent: number;
  /**
   * When it began: on Linux ticks since the system started, elsewhere epoch milliseconds with an error of
   * {@linkcode START_ERROR_MS}.
   */
  began: number;
  /** Its process group, where there are such. */
  group?: number;
  /** Whether that group is in the foreground of a terminal, so that Ctrl-C reaches it. */
  inForeground?: boolean;
}

/** How much two readings of one start may differ where the system counts in whole seconds. */
export const START_ERROR_MS = 2500;

/** Milliseconds that a program of the system has to list processes. */
const LIST_MS = 5000;

/** Looks at processes by their ids; those that have ended, and those that wait to be fetched, are left out. */
export async function processFacts(
  pids: readonly number[],
): Promise<Map<number, ProcessFacts>> {
  if (pids.length === 0) return new Map();
  if (Deno.build.os === "linux") {
    return new Map(pids.flatMap((pid) => {
      const facts = linuxFacts(pid);
      return facts ? [[pid, facts]] : [];
    }));
  }
  const text = Deno.build.os === "windows"
    ? await output("powershell.exe", [
      ...["-NoProfile", "-NonInteractive", "-Command"],
      `Get-CimInstance Win32_Process -Filter "${
        pids.map((pid) => `ProcessId=${pid}`).join(" OR ")
      }" | ForEach-Object { "$($_.ProcessId) $($_.ParentProcessId) 0 0 $([int]((Get-Date) - $_.CreationDate).TotalSeconds)" }`,
    ])
    : await output("/bin/ps", [
      ...["-o", "pid=,ppid=,pgid=,tpgid=,etime=", "-p", pids.join(",")],
    ]);
  return readTable(text, Date.now(), Deno.build.os !== "windows");
}

/** The chain of processes that led to `pid`, the nearest first, without itself. */
export async function ancestors(pid: number): Promise<number[]> {
  const found: number[] = [];
  for (let at = pid; found.length < 256;) {
    const parent = (await processFacts([at])).get(at)?.parent;
    if (!parent || parent <= 1 || found.includes(parent)) break;
    found.push(parent);
    at = parent;
  }
  return found;
}

/** proc(5): behind the name, which may hold anything, field 3 is the state, 4 the parent, 22 the start. */
function linuxFacts(pid: number): ProcessFacts | undefined {
  try {
    const text = Deno.readTextFileSync(`/proc/${pid}/stat`);
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    if (/[ZX]/.test(fields[0]!) && Number(fields[17]) <= 1) return undefined;
    const group = Number(fields[2]);
    return {
      parent: Number(fields[1]),
      began: Number(fields[19]),
      group,
      inForeground: Number(fields[5]) === group,
    };
  } catch {
    return undefined;
  }
}

/** Lines of `pid ppid pgid tpgid age`; the age is in seconds, or as `ps` writes it: `[[dd-]hh:]mm:ss`. */
export function readTable(
  text: string,
  now: number,
  hasGroups: boolean,
): Map<number, ProcessFacts> {
  const found = new Map<number, ProcessFacts>();
  for (const line of text.split("\n")) {
    const [pid, parent, group, terminal, age] = line.trim().split(/\s+/);
    const seconds = age === undefined ? undefined : secondsOf(age);
    if (seconds === undefined || !/^\d+$/.test(pid!)) continue;
    found.set(Number(pid), {
      parent: Number(parent),
      began: now - seconds * 1000,
      ...hasGroups && {
        group: Number(group),
        inForeground: group === terminal,
      },
    });
  }
  return found;
}

function secondsOf(age: string): number | undefined {
  if (/^\d+$/.test(age)) return Number(age);
  const parts = /^(?:(?:(\d+)-)?(\d+):)?(\d+):(\d+)$/.exec(age);
  if (!parts) return undefined;
  const [days, hours, minutes, seconds] = parts.slice(1)
    .map((part) => Number(part ?? 0));
  return ((days! * 24 + hours!) * 60 + minutes!) * 60 + seconds!;
}

async function output(program: string, args: string[]): Promise<string> {
  try {
    const { stdout } = await new Deno.Command(program, {
      args,
      clearEnv: true,
      env: Deno.build.os === "windows"
        ? { SystemRoot: Deno.env.get("SystemRoot") ?? "C:\\Windows" }
        : { PATH: SYSTEM_PATH, LC_ALL: "C" },
      stdin: "null",
      stderr: "null",
      signal: AbortSignal.timeout(LIST_MS),
    }).output();
    return new TextDecoder().decode(stdout);
  } catch {
    return "";
  }
}
