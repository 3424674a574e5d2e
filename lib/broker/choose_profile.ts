/** Which profile is used. @module */
import type { Config } from "../config.ts";
import { boundFolder } from "../connection/folder.ts";
import { DEFAULT_PROFILE } from "../names.ts";
import type { Runtime } from "../ports/runtime.ts";

/** What decided which profile is used. */
export type ProfileSource =
  | "--profile"
  | "AUTHSOME_PROFILE"
  | "folder"
  | "config.json"
  | "default";

/** The profile of this process, and what decided it: `given` comes first, the configuration last. */
export function chooseProfile(
  runtime: Runtime,
  config: Config,
  given: string | undefined,
): [string, ProfileSource] {
  if (given !== undefined) return [given, "--profile"];
  const fromEnv = runtime.env.get("AUTHSOME_PROFILE");
  if (fromEnv) return [fromEnv, "AUTHSOME_PROFILE"];
  if (config.folders && runtime.workingFolder) {
    const bound = boundFolder(config.folders, runtime.workingFolder());
    if (bound !== undefined) return [config.folders[bound]!, "folder"];
  }
  return [
    config.defaultProfile,
    config.defaultProfile === DEFAULT_PROFILE ? "default" : "config.json",
  ];
}
