/** What a person allows a sandboxed command besides the defaults: checked, and by its real path. @module */
import { AuthsomeError } from "../../../errors.ts";
import { KERNEL_FOLDERS } from "../../../sandbox/places.ts";
import { absolutePath, isWithin, wholePath } from "../../../sandbox/profile.ts";
import { followPath, type Trail } from "./path_trail.ts";

/** A path that a person allows, and where it leads. */
export interface AllowedPath {
  option: string;
  path: string;
  real: string;
  trail: Trail;
}

/**
 * Where `path` leads, once.
 *
 * @throws {AuthsomeError} `Usage` if it is not there, lies in one of the authsome `homes` or is the kernel's.
 */
export function allowedPath(
  path: string,
  option: string,
  folders: { user: string; working: string },
  homes: readonly string[],
): AllowedPath {
  const cannot = (why: string, hint?: string) =>
    refused(`Cannot use ${option} "${path}": ${why}`, hint);
  const trail = followPath(wholePath(path, folders));
  const { real } = trail;
  if (real === undefined) throw cannot("it is not there");
  if (followPath(absolutePath(path, folders)).real !== real) {
    throw cannot(
      `".." after a link leads to "${real}", which it does not look like`,
      `Write where it leads, if that is what you mean: ${option} '${real}'`,
    );
  }
  if (homes.some((home) => isWithin(real, home))) {
    throw cannot(
      "it lies in the authsome home, which no sandboxed command sees",
    );
  }
  const kernel = KERNEL_FOLDERS.find((folder) => isWithin(real, folder));
  if (kernel && (option === "--allow-write" || kernel !== "/sys")) {
    throw cannot(
      kernel === "/sys"
        ? "what lies in /sys is the kernel's and stays read-only"
        : `the command has a ${kernel} of its own`,
    );
  }
  return { option, path, real, trail };
}

/**
 * A link in a place that commands write may be one that a command made, to be given what it leads to.
 *
 * @throws {AuthsomeError} `Usage`
 */
export function refusePlantedLink(
  { option, path, real, trail }: AllowedPath,
  writable: readonly string[],
): void {
  const link = trail.links.find(({ path }) =>
    writable.some((folder) => path !== folder && isWithin(path, folder))
  );
  if (!link) return;
  throw refused(
    `Cannot use ${option} "${path}": "${link.path}" is a link to "${link.target}", and lies where sandboxed commands may have made it`,
    `Write where it leads, if that is what you mean: ${option} '${real}'`,
  );
}

/** The error for what cannot be used. */
export function refused(
  message: string,
  hint = "authsome run --help",
): AuthsomeError {
  return new AuthsomeError("Usage", message, hint);
}
