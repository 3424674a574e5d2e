/** The {@linkcode Lineage} of this machine: the process file system on Linux, `ps` on macOS. Elsewhere nothing is known. @module */
import type { Lineage, ProcessMark, SeenProcess } from "../ports/lineage.ts";
import { machineProcesses } from "./process_names.ts";
import { SYSTEM_PATH } from "./run/programs.ts";

/** More generations are no chain of processes. */
const MOST = 512;
/** Milliseconds that `ps` has. */
const PS_MS = 5000;

/** Looks at one process. */
type Look = (
  pid: number,
) => Promise<SeenProcess & { parent: number } | undefined>;

/** Processes as they are seen from the home at `home`. */
export function machineLineage(home: string): Lineage {
  const { os } = Deno.build;
  const look: Look | undefined = os === "linux"
    ? lookOnLinux
    : os === "windows"
    ? undefined
    : lookByPs;
  const own = () => {
    const [place, started] = splitName(machineProcesses().self()) ?? [];
    return place === undefined ? undefined : { place, started: started! };
  };
  return {
    async self() {
      const named = own();
      const { pid } = Deno;
      if (named) return { pid, ...named };
      return { pid, started: (await look?.(pid))?.started ?? "" };
    },

    async hasEnded(mark) {
      if (isElsewhere(mark, own()?.place)) return undefined;
      const seen = await look?.(mark.pid);
      if (!look || mark.started === "") return undefined;
      return seen?.started !== mark.started;
    },

    async above(mark) {
      if (!look || isElsewhere(mark, own()?.place)) return undefined;
      const chain: SeenProcess[] = [];
      for (let pid = mark.pid; pid > 0 && chain.length < MOST;) {
        const seen = await look(pid);
        if (!seen) break;
        const { parent, ...process } = seen;
        if (chain.length === 0 && process.started !== mark.started) break;
        chain.push(process);
        pid = parent;
      }
      return chain;
    },

    homeOwner() {
      if (os === "windows") return undefined;
      try {
        return Deno.statSync(home).uid ?? undefined;
      } catch {
        return Deno.uid() ?? undefined;
      }
    },
  };
}

function isElsewhere(mark: ProcessMark, here: string | undefined): boolean {
  return mark.place !== here;
}

/** Place and start in the name of a process; see `process_names.ts`. */
function splitName(name: string | undefined): [string, string] | undefined {
  const parts = /^(.+)\.\d+\.(\d+)$/.exec(name ?? "");
  return parts ? [parts[1]!, parts[2]!] : undefined;
}

/** proc(5): behind the name, which may hold anything, field 3 is the state, 4 the parent, 6 the session and 22 the start. */
// deno-lint-ignore require-await
async function lookOnLinux(
  pid: number,
): Promise<SeenProcess & { parent: number } | undefined> {
  try {
    const text = Deno.readTextFileSync(`/proc/${pid}/stat`);
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    if (/[ZX]/.test(fields[0]!) && Number(fields[17]) <= 1) return undefined;
    const { uid } = Deno.statSync(`/proc/${pid}`);
    const inRun = environmentOf(pid);
    return {
      pid,
      parent: Number(fields[1]),
      session: Number(fields[3]),
      started: fields[19]!,
      ...uid === null ? {} : { uid },
      ...inRun === undefined ? {} : { inRun },
    };
  } catch {
    return undefined;
  }
}

/** Whether the environment that a process was started with is that of a command of a run. */
function environmentOf(pid: number): boolean | undefined {
  try {
    const text = Deno.readTextFileSync(`/proc/${pid}/environ`);
    return isOfRun(text.split("\0"));
  } catch {
    return undefined;
  }
}

/** Whether variables, each as `NAME=value`, are those that `run` gives a command: its mark, or the address of its proxy. */
export function isOfRun(variables: readonly string[]): boolean {
  return variables.some((each) =>
    /^AUTHSOME_PROXY_MODE=true$/.test(each) ||
    /^https?_proxy=http:\/\/authsome:[^@]+@/i.test(each)
  );
}

async function lookByPs(
  pid: number,
): Promise<SeenProcess & { parent: number } | undefined> {
  try {
    const { stdout } = await new Deno.Command("/bin/ps", {
      // `sess` is an address there, so the session is not known. `-E` shows the environment of own processes.
      args: ["-E", "-ww", "-o", "ppid=,uid=,lstart=,command=", "-p", `${pid}`],
      clearEnv: true,
      env: { PATH: SYSTEM_PATH, LC_ALL: "C", TZ: "UTC" },
      stdin: "null",
      stderr: "null",
      signal: AbortSignal.timeout(PS_MS),
    }).output();
    return readPsLine(pid, new TextDecoder().decode(stdout));
  } catch {
    return undefined;
  }
}

/** A line of `ps`: parent, user, start in five words, then command and environment. */
export function readPsLine(
  pid: number,
  line: string,
): SeenProcess & { parent: number } | undefined {
  const parts = /^\s*(\d+)\s+(\d+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\d{4})\s?(.*)/s
    .exec(line);
  if (!parts) return undefined;
  const [, parent, uid, started, rest] = parts;
  return {
    pid,
    parent: Number(parent),
    uid: Number(uid),
    started: started!.replaceAll(/\s+/g, " "),
    inRun: isOfRun(rest!.trim().split(/\s+/)),
  };
}
