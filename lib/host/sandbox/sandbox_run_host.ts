/** The {@linkcode RunHost} of a sandboxed run, on the systems that have one. @module */
import { AuthsomeError } from "../../errors.ts";
import { defined } from "../../object.ts";
import type { Env } from "../../ports/system.ts";
import { readPrivateHosts } from "../../request/destination/private_hosts.ts";
import type { RunHost, RunHostRequest } from "../../ports/run_host.ts";
import {
  DEFAULT_PROFILE,
  mergeProfiles,
  type SandboxProfile,
} from "../../sandbox/sandbox_profile.ts";
import { agentPlaces } from "./agents/agent_places.ts";
import { checkDenied, missingDenied } from "./places/sandbox_facts.ts";
import {
  checkBubblewrap,
  findSandboxPrograms,
  startSandboxNetwork,
} from "./sandbox_bubblewrap.ts";
import { linuxSandbox } from "./sandbox_linux.ts";
import { macosSandbox } from "./sandbox_macos.ts";
import { type UserFolders, userFolders } from "./places/user_folders.ts";
import type { InstallShims } from "../run/shim_files.ts";

/** Name of the profile in the home. */
const PROFILE = "sandbox.json";

/**
 * What `authsome run --sandbox` does to the world, for the home at `home`.
 *
 * @throws {AuthsomeError} `SandboxUnavailable` where there is none, `Usage` if `asked` or `sandbox.json` cannot be used.
 */
export async function sandboxRunHost(
  home: string,
  env: Env,
  asked: SandboxProfile,
  { warn, leftBehind, files, installShims }:
    & Pick<RunHostRequest, "warn" | "leftBehind" | "files">
    & { installShims?: InstallShims | undefined },
): Promise<RunHost> {
  const { os } = Deno.build;
  if (os !== "linux" && os !== "darwin") throw notHere(os);
  const users = await userFolders(env);
  const whole = await wholeProfile(home, users, asked, warn);
  const agent = agentPlaces(whole, env, users);
  const profile = agent?.profile ?? whole;
  // Before anything is started.
  const opened = readPrivateHosts(profile.allowPrivate);
  const request = {
    ...{ home, env, profile, agent, users, warn },
    reach: { opened, refuseLocal: true },
    ...defined({ leftBehind, files, installShims }),
  };
  if (os === "darwin") return macosSandbox(request);
  const programs = findSandboxPrograms(env);
  // The slowest part; it starts before anything else and is waited for last.
  const starting = profile.network
    ? startSandboxNetwork(programs, env)
    : checkBubblewrap(programs);
  starting.catch(() => {});
  return await linuxSandbox(request, programs, starting);
}

/** What is asked for together with what `sandbox.json` in the home says. */
export async function wholeProfile(
  home: string,
  users: UserFolders,
  asked: SandboxProfile,
  warn: (message: string) => void,
): Promise<SandboxProfile> {
  checkDenied(asked, users);
  const written = await readProfile(`${home}/${PROFILE}`);
  for (const path of missingDenied(written, users)) {
    warn(
      `"${path}" of deny_read in ${PROFILE} does not exist: nothing is hidden`,
    );
  }
  return mergeProfiles(written, asked);
}

async function readProfile(path: string): Promise<SandboxProfile> {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return DEFAULT_PROFILE;
    throw new AuthsomeError(
      "StoreUnavailable",
      `Cannot read "${path}"`,
      `Inspect it with: ls -l ${path}`,
      { cause: error },
    );
  }
  const { parseSandboxProfile } = await import("../../sandbox/profile_file.ts");
  return parseSandboxProfile(text, path);
}

/** Says that there is no sandbox for `os`, and what to do instead. */
export function notHere(os: string): AuthsomeError {
  return new AuthsomeError(
    "SandboxUnavailable",
    `Cannot run a sandbox: authsome has none for ${os}`,
    "Run the command in a container: authsome run --listen unix:<path>, see docs/guides/containers.md",
  );
}
