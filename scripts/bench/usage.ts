/** Memory and CPU time of a process and its children, from `/proc`. @module */

/** What a process tree uses. */
export interface Usage {
  /** Proportional set size: resident bytes, with pages shared by several processes counted once. */
  residentBytes: number;
  /** User and system time so far. */
  cpuSeconds: number;
}

/** Ticks per second of `/proc/<pid>/stat`; 100 on every Linux that Deno runs on. */
const TICKS = 100;

/** What `pid` and all its descendants use now. */
export async function usage(pid: number): Promise<Usage> {
  const total: Usage = { residentBytes: 0, cpuSeconds: 0 };
  for (const each of await tree(pid)) {
    const rollup = await readProc(`${each}/smaps_rollup`);
    total.residentBytes += 1024 *
      Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
    const [user, system] = statFields(await readProc(`${each}/stat`)).slice(11);
    total.cpuSeconds += (Number(user ?? 0) + Number(system ?? 0)) / TICKS;
  }
  return total;
}

/** `pid` and its descendants. */
async function tree(pid: number): Promise<number[]> {
  const children = new Map<number, number[]>();
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const parent = Number(statFields(await readProc(`${name}/stat`))[1]);
    children.set(parent, [...children.get(parent) ?? [], Number(name)]);
  }
  const found = [pid];
  for (const each of found) found.push(...children.get(each) ?? []);
  return found;
}

/** The fields after the command, which may hold spaces and parentheses: state, parent, … */
function statFields(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** A file of `/proc`, empty if the process has just ended. */
function readProc(path: string): Promise<string> {
  return Deno.readTextFile(`/proc/${path}`).catch(() => "");
}
