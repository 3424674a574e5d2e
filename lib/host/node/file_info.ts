/** `fs.Stats` as `Deno.FileInfo`. @module */
import type fs from "node:fs";

const WINDOWS = process.platform === "win32";

/** As `Deno.FileInfo`, as far as it is used. Windows has no modes and no users. */
export function fileInfo(info: fs.Stats) {
  return {
    isFile: info.isFile(),
    isDirectory: info.isDirectory(),
    isSymlink: info.isSymbolicLink(),
    isSocket: info.isSocket(),
    isFifo: info.isFIFO(),
    isBlockDevice: info.isBlockDevice(),
    isCharDevice: info.isCharacterDevice(),
    size: info.size,
    atime: info.atime,
    mtime: info.mtime,
    ctime: info.ctime,
    dev: info.dev,
    ino: info.ino,
    nlink: info.nlink,
    mode: WINDOWS ? null : info.mode,
    uid: WINDOWS ? null : info.uid,
    gid: WINDOWS ? null : info.gid,
  };
}
