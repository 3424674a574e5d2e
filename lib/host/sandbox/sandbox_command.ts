/** Runs a command in a sandbox as if it had been started by the shell itself. @module */
import { AuthsomeError } from "../../errors.ts";
import { commandArguments } from "../../sandbox/bubblewrap.ts";
import { seccompFilter } from "../../sandbox/seccomp.ts";
import type { View, ViewStep } from "../../sandbox/view.ts";
import { handOnSignals, startFailure } from "../run/child_process.ts";
import { realPath } from "./places/sandbox_facts.ts";
import { SYSTEM_PATH } from "../run/programs.ts";
import type { SandboxNetwork, SandboxPrograms } from "./sandbox_bubblewrap.ts";
import { isRefused, privateMounts } from "./private_mounts.ts";
import type { InputFile } from "./standard_files.ts";
import {
  CLOSE_INHERITED,
  hasInheritedFiles,
  keepInheritedFiles,
} from "../run/inherited_files.ts";

/** What the sandbox of a command is made of. */
export interface SandboxCommand {
  programs: SandboxPrograms;
  view: View;
  working: string;
  /** Whose network the command shares; without one it has none. */
  network: Pick<SandboxNetwork, "pid" | "privateMounts"> | undefined;
  /** Folder of the run. */
  folder: string;
  /** What it reads, if that is a file. */
  input: InputFile | undefined;
  tools: SandboxTools;
  /** See {@linkcode seccompFilter}. */
  unixSockets: boolean;
  /** Called when bubblewrap is at work. */
  begun(): void;
  /** Until then the command is held back, though its sandbox is made. It never starts where this rejects. */
  ready: Promise<void>;
}

/** Signals that bubblewrap itself would end by, and the command with it. */
const SIGNALS = "INT,QUIT,HUP,TERM,USR1,USR2";
const [GATE, ERRORS, ENVIRONMENT, STATUS, SECCOMP] = [5, 6, 7, 8, 9];
/** Of the files that are not on disk: the end of a pipe that is written to, and the first that is read from. */
const [TEXT_IN, TEXT_OUT] = [19, 20];
/**
 * $1 is the folder, $2 whether signals can be ignored here and given back to the command. A named pipe that is open for
 * both reading and writing never ends, so nothing passes the gate but what is written to it.
 */
const SCRIPT = `
exec ${ENVIRONMENT}<"$1/environment" ${STATUS}>"$1/status" ${SECCOMP}<"$1/seccomp" ${ERRORS}>&2 2>"$1/errors" || exit 1
[ "$2" = 0 ] || trap '' ${SIGNALS.replaceAll(",", " ")}
mkfifo -m 600 "$1/gate" && exec ${GATE}<>"$1/gate" && rm "$1/environment" "$1/seccomp" || exit 1
`;
/** $3 is a text: it waits in a pipe, so that it is never on disk. Numbers of two digits are not known to every shell. */
const textPipe = (fd: number) => `
mkfifo -m 600 "$1/text" && exec ${TEXT_IN}<>"$1/text" ${fd}<"$1/text" && rm "$1/text" || exit 1
printf %s "$3" >&${TEXT_IN} && exec ${TEXT_IN}>&- || exit 1
authsome_folder=$1 authsome_resets=$2
shift 3
set -- "$authsome_folder" "$authsome_resets" "$@"`;
const BEGIN = `
shift 2
exec "$@"`;
/** Inside, where everything ends with bubblewrap: the command gets its error output back, and waits at the gate. */
const WAIT = `exec 2>&${ERRORS} ${ERRORS}>&-
read -r authsome_gate <&${GATE} || exit 1
exec ${GATE}<&-
`;
/** Says "not found" and "not executable" as a shell does, and takes a name with "=" in it. */
const START = `${WAIT}exec "$0" "$@"`;
/** The same with the file $1 as input, from $2 on. */
const START_WITH_INPUT = `${WAIT}exec <"$1" || exit 1
[ "$2" = 0 ] || dd bs=1 skip="$2" count=0 2>/dev/null
shift 2
exec "$0" "$@"`;
/** The processes around the command can be seen inside, and so can what they have open. */
const WITHOUT_INPUT = `
exec </dev/null`;
/** How often, and how long in milliseconds, a signal waits for a command that is just being started. */
const [TRIES, PAUSE_MS] = [200, 10];
/** How often the sandbox is begun where something that it covers goes meanwhile. */
const STARTS = 5;

