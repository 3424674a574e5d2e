/** What an SSH agent asks of the machine. @module */

/** The program at the other end of a connection, where the system tells. */
export interface AgentPeer {
  pid: number;
  /** Its name; absent if it has ended. */
  program?: string;
}

/** Answers a message of one connection; the next comes when it has. */
export type AnswerMessage = (message: Uint8Array) => Promise<Uint8Array>;

/** An agent that listens. */
export interface ListeningAgent extends RunningAgent {
  /** Path of its socket. */
  readonly path: string;
  /** Drops every connection and removes the socket. */
  close(): Promise<void>;
}

/** A running agent of another process. */
export interface RunningAgent {
  pid: number;
}

/** Sockets, questions and files for an SSH agent. */
export interface SshAgentHost {
  /** The socket of the agent of `profile` that all programs of the person share. */
  sharedSocket(profile: string): string;
  /**
   * Listens on a socket that only this user can connect to: at `path`, or in a folder of its own that goes with it.
   *
   * @param connected is called for each connection. `peer` looks once; it is `undefined` where nothing is known, and
   * rejects if it is another user's.
   * @throws {AuthsomeError} `PortUnavailable` if something else is at `path`; `OperationNotAllowed` where there are no
   * such sockets.
   */
  listen(
    path: string | undefined,
    connected: (peer: () => Promise<AgentPeer | undefined>) => AnswerMessage,
  ): Promise<ListeningAgent>;
  /** The agent that listens at `path`; `undefined` if none does. */
  running(path: string): Promise<RunningAgent | undefined>;
  /** Ends it, and waits for that. Says whether there was one. */
  stop(path: string): Promise<boolean>;
  /**
   * Asks the person on the desktop by the program of `SSH_ASKPASS`, as ssh-agent(1) does; `undefined` if there is none, or
   * it does not answer within a minute.
   */
  ask(question: string): Promise<boolean | undefined>;
  /** The texts of the files of known hosts, the person's and the system's. */
  knownHosts(): string[];
  /** Runs a command as the shell would; its exit code. */
  runCommand(
    command: readonly string[],
    env: Record<string, string>,
  ): Promise<number>;
}
