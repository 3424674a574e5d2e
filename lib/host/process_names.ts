/**
 * Names of processes that hold across restarts of the machine and between containers, for what a process leaves in a home
 * that others share. Linux only: elsewhere nothing tells a process from another that got its id later.
 *
 * @module
 */
import { kill } from "node:process";
import type { Processes } from "../ports/system.ts";

/** The {@linkcode Processes} of this machine. `proc` is where its process file system is. */
export function machineProcesses(proc = "/proc"): Processes {
  let place: string | undefined | null;
  /** Where process ids mean what they mean to us; `null` where that is not known. */
  const here = () => place === undefined ? place = readPlace(proc) : place;
  return {
    self() {
      const at = here();
      const start = at && startOf(proc, Deno.pid);
      return start ? `${at}.${Deno.pid}.${start}` : undefined;
    },

    look(name) {
      const { place, id, start } = /^(?<place>.+)\.(?<id>\d+)\.(?<start>\d+)$/
        .exec(name)?.groups ?? {};
      const at = here();
      if (!at || place !== at) return undefined;
      const pid = Number(id);
      const now = startOf(proc, pid);
      return {
        pid,
        // One that cannot be seen may be hidden from us.
        hasEnded: now === undefined ? !exists(pid) : now !== start,
      };
    },
  };
}

/** The run of the kernel, the namespaces that ids and times are counted in, and the user whose processes can be seen. */
function readPlace(proc: string): string | null {
  if (Deno.build.os !== "linux") return null;
  try {
    const ids = /^NSpid:\s*(.*)$/m.exec(
      Deno.readTextFileSync(`${proc}/self/status`),
    )?.[1];
    // More than one, or another: this is the file system of another namespace.
    if (ids !== String(Deno.pid)) return null;
    const boot = Deno.readTextFileSync(`${proc}/sys/kernel/random/boot_id`)
      .trim();
    if (!/^[0-9a-f-]{36}$/.test(boot)) return null;
    const namespaces = ["pid", "time"].map((name) =>
      /\d+/.exec(Deno.readLinkSync(`${proc}/self/ns/${name}`))![0]
    );
    return [boot, ...namespaces, Deno.uid()].join(".");
  } catch {
    return null;
  }
}

/** When the process started, in ticks since the kernel did; 0 if it has ended and only waits to be fetched. */
function startOf(proc: string, pid: number): string | undefined {
  try {
    const text = Deno.readTextFileSync(`${proc}/${pid}/stat`);
    // proc(5): behind the name, which may hold anything, field 3 is the state, 20 the threads and 22 the start.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const isDead = /[ZX]/.test(fields[0]!) && Number(fields[17]) <= 1;
    return isDead ? "0" : fields[19];
  } catch {
    return undefined;
  }
}

function exists(pid: number): boolean {
  try {
    kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code !== "ESRCH";
  }
}
