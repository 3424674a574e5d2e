/** One process of the program with one fault, and what became of it. @module */
import { cliCommand, processOf } from "../../tests/support/program.ts";

/** Where a fault strikes: at the call on a file of the home with number `at`, from 1. See `faults.c`. */
export interface Fault {
  at: number;
  /** A number is an errno: that call, if it writes, and every later one that does fail with it. */
  action: "before" | "after" | "half" | "stop" | "clock" | number;
  /** Seconds that the clock jumps by. */
  jump?: number;
}

/** How a process ended. */
export interface Ended {
  /** Whether its output says that it did its work, however it ended then. */
  acknowledged: boolean;
  killed: boolean;
  /** Whether it was found stopped, and continued. */
  stopped: boolean;
  code: number;
  stderr: string;
  /** Calls on files of the home, if it ended by itself. */
  calls: number | undefined;
}

/** Milliseconds between two looks at a process that is to be stopped. */
const LOOK_MS = 200;
/** A process that takes longer hangs. */
const LIMIT_MS = 120_000;

/** Compiles the faults into `folder`; returns the library's path. Throws an Error without a C compiler. */
export function buildFaults(folder: string): string {
  const library = `${folder}/faults.so`;
  const source = new URL("./faults.c", import.meta.url).pathname;
  const { success, stderr } = new Deno.Command("gcc", {
    args: ["-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"],
  }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return library;
}

/** Runs the program in `home` with `input` on its stdin. Every command line must be one that prints JSON. */
export async function call(
  home: string,
  library: string,
  [args, input]: readonly [args: readonly string[], input?: string],
  fault?: Fault,
): Promise<Ended> {
  const count = Deno.makeTempFileSync({ prefix: "authsome-torture-" });
  const child = processOf(cliCommand(...args, "--json"), {
    env: {
      AUTHSOME_HOME: home,
      AUTHSOME_NO_VERIFY: "1",
      NO_COLOR: "1",
      LD_PRELOAD: library,
      TORTURE_HOME: home,
      TORTURE_COUNT: count,
      TORTURE_AT: String(fault?.at ?? 0),
      TORTURE_DO: String(fault?.action ?? "none"),
      TORTURE_JUMP: String(fault?.jump ?? 0),
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let stopped = false;
  const looks = fault?.action === "stop"
    ? setInterval(() => {
      if (!isStopped(child.pid)) return;
      stopped = true;
      signal(child, "SIGCONT");
    }, LOOK_MS)
    : undefined;
  const limit = setTimeout(() => signal(child, "SIGABRT"), LIMIT_MS);
  try {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(`${input ?? ""}\n`))
      .then(() => writer.close()).catch(() => {});
    const { code, signal: by, stdout, stderr } = await child.output();
    const text = new TextDecoder();
    const calls = Deno.readTextFileSync(count);
    return {
      acknowledged: isAcknowledged(text.decode(stdout)),
      killed: by === "SIGKILL",
      stopped,
      code,
      stderr: text.decode(stderr) + (by === "SIGABRT" ? "it hangs" : ""),
      calls: calls === "" ? undefined : Number(calls),
    };
  } finally {
    clearInterval(looks);
    clearTimeout(limit);
    Deno.removeSync(count);
  }
}

function isAcknowledged(stdout: string): boolean {
  try {
    const answer = JSON.parse(stdout);
    return answer.v === 1 && answer.error === undefined;
  } catch {
    return false;
  }
}

function isStopped(pid: number): boolean {
  try {
    return /\) T /.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
  } catch {
    return false;
  }
}

function signal(child: Deno.ChildProcess, name: Deno.Signal): void {
  try {
    child.kill(name);
  } catch { /* It has ended. */ }
}
