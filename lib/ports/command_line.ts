/** What the command line asks of the machine, beside the broker. @module */
import type { Env } from "./system.ts";

/** The standard streams and what stands behind them. */
export interface Terminal {
  readonly stdinIsTTY: boolean;
  readonly stdoutIsTTY: boolean;
  readonly stderrIsTTY: boolean;
  /** Width in characters, read when asked for; 80 when it is not known. */
  columns(): number;
  /** Writes all of `text`. @throws {ClosedOutput} when the reader closed the pipe (EPIPE). */
  write(stream: "stdout" | "stderr", text: string): void;
  /** One line of stdin without its end, or `undefined` at the end of input. At most 64 KiB. */
  readLine(): Promise<string | undefined>;
  /**
   * Every line from here on, as they come; takes stdin for itself. For what waits for something else besides: unlike
   * {@linkcode Terminal.readLine} it does not keep the process from ending.
   */
  lines(): AsyncIterableIterator<string>;
  /** All of stdin as text. @throws {RangeError} beyond `limit` bytes. */
  readAll(limit: number): Promise<string>;
  /** stdin as it comes, to its end; takes it for itself. */
  input(): AsyncIterable<Uint8Array>;
  /**
   * Writes all of `text` to stdout without holding up anything else, also if nobody reads it yet. One call at a time.
   * Rejects with {@linkcode ClosedOutput} when the reader closed the pipe (EPIPE).
   */
  send(text: string): Promise<void>;
}

/** One of a list to choose from. */
export interface Choice {
  value: string;
  /** As it is shown. What is typed is looked for in it and in the value. */
  label: string;
  /** What is said of it, behind the label. */
  hint?: string;
}

/**
 * Questions to the person at the terminal, on stderr. Each rejects with `InputCancelled` at the end of input and with
 * `Interrupted` at Ctrl-C, and leaves the terminal as it was.
 */
export interface Questions {
  /** Yes or no; Enter alone is no. */
  yes(question: string): Promise<boolean>;
  /** A line that is shown as it is typed. `check` says what is wrong with an answer. */
  line(
    question: string,
    check?: (answer: string) => string | undefined,
  ): Promise<string>;
  /** A line that is shown as dots. `check` says what is wrong with an answer. */
  masked(
    question: string,
    check?: (answer: string) => string | undefined,
  ): Promise<string>;
  /** One of a list, which what is typed narrows down; its value. */
  choice(question: string, choices: readonly Choice[]): Promise<string>;
  /**
   * One of `keys`, pressed after the question is shown: what was typed before does not answer it. Rejects with the reason
   * of `signal`.
   */
  key(question: string, keys: string, signal: AbortSignal): Promise<string>;
}

/**
 * The controlling terminal, taken from the programs that this process has started: they stand still until it is released,
 * also if this process is killed before.
 */
export interface TakenTerminal {
  readonly rows: number;
  readonly columns: number;
  /** Draws the whole screen, each line printable and no longer than the screen is wide; `prompt` is where typing begins. */
  draw(lines: readonly string[], prompt: string): Promise<void>;
  /** Shows what was typed. */
  echo(text: string): Promise<void>;
  /**
   * What is typed; empty if nothing is for a tenth of a second. `undefined` once the terminal is gone, or this process is
   * told to end.
   */
  read(): Promise<string | undefined>;
  /** Gives the terminal back as it was, and lets the programs go on. */
  release(): Promise<void>;
}

/** Thrown by {@linkcode Terminal.write} when the reader closed the pipe (EPIPE). */
export class ClosedOutput extends Error {
  override readonly name = "ClosedOutput";
}

/** What is at a path. */
export interface PathInfo {
  kind: "file" | "folder" | "link" | "other";
  /** Permission bits, or `undefined` where there are none (Windows). */
  mode?: number;
  /** Whether it belongs to the user of this process. */
  owned: boolean;
  /** Bytes. */
  size: number;
}

/** The machine. */
export interface CommandLineMachine {
  readonly terminal: Terminal;
  readonly env: Env;
  /** Loads the questions; only for a terminal. */
  questions(): Promise<Questions>;
  /**
   * Takes the controlling terminal for a question; what was typed before is dropped. `undefined` where there is none, or
   * it belongs to another job now. Absent where it cannot be taken.
   */
  takeTerminal?(): Promise<TakenTerminal | undefined>;
  /** The text of a file. @throws {RangeError} beyond `limit` bytes; whatever the system says otherwise. */
  readTextFile(path: string, limit: number): string;
  /** What is at `path`, links not followed; `undefined` if nothing is. */
  inspectPath(path: string): PathInfo | undefined;
  /** Shows `text` in the person's pager; says whether there is one. Absent where none can be started. */
  page?(text: string): Promise<boolean>;
  /** Whether a server could listen on 127.0.0.1:`port` now. */
  isPortFree(port: number): Promise<boolean>;
  /** The provider of the authsome login that listens on `port`, or `undefined` if something else does, or nothing. */
  loginAt(port: number): Promise<string | undefined>;
  /**
   * Writes a file of mode 0600, whole or not at all.
   *
   * @throws {AuthsomeError} `StoreUnavailable` if it cannot be written.
   */
  writePrivate(path: string, text: string): Promise<void>;
  /** Appends to a file of mode 0600, creating it. */
  appendPrivate(path: string, text: string): void;
  /** Resolves after `milliseconds`, or when `signal` aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Aborts at Ctrl-C or SIGTERM. */
  interrupted(): AbortSignal;
}
