/** The folder that everything of a home is in. @module */
import { ensurePrivateFolder, exists, unusable } from "./private_file.ts";

/** Told in a line what was changed about the home. */
export type Tell = (message: string) => void;

/**
 * Makes the home if it is missing, with mode 0700. One of ours that others may read is closed to them, and `tell` is told;
 * one that others may write is refused, as is a link.
 *
 * @throws {AuthsomeError} `StoreUnavailable`.
 */
export function ensureHome(home: string, tell: Tell): void {
  ensurePrivateFolder(home, {
    linkHint: (target) => `export AUTHSOME_HOME='${target}'`,
    beforeClosing: () => closeDefinitions(`${home}/providers`),
    closed: tell,
  });
}

/**
 * A home that others could reach may hold definitions of theirs: what they could have written is refused. An empty file is
 * what a shell made for `authsome inspect x > …/providers/x.json`.
 */
function closeDefinitions(folder: string): void {
  if (Deno.build.os === "windows" || !exists(folder)) return;
  const { mode, isDirectory } = Deno.lstatSync(folder);
  if (!isDirectory) return;
  const isOpen = ((mode ?? 0) & 0o022) !== 0;
  for (const { name } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    const info = Deno.lstatSync(path);
    if (info.isFile && info.size === 0) continue;
    if (isOpen || !info.isSymlink && ((info.mode ?? 0) & 0o022) !== 0) {
      throw unusable(
        path,
        "others could have written it",
        undefined,
        `Read it, then: chmod -R go-w '${folder}'`,
      );
    }
  }
  if (isOpen) Deno.chmodSync(folder, (mode! & 0o777) & ~0o022);
}

/** Removes the drafts that killed writers left in the home. Never fails. */
export async function sweepLeftovers(home: string): Promise<void> {
  try {
    for (const { name } of Deno.readDirSync(home)) {
      if (!/\.tmp$|^master\.key\../.test(name)) continue;
      // Most often there is none, and nothing is loaded.
      return (await import("./drafts.ts")).sweepDrafts(home);
    }
  } catch {
    /* What cannot be read here is reported where it is used. */
  }
}
