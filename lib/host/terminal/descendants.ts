/** The processes below this one, as the system shows them. @module */
import { SYSTEM_PATH } from "../run/programs.ts";

/** A process as a parent has it. */
interface Row {
  pid: number;
  parent: number;
  /** Its group, and the one in the foreground of its terminal. */
  group: number;
  foreground: number;
  /** Whether it does not run: it has ended, or somebody has stopped it. */
  still: boolean;
}

const PS_MS = 5000;

/** Processes below `pid` that run, each after its parent; `left` and what is below it is left out. */
export async function runningBelow(
  pid: number,
  left: number,
): Promise<number[]> {
  const children = Map.groupBy(await rows(), ({ parent }) => parent);
  const found: number[] = [];
  const walk = (at: number) => {
    for (const { pid, still } of children.get(at) ?? []) {
      if (pid === left || found.includes(pid)) continue;
      if (!still) found.push(pid);
      walk(pid);
    }
  };
  walk(pid);
  return found;
}

/** Whether this process may use its terminal: it is of the job in the foreground. */
export async function isInForeground(): Promise<boolean> {
  const own = (await rows(Deno.pid)).find(({ pid }) => pid === Deno.pid);
  return own !== undefined && own.group === own.foreground;
}

async function rows(only?: number): Promise<Row[]> {
  if (Deno.build.os !== "linux") return await rowsOfPs(only);
  const names = only === undefined
    ? [...Deno.readDirSync("/proc")].map(({ name }) => name)
    : [String(only)];
  return names.flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      // proc(5): behind the name: state, parent, group, session, terminal, group in its foreground.
      const text = Deno.readTextFileSync(`/proc/${name}/stat`);
      const [state, parent, group, , , foreground] = text
        .slice(text.lastIndexOf(")") + 2).split(" ");
      return [{
        pid: Number(name),
        parent: Number(parent),
        group: Number(group),
        foreground: Number(foreground),
        still: /[ZXTt]/.test(state!),
      }];
    } catch {
      return [];
    }
  });
}

async function rowsOfPs(only?: number): Promise<Row[]> {
  try {
    const { stdout } = await new Deno.Command("/bin/ps", {
      args: [
        ...["-o", "pid=,ppid=,pgid=,tpgid=,stat="],
        ...only === undefined ? ["-ax"] : ["-p", String(only)],
      ],
      clearEnv: true,
      env: { PATH: SYSTEM_PATH, LC_ALL: "C" },
      stdin: "null",
      stderr: "null",
      signal: AbortSignal.timeout(PS_MS),
    }).output();
    return new TextDecoder().decode(stdout).split("\n").flatMap((line) => {
      const [pid, parent, group, foreground, state] = line.trim().split(/\s+/);
      return state === undefined ? [] : [{
        pid: Number(pid),
        parent: Number(parent),
        group: Number(group),
        foreground: Number(foreground),
        still: /^[ZT]/.test(state),
      }];
    });
  } catch {
    return [];
  }
}
