/** Makes room for an agent's state in a sandbox. @module */
import { AuthsomeError } from "../../../errors.ts";
import type { Env } from "../../../ports/system.ts";
import {
  type AgentState,
  agentState,
  emptyText,
} from "../../../sandbox/agents/agent_state.ts";
import {
  isWithin,
  type SandboxProfile,
} from "../../../sandbox/sandbox_profile.ts";
import type { View, ViewStep } from "../../../sandbox/view.ts";
import type { StandIn } from "../protection/sandbox_git.ts";
import type { UserFolders } from "../places/user_folders.ts";

/** An agent's places, and the profile that allows them. */
export interface AgentPlaces {
  state: AgentState;
  profile: SandboxProfile;
}

/**
 * The places of the agent that `profile` names, if it names one; its folders are made unless this is a dry run, where
 * those that are missing are left out.
 *
 * @throws {AuthsomeError} `Usage` if there is no such agent, `StoreUnavailable` if a folder cannot be made.
 */
export function agentPlaces(
  profile: SandboxProfile,
  env: Env,
  { tilde }: UserFolders,
  dryRun = false,
): AgentPlaces | undefined {
  if (profile.agent === undefined) return undefined;
  const state = agentState(profile.agent, env, tilde);
  if (!dryRun) {
    [...state.scratch, ...state.folders].forEach(makeFolder);
  }
  const isThere = (path: string) => lookAt(path) !== undefined;
  const files = state.files.filter((path) =>
    isThere(path) || isThere(path.slice(0, path.lastIndexOf("/")))
  );
  return {
    state,
    profile: {
      ...profile,
      // What the person asks for comes later, and counts.
      allowWrite: [
        ...files,
        ...state.folders.filter(isThere),
        ...profile.allowWrite,
      ],
      allowEnv: [...state.env, ...profile.allowEnv],
    },
  };
}

/** What must be there for the time of the run in the folders that an agent keeps. */
export function agentStandIns({ state }: AgentPlaces): StandIn[] {
  const isKept = (path: string) =>
    state.folders.some((folder) => isWithin(path, folder));
  return [
    ...state.readOnly,
    ...state.temporary.map((path) => ({ path, folder: true })),
    // Another one would be another account.
    ...state.login.map((path) => ({ path, folder: false })),
  ].filter(({ path }) => isKept(path))
    .map(({ path, folder }) => ({
      path: realFolderOf(path),
      // It may be another run's, and goes with that unless it is known that this one needs it.
      there: lookAt(path) !== undefined,
      ...folder ? {} : { text: emptyText(path) },
    }));
}

/**
 * What stays as it is where nothing can end with the run: what others have an own place for, and folders in what the agent
 * keeps in which it may else make other files.
 */
export function agentFixed(places: AgentPlaces): string[] {
  return [
    ...agentStandIns(places).map(({ path }) => path),
    ...places.state.scratch.map(realFolderOf),
  ];
}

/** The view in which a login that is hidden is no broken file either. */
export function withEmptyLogins(
  view: View,
  logins: readonly string[],
  folder: string,
): View {
  const source = `${folder}/empty.json`;
  const steps = view.steps.map((step): ViewStep =>
    step.kind === "empty-file" && step.path.endsWith(".json") &&
      logins.includes(step.path)
      ? { kind: "other-file", source, path: step.path }
      : step
  );
  if (steps.every((step, at) => step === view.steps[at])) return view;
  Deno.writeTextFileSync(source, emptyText(source), { mode: 0o600 });
  return { ...view, steps };
}

/** The same path by the real one of its folder. */
export function realFolderOf(path: string): string {
  const at = path.lastIndexOf("/");
  try {
    return Deno.realPathSync(path.slice(0, at)) + path.slice(at);
  } catch {
    return path;
  }
}

function makeFolder(path: string): void {
  try {
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new AuthsomeError(
      "StoreUnavailable",
      `Cannot make "${path}" for the state of the agent`,
      `Inspect it with: ls -ld ${path}`,
      { cause },
    );
  }
}

function lookAt(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch {
    return undefined;
  }
}
