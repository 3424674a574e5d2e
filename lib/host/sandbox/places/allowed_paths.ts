/** What a person allows a sandboxed command besides the defaults: checked, and by its real path. @module */
import { AuthsomeError } from "../../../errors.ts";
import { KERNEL_FOLDERS } from "../../../sandbox/places.ts";
import {
  absolutePath,
  isWithin,
  wholePath,
} from "../../../sandbox/sandbox_profile.ts";
import type { AllowedFile } from "../../../sandbox/replaceable/private_folders.ts";
import { followPath, type Trail } from "./path_trail.ts";

/** A path that a person allows, and where it leads. */
export interface AllowedPath {
  option: string;
  path: string;
  real: string;
  trail: Trail;
  /** Set if it is a file, or not there yet: where the command finds it, by the real path of its folder. */
  file?: AllowedFile;
}

/**
 * Where `path` leads, once. What may be written and is not there yet is a file, if its folder is there.
 *
 * @throws {AuthsomeError} `Usage` if it is not there otherwise, lies in one of the authsome `homes` or is the kernel's.
 */
export function allowedPath(
  path: string,
  option: string,
  folders: { user: string; working: string },
  homes: readonly string[],
): AllowedPath {
  const cannot = (why: string, hint?: string) =>
    refused(`Cannot use ${option} "${path}": ${why}`, hint);
  const missing = option === "--allow-write"
    ? missingFile(wholePath(path, folders))
    : undefined;
  const trail = missing?.trail ?? followPath(wholePath(path, folders));
  const real = missing?.path ?? trail.real;
  if (real === undefined) throw cannot("it does not exist");
  if (
    (missing
      ? missingFile(absolutePath(path, folders))?.path
      : followPath(absolutePath(path, folders)).real) !== real
  ) {
    throw cannot(
      `".." after a symbolic link makes it resolve to "${real}"`,
      `If that is intended, write: ${option} '${real}'`,
    );
  }
  if (homes.some((home) => isWithin(real, home))) {
    throw cannot(
      "it is in the authsome home, which is hidden from every sandboxed command",
    );
  }
  const kernel = KERNEL_FOLDERS.find((folder) => isWithin(real, folder));
  if (kernel && (option === "--allow-write" || kernel !== "/sys")) {
    throw cannot(
      kernel === "/sys"
        ? "/sys belongs to the kernel and stays read-only"
        : `the command has its own ${kernel}`,
    );
  }
  const there = missing === undefined;
  const named = there ? ownPath(absolutePath(path, folders)) : real;
  return {
    ...{ option, path, real, trail },
    ...there && !isFile(real)
      ? {}
      : { file: { asked: path, path: named, target: real, there } },
  };
}

/** Where a file of that path would be made. */
function missingFile(
  path: string,
): { path: string; trail: Trail } | undefined {
  const at = path.lastIndexOf("/");
  const name = path.slice(at + 1);
  if (["", ".", ".."].includes(name)) return undefined;
  const trail = followPath(path.slice(0, at) || "/");
  if (trail.real === undefined) return undefined;
  const own = `${trail.real === "/" ? "" : trail.real}/${name}`;
  try {
    Deno.lstatSync(own);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { path: own, trail };
  }
}

/** The path by the real one of its folder: the last part may be a link. */
function ownPath(path: string): string {
  const at = path.lastIndexOf("/");
  const folder = followPath(path.slice(0, at) || "/").real ?? "";
  return `${folder === "/" ? "" : folder}${path.slice(at)}`;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
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
    `Cannot use ${option} "${path}": "${link.path}" is a link to "${link.target}", in a folder where a sandboxed command may have created it`,
    `If that is intended, write: ${option} '${real}'`,
  );
}

/** The error for what cannot be used. */
export function refused(
  message: string,
  hint = "authsome run --help",
): AuthsomeError {
  return new AuthsomeError("Usage", message, hint);
}
