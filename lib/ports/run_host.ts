/** What a run asks of the machine: a proxy, certificates and the command itself. @module */
import type { LoginView } from "../connection/agents/agent_login.ts";
import type { RequestContext } from "../request/request_context.ts";
import type { HostMatch } from "../request/route.ts";
import type { LeftBehind, Undo } from "../sandbox/left_behind.ts";
import type { SandboxProfile } from "../sandbox/sandbox_profile.ts";

/** The proxy of a run. */
export interface RunningProxy {
  /** With the user and password of this run. */
  readonly url: string;
  /** Certificate of this run's CA, PEM. */
  readonly caPem: string;
  close(): Promise<void>;
}

/** An answer that the proxy gave itself. */
export interface ProxyAnswer {
  status: number;
  /** `X-Authsome-Reason`, empty without one. */
  reason: string;
}

/** What the proxy of a run is started with. */
export interface ProxyRequest extends RequestContext {
  /** Hosts that the CA of this run may speak for. */
  hosts: readonly HostMatch[];
  /** Certificates that upstream servers are verified with, PEM. */
  trustedRoots: readonly string[];
}

/** What a command learns of its run from its environment. */
export interface RunPlaces {
  /** See {@linkcode RunningProxy.url}. */
  proxyUrl: string;
  caBundlePath: string;
  wgetrcPath: string;
  /** Whether the person's settings for AWS name another bundle, which only a variable overrides. */
  overridesAwsBundle?: boolean;
  /** Folder of the run. */
  folder: string;
}

/** A configuration file as a sandboxed command sees it. No secret is in it. */
export interface HomeFile {
  /** Below the person's folder: `.config/gh/hosts.yml`; or absolute. */
  path: string;
  text: string;
  /** Whose it is. */
  provider: string;
}

/** An agent's own login, to be found by the agent with placeholders. No token of it is here. */
export interface ShownAgentLogin {
  /** Of the connection. */
  provider: string;
  connection: string;
  /** See `connection/agents/agent_login.ts`. */
  view: LoginView;
  /** Name of its file. */
  file: string;
  /** The agent's own folder, if it is known. */
  folder?: string;
  /** The file with placeholders, as it follows from the person's own. */
  text(own: string | undefined): string;
  /** Members of the file that are the login's; the agent may change the others. */
  members: readonly string[];
}

/** What a command is shown of its connections. */
export interface ShownToCommand {
  /** Variables of its environment that hold a placeholder, or what of a connection is no secret. */
  given?: readonly string[];
  /** Only for a host with {@linkcode RunHost.showsFiles}. */
  files?: readonly HomeFile[];
  /** Files in the folder of the run, by name, for the person alone. */
  runFiles?: Readonly<Record<string, string>>;
}

/** A command and its environment. */
export interface RunStart extends ShownToCommand {
  command: readonly string[];
  env: Record<string, string>;
}

/** The world as a run needs it. */
export interface RunHost {
  /**
   * Leads agents to their logins with placeholders, where files cannot be shown. What an agent changes besides comes to
   * be in its own folder. Absent where that is not possible.
   */
  showLogins?(
    logins: readonly ShownAgentLogin[],
  ): Promise<{ env: Record<string, string>; settle(): Promise<void> }>;
  /** Whether a command can be shown configuration files that are not on disk, or be told why not. */
  readonly showsFiles?: boolean;
  /** See `host/net/system_roots.ts`. */
  trustedRoots(): Promise<string[]>;
  clientRoots(variables: readonly string[]): Promise<string[]>;
  /**
   * Begins what a command needs before it can start, and resolves when the rest is done by others while the proxy starts.
   * `start` says what will be started, for the places that the run will have. What fails is thrown by
   * {@linkcode RunHost.runCommand}. Absent where there is nothing to prepare.
   */
  prepareCommand?(start: (places: RunPlaces) => RunStart): Promise<void>;
  startProxy(request: ProxyRequest): Promise<RunningProxy>;
  /** Asks `https://host/` through the proxy as its command, and `http://host/` as a stranger without the password. */
  probe(
    proxy: RunningProxy,
    host: string,
  ): Promise<Record<"command" | "stranger", ProxyAnswer>>;
  /** Keeps certificates in a file until it is removed. */
  writeCaBundle(
    certificates: readonly string[],
  ): Omit<RunPlaces, "proxyUrl"> & { remove(): void };
  /** Takes note of a file; the function returned says whether it was read since, `undefined` if that is unknown. */
  noticeRead?(path: string): Promise<() => boolean | undefined>;
  /** Watches where the command connects to besides the proxy at `proxyPort`; the function returned ends that and says it. */
  watchConnections?(proxyPort: number): Promise<() => string[]>;
  /** What a program says its version is; empty if it says none. */
  programVersion?(program: string): Promise<string>;
  /** Runs the command, prepared or not, to its end and returns its exit code. The words are those of a {@linkcode RunStart}. */
  runCommand(
    command: readonly string[],
    env: Record<string, string>,
    shown?: ShownToCommand,
  ): Promise<number>;
}

/** What a sandboxed command would see of the file system. Absolute paths, sorted. */
export interface SandboxPlaces {
  working: string;
  writable: string[];
  /** Read-only although they lie in a writable place. */
  readOnly: string[];
  hidden: string[];
  /** Configuration files that are not on disk. */
  shown: string[];
  network: boolean;
  /** Of the agent whose state may be written. */
  agent?: {
    name: string;
    display: string;
    /** Files, and folders with a slash at the end. */
    keeps: string[];
    /** Folders in which other files end with the run. */
    endsWithRun: string[];
    /** What stays as it is in them: paths, or members of a JSON file after ": ". */
    readOnly: string[];
    /** Files of its login, which authsome handles. */
    login: string[];
  };
}

/** In which form a command is run. */
export interface RunHostRequest {
  /** Runs it in a sandbox that allows this besides the defaults and `sandbox.json`. */
  sandbox?: SandboxProfile;
  /** What the proxy leads to of private networks and this machine, where there is no sandbox. */
  allowPrivate?: readonly string[];
  /** Files that the command finds in the folder of the run, by name. */
  files?: Readonly<Record<string, string>>;
  /** Whether clients load the helpers of `run/shims/`; the default. */
  shims?: boolean;
  /** Path of a Unix socket that the proxy listens on besides, for a command in a container. */
  socket?: string;
  /** Says something that the person should know, on stderr. */
  warn(message: string): void;
  /**
   * Reports what a sandboxed command left behind for other programs to run, if it did, and decides whether it stays.
   * Default: it stays, with a warning.
   */
  leftBehind?(left: LeftBehind, undo: Undo): Promise<void>;
}