/**
 * Runs `command` with exactly `env` in the sandbox; waits for its end.
 *
 * @returns its exit code, or 128 + n if signal n ended it.
 * @throws {AuthsomeError} `CommandNotFound`, `NotExecutable`, or `SandboxUnavailable` if bubblewrap fails.
 */
export async function runSandboxed(
  command: readonly string[],
  env: Record<string, string>,
  sandbox: SandboxCommand,
): Promise<number> {
  const { programs, view, working, network, folder, input } = sandbox;
  const { resets } = sandbox.tools;
  // With a network the mounts are those of its process.
  let mounts = network ? [] : privateMounts(programs.unshare);
  checkProgram(command[0]!, env.PATH ?? "");
  // To look costs less than to load the library that keeps them.
  const close = hasInheritedFiles() && !keepInheritedFiles();
  const filter = seccompFilter(Deno.build.arch, sandbox);
  const { bwrap, sh, bash, nsenter } = programs;
  const isThere = (step: ViewStep) =>
    step.kind === "link" || step.kind === "text" ||
    step.kind === "own-folder" ||
    realPath(step.path) !== undefined;
  const mayGo = (step: ViewStep) =>
    step.kind === "empty-file" && step.passing === true;
  const inside = `${folder}/input`;
  const inputSteps: ViewStep[] = input
    ? [{ kind: "other-file", source: input.path, path: inside }]
    : [];
  const [program, ...words] = command;
  const texts = view.steps
    .flatMap((step) => step.kind === "text" ? [step.text] : []);
  const plain = !close && texts.length === 0;
  const textFds = texts.map((_, at) => TEXT_OUT + at);
  const argumentsFor = (steps: readonly ViewStep[]) => [
    (close ? CLOSE_INHERITED : "") + (input ? WITHOUT_INPUT : "") + SCRIPT +
    textFds.map(textPipe).join("") + BEGIN,
    "sh",
    ...[folder, resets ? "1" : "0", ...texts],
    ...network === undefined ? [] : [
      ...[nsenter!, "--preserve-credentials"],
      ...["user", "net", ...network.privateMounts ? ["mnt"] : []]
        .map((name) =>
          `--${name === "mnt" ? "mount" : name}=/proc/${network.pid}/ns/${name}`
        ),
    ],
    ...mounts,
    bwrap,
    ...commandArguments({
      steps: [...steps, ...inputSteps],
      working,
      seccompFd: SECCOMP,
      statusFd: STATUS,
      newNetwork: network === undefined,
      environmentFd: ENVIRONMENT,
      textFds,
    }),
    "--",
    ...resets ? [programs.env, `--default-signal=${SIGNALS}`, "--"] : [],
    ...input
      ? [sh, "-c", START_WITH_INPUT, program!]
        .concat(inside, String(input.position), words)
      : [sh, "-c", START, program!, ...words],
  ];
  let child: Deno.ChildProcess | undefined;
  const waiting: Deno.Signal[] = [];
  const send = (signal: Deno.Signal) => {
    if (child) void signalCommand(child.pid, signal);
    else waiting.push(signal);
  };
  const stop = handOnSignals(send);
  try {
    for (let tries = 1;; tries++) {
      // bubblewrap cannot mount over what has gone since, not even while it starts.
      const steps = view.steps
        .filter((step) => tries === 1 && !mayGo(step) || isThere(step));
      Deno.writeFileSync(`${folder}/seccomp`, filter);
      writeEnvironment(`${folder}/environment`, env);
      const held = startShell(
        plain ? sh : bash,
        // bash takes a socket as its input for a login over a network, and would read ~/.bashrc.
        [
          ...plain ? [] : ["--norc", "-p"],
          ...["-c", ...argumentsFor(steps)],
        ],
      );
      child = held;
      waiting.splice(0).forEach(send);
      sandbox.begun();
      using _gate = await openGate(`${folder}/gate`, held, sandbox.ready);
      const { code } = await held.status;
      await everythingEnded(`${folder}/status`);
      if (code === 0 || hasStarted(`${folder}/status`)) return code;
      removeIfThere(`${folder}/gate`);
      if (tries < STARTS && !steps.every(isThere)) continue;
      const errors = Deno.readTextFileSync(`${folder}/errors`);
      if (mounts.length > 0 && isRefused(errors)) {
        mounts = [];
        continue;
      }
      Deno.stderr.writeSync(new TextEncoder().encode(errors));
      throw new AuthsomeError(
        "SandboxUnavailable",
        "Cannot run a sandbox: bubblewrap failed before the command started",
        "See its message above; check --allow-read, --allow-write and --deny-read",
      );
    }
  } finally {
    stop();
  }
}

