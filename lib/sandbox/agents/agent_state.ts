/** Where an agent keeps its state on this machine. Pure. @module */
import { AuthsomeError } from "../../errors.ts";
import { isWithin } from "../sandbox_profile.ts";
import { XDG_FOLDERS } from "../places.ts";
import type { AgentName } from "./agent_names.ts";
import { AGENT_PROFILES, type AgentProfile } from "./agent_profiles.ts";

/** The paths of a profile, absolute; those of {@linkcode AgentProfile} say what each list means. */
export interface AgentState {
  name: string;
  display: string;
  env: readonly string[];
  files: string[];
  folders: string[];
  scratch: string[];
  temporary: string[];
  readOnly: AgentPlace[];
  login: string[];
  guards: { path: string; members: readonly string[] }[];
}

/** A place that stays as it is. */
export interface AgentPlace {
  path: string;
  folder: boolean;
}

/**
 * The state of the agent `name`.
 *
 * @param user the person's folder.
 * @throws {AuthsomeError} `Usage` if there is no such agent.
 */
export function agentState(
  name: string,
  env: { get(name: string): string | undefined },
  user: string,
): AgentState {
  const profile = Object.hasOwn(AGENT_PROFILES, name)
    ? AGENT_PROFILES[name as AgentName]
    : undefined;
  if (!profile) {
    throw new AuthsomeError(
      "Usage",
      `Unknown agent "${name}"`,
      `Known: ${Object.keys(AGENT_PROFILES).join(", ")}`,
    );
  }
  const at = (path: string) => resolve(path, profile, env, user);
  const isFolder = (path: string) => path.endsWith("/");
  return {
    ...{ name, display: profile.display, env: profile.env },
    files: profile.keeps.filter((path) => !isFolder(path)).map(at),
    folders: profile.keeps.filter(isFolder).map(at),
    scratch: profile.scratch.map(at),
    temporary: profile.temporary.map(at),
    readOnly: profile.readOnly.map((path) => ({
      path: at(path),
      folder: isFolder(path),
    })),
    login: profile.login.map(at),
    guards: Object.entries(profile.guards)
      .map(([path, members]) => ({ path: at(path), members })),
  };
}

/** What is in a file that stands in for one that must not be made. */
export function emptyText(path: string): string {
  return path.endsWith(".json") ? "{}\n" : path.endsWith(".yaml") ? "[]\n" : "";
}

function resolve(
  path: string,
  { moves }: AgentProfile,
  env: { get(name: string): string | undefined },
  user: string,
): string {
  const whole = path.replace(/\/$/, "");
  for (const { variable, from, to } of moves) {
    const folder = env.get(variable);
    if (!folder?.startsWith("/") || !isWithin(whole, from)) continue;
    const rest = whole.slice(from.length);
    return `${folder.replace(/\/+$/, "")}${to && `/${to}`}${rest}`;
  }
  for (const [variable, usual] of XDG_FOLDERS) {
    const folder = env.get(variable);
    if (folder?.startsWith("/") && whole.startsWith(`~/${usual}`)) {
      return `${folder.replace(/\/+$/, "")}/${whole.slice(2 + usual.length)}`;
    }
  }
  return user + whole.slice(1);
}
