/**
 * What a person types while a question stands. The terminal is raw as long as that takes and as it was afterwards,
 * however the question ends.
 *
 * @module
 */
import process from "node:process";
import { PassThrough } from "node:stream";
import { AuthsomeError } from "../../errors.ts";

/** What a question is asked with. */
export interface Keyboard {
  /** The keys, without those that end or suspend a question. */
  input: PassThrough;
  /** stderr, which may have been closed. */
  output: typeof process.stderr;
  /** Aborts when the question ends without an answer. */
  signal: AbortSignal;
}

const LINE_FEED = 0x0a;
const RETURN = 0x0d;

const ENDING_SIGNALS: Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];
/** Milliseconds after which a job that nothing stopped goes on: without a shell to continue it nothing stops it. */
const NOT_STOPPED_MS = 100;

/** Milliseconds without a key after which a paste has ended. */
const SILENCE_MS = 50;

/** Milliseconds that a question has to take a line before it gets the next one. */
const LINE_MS = 10;
/** Columns of a terminal that does not know its size. */
const COLUMNS = 80;

/** Lines and ends that came in one piece: what one question does not take is for the next. */
let ahead: (Uint8Array | (() => unknown))[] = [];

/** Why a question is asked once more. */
const CONTINUED = Symbol("continued");
const SUSPENDED = Symbol("suspended");

/**
 * Asks by `ask`, whose answer must come in the same turn as `keyboard.signal` aborts. After Ctrl-Z and `fg` it asks
 * again. What is typed ahead answers the next question, but the rest of what is pasted for a `secret` is dropped.
 *
 * @throws {AuthsomeError} `InputCancelled` at the end of input (Ctrl-D, or the terminal is gone); `Interrupted` at Ctrl-C
 * and at a signal that ends programs; the reason of `signal`.
 */
export async function atKeyboard<T>(
  signal: AbortSignal,
  ask: (keyboard: Keyboard) => Promise<T>,
  options: { secret?: boolean } = {},
): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    const ending = new AbortController();
    const release = hold(ending);
    const input = new PassThrough();
    let later: ReturnType<typeof setTimeout> | undefined;
    const give = () => {
      const next = ahead.shift();
      if (next instanceof Uint8Array) input.write(next);
      else if (next) ending.abort(next());
      later = ahead.length > 0 ? setTimeout(give, LINE_MS) : undefined;
    };
    const pass = (bytes: Uint8Array) => {
      ahead.push(...parts(bytes));
      if (later === undefined) give();
    };
    if (options.secret) ahead = [];
    else later = setTimeout(give, LINE_MS);
    process.stdin.on("data", pass).resume();
    let answer: T;
    try {
      answer = await ask({
        input,
        output: withColumns(process.stderr),
        signal: AbortSignal.any([signal, ending.signal]),
      });
      if (options.secret && !ending.signal.aborted) await silence();
    } finally {
      clearTimeout(later);
      if (options.secret || ending.signal.aborted) ahead = [];
      process.stdin.off("data", pass).pause();
      release();
      input.destroy();
    }
    signal.throwIfAborted();
    if (!ending.signal.aborted) return answer;
    const { reason } = ending.signal;
    if (reason === SUSPENDED) await suspend();
    else if (reason !== CONTINUED) throw reason;
  }
}

/** The lines, each with its end, and the keys that end a question. */
function parts(bytes: Uint8Array): typeof ahead {
  const found: typeof ahead = [];
  // A cooked terminal takes both for Enter.
  const keys = bytes.map((byte) => byte === LINE_FEED ? RETURN : byte);
  let start = 0;
  for (const [at, key] of keys.entries()) {
    const end = ENDINGS.get(key);
    if (!end && key !== RETURN) continue;
    const line = keys.subarray(start, end ? at : at + 1);
    if (line.length > 0) found.push(line);
    if (end) found.push(end);
    start = at + 1;
  }
  if (start < keys.length) found.push(keys.subarray(start));
  return found;
}

/** A terminal without a size has no column, and every letter would be a line. */
function withColumns(output: typeof process.stderr): typeof process.stderr {
  if (!output.columns) {
    Object.defineProperty(output, "columns", {
      value: COLUMNS,
      configurable: true,
    });
  }
  return output;
}

/** Ctrl-C, Ctrl-D and Ctrl-Z, which come as ETX, EOT and SUB while a terminal is raw. */
const ENDINGS = new Map<number, () => unknown>([
  [0x03, interrupted],
  [0x04, cancelled],
  // Windows suspends nothing.
  [0x1a, () => Deno.build.os === "windows" ? cancelled() : SUSPENDED],
]);

/** Makes the terminal raw and watches for everything that ends a question; returns what undoes both. */
function hold(ending: AbortController): () => void {
  const { stdin, stderr } = process;
  const cancel = () => ending.abort(cancelled());
  const interrupt = () => ending.abort(interrupted());
  const again = () => ending.abort(CONTINUED);
  const cooked = () => {
    try {
      stdin.setRawMode(false);
    } catch { /* The terminal is gone. */ }
  };
  for (const name of ENDING_SIGNALS) Deno.addSignalListener(name, interrupt);
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGCONT", again);
  for (const event of ["end", "close", "error"]) stdin.on(event, cancel);
  stderr.on("error", cancel);
  process.on("exit", cooked);
  try {
    stdin.setRawMode(true);
  } catch {
    cancel();
  }
  return () => {
    cooked();
    process.off("exit", cooked);
    for (const event of ["end", "close", "error"]) stdin.off(event, cancel);
    for (const name of ENDING_SIGNALS) {
      Deno.removeSignalListener(name, interrupt);
    }
    if (Deno.build.os !== "windows") {
      Deno.removeSignalListener("SIGCONT", again);
    }
  };
}

/** Resolves when nothing more is coming: the other lines of a pasted key must not be shown, nor answer what is asked next. */
async function silence(): Promise<void> {
  let came = true;
  const note = () => void (came = true);
  process.stdin.on("data", note);
  try {
    while (came) {
      came = false;
      await new Promise((resolve) => setTimeout(resolve, SILENCE_MS));
    }
  } finally {
    process.stdin.off("data", note);
  }
}

/** Stops the whole job, as a terminal does at Ctrl-Z; resolves when it is continued. */
async function suspend(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, NOT_STOPPED_MS);
  Deno.addSignalListener("SIGCONT", resolve);
  try {
    process.kill(0, "SIGTSTP");
    await promise;
  } finally {
    clearTimeout(timer);
    Deno.removeSignalListener("SIGCONT", resolve);
  }
}

function interrupted(): AuthsomeError {
  return new AuthsomeError("Interrupted", "Interrupted");
}

function cancelled(): AuthsomeError {
  return new AuthsomeError("InputCancelled", "Cancelled: the input ended");
}
