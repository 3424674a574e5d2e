/** The ports of one process, in one object. @module */
import type { Encryption } from "../encryption.ts";
import type { BundledSource } from "../provider/registry.ts";
import type { AgentFiles } from "./agent_files.ts";
import type { AuditExportHost } from "./audit_export.ts";
import type { Conversations, ReachOptions } from "./conversation.ts";
import type { DefinitionEditor } from "./definition_editor.ts";
import type {
  AuditFile,
  ConfigFile,
  DefinitionFiles,
  PolicyFiles,
} from "./home_files.ts";
import type { LoginFiles } from "./login_files.ts";
import type { Fetch, ListenForAnswers } from "./net.ts";
import type { PageHost } from "./hosts/page_host.ts";
import type { EnvFiles, ImportWorld } from "./other_programs.ts";
import type {
  HomeFile,
  RunHost,
  RunHostRequest,
  SandboxPlaces,
} from "./run_host.ts";
import type {
  KeyLeftover,
  Keyring,
  PassphraseKeyring,
  Store,
  Witness,
} from "./store.ts";
import type { Runs } from "./runs.ts";
import type { SecretManagers } from "./secret_managers.ts";
import type { SshAgentHost } from "./hosts/ssh_host.ts";
import type { SharedMemory } from "./shared_memory.ts";
import type { Clock, Env, Lineage, Processes } from "./system.ts";

/** What a process in the background said first: its output up to an empty line, or all of it if it has ended. */
export interface BackgroundStart {
  text: string;
  /** Set if it has ended. */
  exitCode?: number;
}

/** The ports that a broker works through. */
export interface Runtime extends BundledSource {
  /** Path of the home, for messages. */
  readonly home: string;
  readonly env: Env;
  readonly clock: Clock;
  readonly fetch: Fetch;
  /** The processes of the machine; absent where nothing is known of them. */
  processes?(): Promise<Processes>;
  /** Tells a person in a line what is waited for; absent where there is none. */
  warn?(message: string): void;
  readonly configFile: ConfigFile;
  /** What processes were started by; absent where nothing is known of them. */
  lineage?(): Promise<Lineage>;
  /** The working folder, an absolute path; absent where there is none. */
  workingFolder?(): string;
  /** The text of a regular file of the person's; `undefined` where there is none, or it cannot be read. */
  personFile?(path: string): string | undefined;
  /**
   * Writes a new file of mode 0600. Throws `OperationNotAllowed` if there is something at `path`; absent where there are no
   * files.
   */
  savePrivateFile?(path: string, text: string): Promise<void>;
  /** The right to change the keys of the vault, which one process has at a time; absent where there is no other. */
  keyLock?(): Promise<{ release(): void }>;
  /** URL of the remote `origin` of the repository around it; absent where there is none. */
  gitOrigin?(): Promise<string | undefined>;
  readonly definitionFiles: DefinitionFiles;
  readonly auditFile: AuditFile;
  /** Whether there is something at the place of `policy.json`. Absent where there never is. */
  hasPolicy?(): boolean;
  /** The files of rules; absent where there are none. */
  policyFiles?(): Promise<PolicyFiles>;
  /** What sends the audit log on; absent where nothing can. */
  auditExport?(): Promise<AuditExportHost>;
  /** What takes the answers of phones; absent where nothing can listen. */
  answerListener?(): Promise<ListenForAnswers>;
  /** Whether there is a store; {@linkcode Runtime.openStore} makes one. Absent where that is always so. */
  hasStore?(): boolean;
  openStore(): Promise<Store>;
  /** What remembers outside of the store what was written to it; absent where nothing does. */
  witness?(): Witness | undefined;
  /** The source of the master key that these settings describe. */
  keyring(encryption: Encryption): Promise<Keyring>;
  /** What is left of other sources than the one that these settings describe; absent where nothing is known of them. */
  keyLeftovers?(encryption: Encryption): Promise<KeyLeftover[]>;
  /** Whether the system has a keychain that answers now, without asking anybody; absent where there is none. */
  keychainAnswers?(): Promise<boolean>;
  /** The source of mode `passphrase`; absent where there is none. */
  passphraseKeyring?(): Promise<PassphraseKeyring>;
  /** What the local page needs; absent where none can be served. */
  pageHost?(): Promise<PageHost>;
  /** The runs that are live; absent where there are none. */
  runs?(): Promise<Runs>;
  /** What `run` needs besides; absent where there is no proxy. */
  runHost?(options?: RunHostRequest): Promise<RunHost>;
  /** What a sandbox with `profile` would show, without making one; absent where there is none. */
  sandboxPlaces?(
    profile: NonNullable<RunHostRequest["sandbox"]>,
    warn: (message: string) => void,
    files?: readonly HomeFile[],
  ): Promise<SandboxPlaces>;
  /** The program of the person's shell; absent where there is none. */
  userShell?(): Promise<string>;
  /** What `login` needs besides; absent where no user can be asked. */
  conversations?(options: ReachOptions): Promise<Conversations>;
  /** The person's editor; absent where there is none. */
  definitionEditor?(): Promise<DefinitionEditor>;
  /** The dotenv files of the working folder; absent where there is none. */
  envFiles?(): Promise<EnvFiles>;
  /** The configuration of agents, to write to; absent where there is none. */
  agentFiles?(): Promise<AgentFiles>;
  /** Where agents keep their own logins; absent where there is none. */
  loginFiles?(): Promise<LoginFiles>;
  /** What an SSH agent needs besides; absent where none can listen. */
  sshAgent?(): Promise<SshAgentHost>;
  /** The programs of secret managers; absent where none can be started. */
  secretManagers?(): Promise<SecretManagers>;
  /** Memory for what was read from them, shared with other processes; absent or `undefined` where there is none. */
  sharedMemory?(): Promise<SharedMemory | undefined>;
  /** Other programs, to import from; absent where there are none. */
  importWorld?(): Promise<ImportWorld>;
  /** Runs this program with `args` in a process that outlives this one; `env` is added to its environment. */
  startInBackground?(
    args: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Promise<BackgroundStart>;
}
