/** What the export of the audit log asks of the machine. @module */

/** Sends to receivers of syslog. Each rejects if it cannot, or when `signal` aborts. */
export interface SyslogSender {
  /** One datagram each. Nothing says whether they arrived. */
  datagrams(
    to: { host: string; port: number },
    messages: readonly Uint8Array[],
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * All of them on one connection, over TLS whose certificate is verified if `tls` is set. Resolves when the receiver has
   * closed its side after ours, so that it has read everything.
   */
  stream(
    to: { host: string; port: number; tls: boolean },
    messages: readonly Uint8Array[],
    signal: AbortSignal,
  ): Promise<void>;
  /** Lines that begin with `<priority>`, to the socket of this machine at `path`. */
  local(path: string, lines: string, signal: AbortSignal): Promise<void>;
  /** What `error`, thrown by one of these, means to a person. */
  why(error: unknown): Promise<string>;
}

/** How far one destination is. */
export interface CursorFile {
  /** The text, or `undefined` if nothing was kept. */
  read(): Promise<string | undefined>;
  /** Writes the text atomically with mode 0600. */
  write(text: string): Promise<void>;
  /** The right to send to the destination, which one process has at a time; `undefined` if another has it now. */
  tryLock(): Promise<{ release(): void } | undefined>;
}

/** What the export of the audit log needs besides the log. */
export interface AuditExportHost {
  /** Name of this machine. */
  hostName(): string;
  cursor(destination: string): CursorFile;
  /** Calls `work` after `milliseconds`, and keeps no process alive for it; what it returns cancels that. */
  after(milliseconds: number, work: () => void): () => void;
  syslog: SyslogSender;
}
