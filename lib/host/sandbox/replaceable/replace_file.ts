/** Puts a file in the place of another, at once and as a whole. @module */
import { chownSync } from "node:fs";
import { lookAt } from "./file_marks.ts";

/** Bytes that are copied at once, so that a large file holds up nothing else. */
const CHUNK = 262_144;

/** Copies the regular file at `from` to the new file `to`, of mode 0600, and makes sure that it is on the disk. */
export async function copyToNew(from: string, to: string): Promise<void> {
  using input = Deno.openSync(from, { read: true });
  using output = Deno.openSync(to, {
    ...{ write: true, createNew: true, mode: 0o600 },
  });
  const bytes = new Uint8Array(CHUNK);
  for (let count; (count = await input.read(bytes)) !== null;) {
    for (let at = 0; at < count;) {
      at += await output.write(bytes.subarray(at, count));
    }
  }
  output.syncSync();
}

/**
 * Replaces `target` by a copy of the regular file at `from`. The mode and the owner of what was there are kept; a file
 * that was not there has the mode of `from`. A link in its place is not followed.
 *
 * @param temporary path in the folder of `target`, which is not there.
 * @param check called last: what it throws leaves `target` as it is.
 */
export async function replaceFile(
  from: string,
  target: string,
  temporary: string,
  check: () => void,
): Promise<void> {
  try {
    await copyToNew(from, temporary);
    const before = lookAt(target);
    if (before && !before.isFile) throw new Error("it is no longer a file");
    const own = Deno.lstatSync(temporary);
    if (before && (before.uid !== own.uid || before.gid !== own.gid)) {
      chownSync(temporary, before.uid!, before.gid!);
    }
    const mode = (before ?? Deno.lstatSync(from)).mode ?? 0o600;
    Deno.chmodSync(temporary, mode & 0o777);
    check();
    Deno.renameSync(temporary, target);
  } catch (error) {
    removeIfThere(temporary);
    throw error;
  }
}

/** Removes a file or a link. */
export function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Whether two regular files have the same bytes. */
export async function isSame(a: string, b: string): Promise<boolean> {
  using one = Deno.openSync(a, { read: true });
  using other = Deno.openSync(b, { read: true });
  if (one.statSync().size !== other.statSync().size) return false;
  const [left, right] = [new Uint8Array(CHUNK), new Uint8Array(CHUNK)];
  for (let count; (count = await one.read(left)) !== null;) {
    for (let at = 0; at < count;) {
      const more = await other.read(right.subarray(at, count));
      if (more === null) return false;
      at += more;
    }
    if (!left.subarray(0, count).every((byte, at) => byte === right[at])) {
      return false;
    }
  }
  return true;
}