/**
 * The environment of the command, as arguments that bubblewrap reads from a file: whatever runs before it, outside, has
 * one of its own. A variable can lead a shell or a loader to a file that an earlier command wrote.
 */
function writeEnvironment(path: string, env: Record<string, string>): void {
  const words = [
    ..."PATH" in env ? [] : ["--unsetenv", "PATH"],
    ...Object.entries(env).flatMap((entry) => ["--setenv", ...entry]),
  ];
  Deno.writeTextFileSync(path, words.map((word) => `${word}\0`).join(""), {
    mode: 0o600,
  });
}

/**
 * Lets the command of `child` start once it is `ready`, and ends it where it will never be.
 *
 * @returns the gate, to be open until the child has ended: it may not have it open yet.
 */
async function openGate(
  path: string,
  child: Deno.ChildProcess,
  ready: Promise<void>,
): Promise<Deno.FsFile | undefined> {
  let ended = false;
  const status = child.status.then(() => void (ended = true));
  try {
    await ready;
  } catch (error) {
    if (!ended) {
      // The one inside ends with the other only once all is mounted.
      for (const pid of [child.pid, ...children(child.pid)]) kill(pid);
    }
    await status;
    throw error;
  }
  while (!ended) {
    try {
      const gate = Deno.openSync(path, { read: true, write: true });
      gate.writeSync(new TextEncoder().encode("\n"));
      return gate;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

function kill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch { /* It has just ended. */ }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch { /* The shell had not come to it. */ }
}

function startShell(
  shell: string | undefined,
  args: string[],
): Deno.ChildProcess {
  try {
    if (shell === undefined) throw new Deno.errors.NotFound("no bash");
    return new Deno.Command(shell, {
      args,
      env: { PATH: SYSTEM_PATH },
      clearEnv: true,
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
  } catch (cause) {
    throw new AuthsomeError(
      "SandboxUnavailable",
      `Cannot run a sandbox: ${
        shell ?? "bash"
      } cannot be started; it is needed to close open files, or to show files, before the command starts`,
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

/** bubblewrap reports an exit code only if there was a command. */
function hasStarted(path: string): boolean {
  try {
    return Deno.readTextFileSync(path).includes('"exit-code"');
  } catch {
    return false;
  }
}

/** What of the helpers of this system can be used, besides bubblewrap. */
interface SandboxTools {
  /** Whether `env` can undo that a signal is ignored (GNU coreutils 8.31). */
  resets: boolean;
}

/** Largest `env` that is read in bytes; one that is many programs in one is larger. */
const ENV_LIMIT = 200_000;

/** Finds them. */
export async function sandboxTools(
  { env }: SandboxPrograms,
): Promise<SandboxTools> {
  return { resets: await resetsSignals(env) };
}

async function resetsSignals(env: string): Promise<boolean> {
  try {
    // Its options are in its file, which is read faster than a program is started.
    if (Deno.statSync(env).size <= ENV_LIMIT) {
      return new TextDecoder("latin1").decode(Deno.readFileSync(env))
        .includes("default-signal");
    }
  } catch {
    return false;
  }
  return await succeeds([env, `--default-signal=${SIGNALS}`, "--", env]);
}

async function succeeds(
  [program, ...args]: readonly string[],
): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(program!, {
      args,
      clearEnv: true,
      env: { PATH: SYSTEM_PATH },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
    return success;
  } catch {
    return false;
  }
}

/** Reports before anything starts that there is no such command; that the sandbox hides it, its shell reports. */
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
