/** Mounts that a sandbox has for itself. @module */
import { readMounts } from "./places/read_mounts.ts";

/**
 * The words to start bubblewrap by, so that nothing that is mounted outside later appears in the sandbox: it would be
 * writable there, and an automount point mounts at a look. None where no mount is shared. The system may not allow it,
 * or `unshare` be older than util-linux 2.36: then bubblewrap is not even started, and {@linkcode isRefused}.
 */
export function privateMounts(unshare: string | undefined): string[] {
  return unshare && readMounts().some(({ shared }) => shared)
    ? [
      ...[unshare, "--user", "--map-current-user"],
      ...["--mount", "--propagation", "private", "--"],
    ]
    : [];
}

/** Whether bubblewrap was not started, by what was said on the way to it. */
export function isRefused(errors: string): boolean {
  return !errors.startsWith("bwrap: ");
}
