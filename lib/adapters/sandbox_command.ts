/** Runs a command in a sandbox as if it had been started by the shell itself. @module */
import { AuthsomeError } from "../errors.ts";
import { commandArguments } from "../sandbox/bubblewrap.ts";
import { seccompFilter } from "../sandbox/seccomp.ts";
import type { View } from "../sandbox/view.ts";
import { handOnSignals, startFailure } from "./child_process.ts";
import { realPath } from "./sandbox_facts.ts";
import {
  CLOSE_INHERITED,
  hasInheritedFiles,
  keepInheritedFiles,
} from "./inherited_files.ts";

/** What the sandbox of a command is made of. */
export interface SandboxCommand {
  bwrap: string;
  view: View;
  working: string;
  /** Process whose network the command shares; without one it has none. */
  network: number | undefined;
  /** Folder of the run. */
  folder: string;
  /** See {@linkcode envResetsSignals}. */
  resets: boolean;
}

/** Signals that bubblewrap itself would end by, and the command with it. */
const SIGNALS = "INT,QUIT,HUP,TERM,USR1,USR2";
const [STATUS, SECCOMP] = [8, 9];
/** $1 is the folder, $2 whether signals can be ignored here and given back to the command. */
const SCRIPT = `
exec ${STATUS}>"$1/status" ${SECCOMP}<"$1/seccomp" || exit 1
[ "$2" = 0 ] || trap '' ${SIGNALS.replaceAll(",", " ")}
shift 2
exec "$@"`;
/** How often, and how long in milliseconds, a signal waits for a command that is just being started. */
const [TRIES, PAUSE_MS] = [200, 10];

/**
 * Runs `command` with exactly `env` in the sandbox; waits for its end.
 *
 * @returns its exit code, or 128 + n if signal n ended it.
 * @throws {AuthsomeError} `CommandNotFound`, `NotExecutable`, or `SandboxUnavailable` if bubblewrap fails.
 */
export async function runSandboxed(
  command: readonly string[],
  env: Record<string, string>,
  { bwrap, view, working, network, folder, resets }: SandboxCommand,
): Promise<number> {
  checkProgram(command[0]!, env.PATH ?? "");
  const close = !keepInheritedFiles() && hasInheritedFiles();
  const architecture = Deno.build.arch;
  Deno.writeFileSync(`${folder}/seccomp`, seccompFilter(architecture));
  const args = [
    ...[close ? CLOSE_INHERITED + SCRIPT : SCRIPT, "sh"],
    ...[folder, resets ? "1" : "0"],
    ...network === undefined ? [] : [
      ...["nsenter", "--preserve-credentials"],
      ...[`--user=/proc/${network}/ns/user`, `--net=/proc/${network}/ns/net`],
    ],
    bwrap,
    ...commandArguments({
      // bubblewrap cannot cover a socket that has gone since.
      steps: view.steps.filter((step) =>
        step.kind !== "empty-file" || !step.socket || realPath(step.path)
      ),
      working,
      seccompFd: SECCOMP,
      statusFd: STATUS,
      newNetwork: network === undefined,
    }),
    "--",
    ...resets ? ["env", `--default-signal=${SIGNALS}`, "--"] : [],
    // It says "not found" and "not executable" as a shell does, and takes a name with "=" in it.
    ...["sh", "-c", 'exec "$0" "$@"', ...command],
  ];
  let child: Deno.ChildProcess | undefined;
  const waiting: Deno.Signal[] = [];
  const send = (signal: Deno.Signal) => {
    if (child) void signalCommand(child.pid, signal);
    else waiting.push(signal);
  };
  const stop = handOnSignals(send);
  try {
    child = startShell(close ? "bash" : "sh", args, env);
    waiting.forEach(send);
    const { code } = await child.status;
    await everythingEnded(`${folder}/status`);
    if (code !== 0 && !hasStarted(`${folder}/status`)) {
      throw new AuthsomeError(
        "SandboxUnavailable",
        "Cannot run a sandbox: bubblewrap failed before the command started",
        "Its own message is above; check --allow-read, --allow-write and --deny-read",
      );
    }
    return code;
  } finally {
    stop();
  }
}

function startShell(
  shell: string,
  args: string[],
  env: Record<string, string>,
): Deno.ChildProcess {
  try {
    return new Deno.Command(shell, {
      args: ["-c", ...args],
      env,
      clearEnv: true,
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
  } catch (cause) {
    throw new AuthsomeError(
      "SandboxUnavailable",
      `Cannot run a sandbox: ${shell} cannot be started, which keeps open files from the command`,
      "Install bash",
      { cause },
    );
  }
}

/** Sends `signal` to the command: the child of the first process inside, which is the child of bubblewrap. */
async function signalCommand(
  bubblewrap: number,
  signal: Deno.Signal,
): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    const pids = children(bubblewrap).flatMap(children);
    for (const pid of pids) {
      try {
        Deno.kill(pid, signal);
      } catch { /* It has just ended. */ }
    }
    if (pids.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

function children(pid: number): number[] {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`)
      .split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/**
 * Waits until every process inside has ended. bubblewrap ends with the command; what that has left running ends a
 * moment later, with the first process inside, and could write until then.
 */
async function everythingEnded(status: string): Promise<void> {
  let pid: number;
  try {
    const [, text] =
      /"child-pid": *(\d+)/.exec(Deno.readTextFileSync(status)) ??
        [];
    pid = Number(text);
  } catch {
    return;
  }
  for (
    let tries = 0;
    tries < TRIES * PAUSE_MS && hasOthersInside(pid);
    tries++
  ) {
    try {
      Deno.kill(pid, "SIGKILL");
    } catch { /* It has just ended. */ }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Whether `pid` is the first process of a sandbox and others still run in it. Another may have the number since. */
function hasOthersInside(pid: number): boolean {
  // Whatever has lost its parent is a child of the first one, which is bubblewrap's own.
  if (children(pid).length === 0) return false;
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return /^NSpid:\s+\d+.*\s1$/m.test(status) &&
      !/^State:\s+[ZX]/m.test(status);
  } catch {
    return false;
  }
}

/** bubblewrap tells of an exit code only if there was a command. */
function hasStarted(path: string): boolean {
  try {
    return Deno.readTextFileSync(path).includes('"exit-code"');
  } catch {
    return false;
  }
}

/** Whether `env` can undo that a signal is ignored (GNU coreutils 8.31). */
export async function envResetsSignals(): Promise<boolean> {
  try {
    const { success } = await new Deno.Command("env", {
      args: [`--default-signal=${SIGNALS}`, "--", "true"],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
    return success;
  } catch {
    return false;
  }
}

/** Says before anything starts that there is no such command; what the sandbox hides of it is said by its shell. */
function checkProgram(program: string, path: string): void {
  const candidates = program.includes("/")
    ? [program]
    : path.split(":").map((folder) => `${folder || "."}/${program}`);
  let found = false;
  for (const candidate of candidates) {
    try {
      const { isFile, mode } = Deno.statSync(candidate);
      if (isFile && (mode ?? 0) & 0o111) return;
      found = true;
    } catch { /* The next one. */ }
  }
  throw startFailure(program, found ? "not-executable" : "not-found", "");
}
