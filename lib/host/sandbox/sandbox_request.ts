/** What a sandbox is made from. @module */
import type { Env } from "../../ports/system.ts";
import type { RunHostRequest } from "../../ports/run_host.ts";
import type { SandboxProfile } from "../../sandbox/sandbox_profile.ts";
import type { Reach } from "../net/connect.ts";
import type { InstallShims } from "../run/shim_files.ts";
import type { AgentPlaces } from "./agents/agent_places.ts";
import type { UserFolders } from "./places/user_folders.ts";

/** What a sandbox is made from. */
export interface SandboxRequest {
  /** The authsome home. */
  home: string;
  env: Env;
  profile: SandboxProfile;
  /** Whose state the command may write. */
  agent: AgentPlaces | undefined;
  users: UserFolders;
  /** What of this machine and private networks the command is led to. */
  reach: Reach;
  warn: RunHostRequest["warn"];
  files?: RunHostRequest["files"];
  installShims?: InstallShims;
  leftBehind?: RunHostRequest["leftBehind"];
}
