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
  /** The text of a file. @throws {RangeError} beyond `limit` bytes; whatever the system says otherwise. */
  readTextFile(path: string, limit: number): string;
  /** What is at `path`, links not followed; `undefined` if nothing is. */
  inspectPath(path: string): PathInfo | undefined;
  /** Whether a server could listen on 127.0.0.1:`port` now. */
  isPortFree(port: number): Promise<boolean>;
  /** The provider of the authsome login that listens on `port`, or `undefined` if something else does, or nothing. */
  loginAt(port: number): Promise<string | undefined>;
  /** Appends to a file of mode 0600, creating it. */
  appendPrivate(path: string, text: string): void;
  /** Resolves after `milliseconds`, or when `signal` aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Aborts at Ctrl-C or SIGTERM. */
  interrupted(): AbortSignal;
}
