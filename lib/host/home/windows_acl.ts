/** Access control on Windows, where files have no mode. @module */
import { AuthsomeError } from "../../errors.ts";

/**
 * The command that leaves `folder`, and what is made in it, to its owner alone: nothing is inherited from above, and the
 * one entry is for the well-known SID of the object's owner (OWNER RIGHTS), so that no name has to be asked for.
 */
export function ownerOnlyCommand(
  folder: string,
  systemRoot = "C:\\Windows",
): string[] {
  return [
    // By its path: a program of that name in the working folder must not be the one.
    `${systemRoot}\\System32\\icacls.exe`,
    folder.replaceAll("/", "\\"),
    "/inheritance:r",
    "/grant:r",
    "*S-1-3-4:(OI)(CI)F",
    "/Q",
  ];
}

/** Leaves `folder` to its owner alone. Throws `StoreUnavailable` if the system refuses. */
export function restrictToOwner(folder: string): void {
  const [program, ...args] = ownerOnlyCommand(
    folder,
    Deno.env.get("SystemRoot"),
  );
  const { success } = new Deno.Command(program!, {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).outputSync();
  if (success) return;
  throw new AuthsomeError(
    "StoreUnavailable",
    `Cannot use "${folder}": its permissions cannot be set, so others may use it`,
    `Inspect it with: icacls "${folder}"`,
  );
}
