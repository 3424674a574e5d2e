/** What `setup <tool>` asks of each tool: which files change, and how they become what they were. @module */
import type { AgentFiles } from "../../ports/agent_files.ts";
import type { Broker } from "../broker.ts";

/** A file that changes. */
export interface FileEdit {
  /** Absolute. */
  path: string;
  /** Whether it is a program of authsome's own, in its folder of wrappers (mode 0755). */
  isProgram?: boolean;
  /**
   * What becomes of the text. `undefined` is: no file.
   *
   * @param original what the file was before it was set up, as far as that is known; only given to an undo.
   * @throws {AuthsomeError} `OperationNotAllowed` if the text is not understood, or another program's.
   */
  after(
    text: string | undefined,
    original?: string | undefined,
  ): string | undefined;
}

/** What is shown, asked for and then written. */
export interface ToolPlan {
  files: readonly FileEdit[];
  /** Whether the tool finds its helper in PATH, so that the folder of wrappers must be in it. */
  needsPath?: boolean;
  /** What the person should know, said on stderr. */
  notes?: readonly string[];
}

/** What a plan is made from. */
export interface ToolRequest {
  /** Opened by {@linkcode SetupTool.plan} alone: an undo works without the vault. */
  broker(): Promise<Broker>;
  files: AgentFiles;
  /** Folder of authsome's wrappers, absolute. */
  folder: string;
  /** Program and arguments of authsome, with the profile that was asked for: `["authsome", "--profile", "work"]`. */
  command: readonly string[];
  /** Hosts named by `--host`. */
  hosts: readonly string[];
  /** Told what the person should know before anything is written. */
  warn(message: string): void;
}

/** A tool of the table in `tools.ts`. */
export interface SetupTool {
  /**
   * What sets the tool up, also if it is set up already.
   *
   * @throws {AuthsomeError} `OperationNotAllowed` if there is nothing to set up, with what to do first.
   */
  plan(request: ToolRequest): Promise<ToolPlan>;
  /** What takes it back, from every file that may have been changed. Opens no vault. */
  undo(request: ToolRequest): readonly FileEdit[];
}
