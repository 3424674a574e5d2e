/** Runs a command as if it had been started by the shell itself. @module */
import { AuthsomeError } from "../../errors.ts";

/** Signals that are handed on, with what the terminal driver itself sends to the whole foreground group. */
const SIGNALS = [
  "SIGTERM",
  "SIGHUP",
  "SIGUSR1",
  "SIGUSR2",
  "SIGINT",
  "SIGQUIT",
  "SIGWINCH",
] as const;
/** How late a signal may come. Milliseconds. */
const LATE_MS = 500;
const FROM_TERMINAL: ReadonlySet<string> = new Set([
  "SIGINT",
  "SIGQUIT",
  "SIGWINCH",
]);

/**
 * Runs `command` (no shell) with exactly `env` and this process's own input, output and terminal; waits for its end.
 *
 * @returns its exit code, or 128 + n if signal n ended it.
 * @throws {AuthsomeError} `CommandNotFound` (127), `NotExecutable` (126).
 */
export async function runCommand(
  command: readonly string[],
  env: Record<string, string>,
): Promise<number> {
  const [program, ...args] = command;
  let child: Deno.ChildProcess | undefined;
  const waiting: Deno.Signal[] = [];
  const send = (signal: Deno.Signal) => {
    if (!child) return void waiting.push(signal);
    try {
      child.kill(signal);
    } catch { /* It has just ended. */ }
  };
  const stop = handOnSignals(send);
  try {
    child = new Deno.Command(await fileOf(program!, env), {
      args,
      env,
      clearEnv: true,
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
    waiting.forEach(send);
    return (await child.status).code;
  } catch (cause) {
    throw startFailure(
      program,
      cause instanceof Deno.errors.NotFound
        ? "not-found"
        : cause instanceof Deno.errors.PermissionDenied
        ? "not-executable"
        : "other",
      cause instanceof Error ? cause.message : "unknown failure",
    );
  } finally {
    stop();
  }
}

/** What is started for `program`: the system looks for it itself, but for the scripts of Windows. */
async function fileOf(
  program: string,
  env: Record<string, string>,
): Promise<string> {
  if (Deno.build.os !== "windows") return program;
  const { windowsProgram } = await import("./windows_program.ts");
  return windowsProgram(program, env, (path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

/** Calls `send` with every signal to forward to the command; the function returned ends that. */
export function handOnSignals(
  send: (signal: Deno.Signal) => void,
): () => void {
  const handlers = SIGNALS
    .filter((signal) => Deno.build.os !== "windows" || signal === "SIGINT")
    .map((signal) => ({
      signal,
      handler() {
        // The terminal has sent it to the child already; a second SIGINT means "now" to many programs.
        if (!FROM_TERMINAL.has(signal) || !isForeground()) send(signal);
      },
    }));
  for (const { signal, handler } of handlers) {
    Deno.addSignalListener(signal, handler);
  }
  return () => {
    // A signal of the terminal may have ended the command and be still on its way to the handler: without one, Deno ends.
    const timer: unknown = setTimeout(() => {
      for (const { signal, handler } of handlers) {
        Deno.removeSignalListener(signal, handler);
      }
    }, LATE_MS);
    if (typeof timer === "number") Deno.unrefTimer(timer);
    else (timer as { unref(): void }).unref();
  };
}

/** Whether this process is in the foreground group of its terminal, where the terminal driver signals the child too. */
function isForeground(): boolean {
  try {
    // proc_pid_stat(5): after the name in parentheses: state ppid pgrp session tty_nr tpgid.
    const stat = Deno.readTextFileSync("/proc/self/stat");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[2] === fields[5];
  } catch {
    return Deno.stdin.isTerminal() || Deno.stderr.isTerminal();
  }
}

/** Why `program` could not be started. */
export function startFailure(
  program: string,
  failure: "not-found" | "not-executable" | "other",
  message: string,
): AuthsomeError {
  const [, variable] = /^([A-Za-z_]\w*)=/.exec(program) ?? [];
  if (variable !== undefined) {
    // The value may be a secret.
    return new AuthsomeError(
      "CommandNotFound",
      `Cannot run "${variable}=…": it is no command`,
      `Set the variable before: ${variable}=… authsome run <command>, or use env: authsome run env ${variable}=… <command>`,
    );
  }
  if (failure === "not-found") {
    return new AuthsomeError(
      "CommandNotFound",
      `Cannot run "${program}": command not found`,
      "Check its name and your PATH",
    );
  }
  return new AuthsomeError(
    "NotExecutable",
    `Cannot run "${program}": ${
      failure === "not-executable" ? "it is not executable" : message
    }`,
    `Inspect it with: ls -l ${program}`,
  );
}
