/** What a sandbox would show, for `run --dry-run`. @module */
import type { HomeFile, SandboxPlaces } from "../../ports/run_host.ts";
import type { Env } from "../../ports/system.ts";
import { sandboxEnvironment } from "../../sandbox/environment.ts";
import type { SandboxProfile } from "../../sandbox/sandbox_profile.ts";
import { fileView, type ViewStep } from "../../sandbox/view.ts";
import { ensurePrivateFolder } from "../home/private_file.ts";
import { realPath, sandboxFacts } from "./places/sandbox_facts.ts";
import { userFolders } from "./places/user_folders.ts";
import { type AgentPlaces, agentPlaces } from "./agents/agent_places.ts";
import { findSandboxPrograms } from "./sandbox_bubblewrap.ts";
import { FILES_NOT_SHOWN } from "./sandbox_macos.ts";
import { notHere, wholeProfile } from "./sandbox_run_host.ts";

function agentView(
  { state }: AgentPlaces,
  os: string,
): SandboxPlaces["agent"] {
  const { name, display, files, folders, login, guards } = state;
  const passing = [...state.scratch, ...state.temporary];
  // There, nothing can end with the run, and files are written as they are.
  const isMac = os === "darwin";
  return {
    ...{ name, display, login },
    keeps: [...files, ...folders.map((path) => `${path}/`)].sort(),
    endsWithRun: isMac ? [] : passing.sort(),
    readOnly: [
      ...[
        ...state.readOnly.map(({ path }) => path),
        ...isMac ? passing : [],
      ].sort(),
      ...isMac
        ? []
        : guards.flatMap(({ path, members }) =>
          members.map((member) => `${path}: ${member}`)
        ),
    ],
  };
}

/**
 * Reads what a sandbox with `asked` and `sandbox.json` would show. Starts nothing, so it does not know which sockets a
 * run would find and cover.
 *
 * @throws {AuthsomeError} as a sandboxed run does before it starts.
 */
export async function sandboxPlaces(
  home: string,
  env: Env,
  asked: SandboxProfile,
  warn: (message: string) => void,
  files: readonly HomeFile[] = [],
): Promise<SandboxPlaces> {
  const { os } = Deno.build;
  if (os !== "linux" && os !== "darwin") throw notHere(os);
  if (os === "linux") findSandboxPrograms(env);
  ensurePrivateFolder(home);
  const users = await userFolders(env);
  const whole = await wholeProfile(home, users, asked, warn);
  const agent = agentPlaces(whole, env, users, true);
  const profile = agent?.profile ?? whole;
  const facts = sandboxFacts(profile, {
    ...{ env, home, users, agent, runFiles: [], dryRun: true },
  });
  const view = fileView(facts);
  const { steps } = view;
  const paths = (isWanted: (step: ViewStep) => boolean) =>
    steps.filter(isWanted).map(({ path }) => path).sort();
  const writable = paths((step) =>
    step.kind === "writable" || step.kind === "empty-folder" && step.writable
  );
  return {
    working: facts.working,
    // Of an agent, also what would be made.
    writable: [
      ...new Set([
        ...[...writable, ...facts.allowWrite],
        ...[...agent?.state.files ?? [], ...agent?.state.folders ?? []],
      ]),
    ].sort(),
    readOnly: paths(({ kind }) =>
      kind === "read-only" || kind === "other-file"
    ),
    hidden: paths((step) =>
      step.kind === "empty-file" ||
      step.kind === "empty-folder" && !step.writable
    ),
    shown: await shownFiles(),
    network: profile.network,
    ...agent ? { agent: agentView(agent, os) } : {},
  };

  async function shownFiles(): Promise<string[]> {
    if (files.length === 0) return [];
    if (os === "darwin") {
      warn(FILES_NOT_SHOWN);
      return [];
    }
    const { viewWithFiles } = await import("./places/shown_places.ts");
    const inside = sandboxEnvironment(env.toObject(), profile.allowEnv, {
      general: facts.allowWrite.includes(
        realPath(env.get("XDG_CACHE_HOME") || `${users.tilde}/.cache`) ?? "",
      ),
      npm: false,
    });
    return viewWithFiles(view, files, facts, { env: inside, users, warn })
      .shown.sort();
  }
}
