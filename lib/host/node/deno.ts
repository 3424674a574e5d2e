/**
 * What the adapters use of `Deno`, for Node. The Node build puts it in the place of that name, so that the adapters are
 * written once; what is another thing on Node (TLS, HTTP servers, fetch) has an adapter of its own here.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import { Command } from "./deno_command.ts";
import { errors } from "./deno_errors.ts";
import { files, promisedFiles } from "./files.ts";
import { FsFile } from "./fs_file.ts";
import {
  connect,
  listen,
  listenDatagram,
  networkInterfaces,
} from "./network.ts";
import { consoleSize, stderr, stdin, stdout } from "./terminal.ts";

type Listener = () => void;

const layer = {
  args: process.argv.slice(2),
  pid: process.pid,
  build: {
    os: process.platform === "win32" ? "windows" : process.platform,
    arch: process.arch === "arm64" ? "aarch64" : "x86_64",
    standalone: (process.getBuiltinModule("node:sea") as { isSea(): boolean })
      .isSea(),
  },
  get mainModule() {
    return String(pathToFileURL(process.argv[1]!));
  },
  env: {
    get: (name: string) => process.env[name],
    has: (name: string) => process.env[name] !== undefined,
    set: (name: string, value: string) => void (process.env[name] = value),
    delete: (name: string) => void delete process.env[name],
    toObject: () => ({ ...process.env }),
  },
  cwd: () => process.cwd(),
  chdir: (path: string) => process.chdir(path),
  execPath: () => process.execPath,
  exit: (code?: number) => process.exit(code),
  uid: () => process.getuid?.() ?? null,
  umask: (mask?: number) =>
    mask === undefined ? process.umask() : process.umask(mask),
  addSignalListener: (signal: NodeJS.Signals, listener: Listener) =>
    void process.on(signal, listener),
  removeSignalListener: (signal: NodeJS.Signals, listener: Listener) =>
    void process.off(signal, listener),
  kill: (pid: number, signal: NodeJS.Signals = "SIGTERM") =>
    void process.kill(pid, signal),
  SeekMode: { Start: 0, Current: 1, End: 2 },
  errors,
  Command,
  connect,
  listen,
  listenDatagram,
  networkInterfaces,
  FsFile,
  ...files,
  ...promisedFiles,
  consoleSize,
  stdin,
  stdout,
  stderr,
};

export { layer as Deno };
