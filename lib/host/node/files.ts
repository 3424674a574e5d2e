/** Files and folders as Deno has them, over `node:fs`. @module */
import { fileInfo } from "./file_info.ts";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { FsFile } from "./fs_file.ts";

type Path = string | URL;

function flagsOf(options: Deno.OpenOptions): number {
  const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } =
    fs.constants;
  const { read, append, truncate, create, createNew } = options;
  const write = options.write || append;
  return (write ? read ? O_RDWR : O_WRONLY : O_RDONLY) |
    (append ? O_APPEND : 0) | (truncate ? O_TRUNC : 0) |
    (create || createNew ? O_CREAT : 0) | (createNew ? O_EXCL : 0);
}

function writeFlag(options: Deno.WriteFileOptions): string {
  return `${options.append ? "a" : "w"}${options.createNew ? "x" : ""}`;
}

function bytesOf(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}

/** Node's own way never ends below `/proc`, where a folder whose parent is there cannot be made either. */
function makeFolders(folder: string, mode: number | undefined): void {
  try {
    fs.mkdirSync(folder, { mode });
  } catch (error) {
    const { code } = error as { code?: string };
    const parent = path.dirname(folder);
    if (code === "ENOENT" && parent !== folder && !fs.existsSync(parent)) {
      makeFolders(parent, mode);
      fs.mkdirSync(folder, { mode });
    } else if (code !== "EEXIST" || !fs.statSync(folder).isDirectory()) {
      throw error;
    }
  }
}

function pathOf(path: Path): string {
  return path instanceof URL ? fileURLToPath(path) : path;
}

function* entries(path: Path) {
  for (const entry of fs.readdirSync(path, { withFileTypes: true })) {
    yield {
      name: entry.name,
      isFile: entry.isFile(),
      isDirectory: entry.isDirectory(),
      isSymlink: entry.isSymbolicLink(),
    };
  }
}

/** The synchronous half. */
function write(
  path: Path,
  data: Uint8Array | string,
  options: Deno.WriteFileOptions = {},
): void {
  fs.writeFileSync(path, data, {
    flag: writeFlag(options),
    mode: options.mode,
  });
}

export const files = {
  openSync(path: Path, options: Deno.OpenOptions = { read: true }) {
    return new FsFile(fs.openSync(path, flagsOf(options), options.mode));
  },
  readFileSync: (path: Path) => bytesOf(fs.readFileSync(path)),
  readTextFileSync: (path: Path) => fs.readFileSync(path, "utf8"),
  writeFileSync: write,
  writeTextFileSync: write,
  /** The folder is read at the call, so that a missing one is an error there and not at the first entry. */
  readDirSync: (path: Path) => [...entries(path)].values(),
  readLinkSync: (path: Path) => fs.readlinkSync(path),
  realPathSync: (path: Path) => fs.realpathSync(path),
  statSync: (path: Path) => fileInfo(fs.statSync(path)),
  lstatSync: (path: Path) => fileInfo(fs.lstatSync(path)),
  mkdirSync(path: Path, { recursive, mode }: Deno.MkdirOptions = {}) {
    if (recursive) makeFolders(pathOf(path), mode);
    else fs.mkdirSync(path, { mode });
  },
  removeSync(path: Path, { recursive = false }: Deno.RemoveOptions = {}) {
    if (recursive) fs.rmSync(path, { recursive });
    else if (fs.lstatSync(path).isDirectory()) fs.rmdirSync(path);
    else fs.unlinkSync(path);
  },
  renameSync: (from: Path, to: Path) => fs.renameSync(from, to),
  linkSync: (from: string, to: string) => fs.linkSync(from, to),
  symlinkSync: (from: Path, to: Path) => fs.symlinkSync(from, to),
  chmodSync: (path: Path, mode: number) => fs.chmodSync(path, mode),
  utimeSync: (path: Path, atime: Date, mtime: Date) =>
    fs.utimesSync(path, atime, mtime),
};

/** The same as promises; on the files of a home there is nothing to wait for. */
export const promisedFiles = {
  open: promised(files.openSync),
  readFile: promised(files.readFileSync),
  readTextFile: promised(files.readTextFileSync),
  writeFile: promised(files.writeFileSync),
  writeTextFile: promised(files.writeTextFileSync),
  readLink: promised(files.readLinkSync),
  realPath: promised(files.realPathSync),
  stat: promised(files.statSync),
  lstat: promised(files.lstatSync),
  mkdir: promised(files.mkdirSync),
  remove: promised(files.removeSync),
  rename: promised(files.renameSync),
  link: promised(files.linkSync),
  symlink: promised(files.symlinkSync),
  chmod: promised(files.chmodSync),
  async *readDir(path: Path) {
    yield* entries(path);
  },
};

/** `call`, its result or its error as a promise. */
export function promised<A extends unknown[], R>(call: (...args: A) => R) {
  // deno-lint-ignore require-await
  return async (...args: A): Promise<R> => call(...args);
}
