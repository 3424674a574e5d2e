/** Runs the programs of secret managers. @module */
import { Buffer } from "node:buffer";
import { spawn } from "node:child_process";
import { closeSync, openSync, unlinkSync, writeSync } from "node:fs";
import type { Readable } from "node:stream";
import type { Env } from "../../ports/system.ts";
import type {
  ManagerAnswer,
  ManagerCall,
  SecretManagers,
} from "../../ports/secret_managers.ts";
import { findProgram, programEnvironment } from "../run/programs.ts";

/** How long a program may take, in milliseconds: a person may have to touch a key or confirm. */
const LIMIT_MS = 60_000;
/** Most that it may write to stdout or stderr, in bytes. */
const MAX_BYTES = 256 * 1024;

/** A folder of Linux whose files are in memory. */
const MEMORY = "/dev/shm";

/** What every program needs: where things are, how to reach the network and the person's session. */
const EVERY: readonly string[] = [
  ...["PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "TMPDIR", "TZ"],
  ...["LANG", "LANGUAGE", "LC_*", "XDG_*", "DBUS_SESSION_BUS_ADDRESS"],
  ...["DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "GPG_TTY", "GNUPGHOME"],
  ...["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"],
  ...["http_proxy", "https_proxy", "all_proxy", "no_proxy"],
  ...["SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS"],
  // Windows.
  ...["SystemRoot", "SystemDrive", "windir", "ComSpec", "PATHEXT", "TEMP"],
  ...["TMP", "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "APPDATA"],
  ...["LOCALAPPDATA", "ProgramData", "ProgramFiles*", "USERNAME"],
];

/** What a test may change. */
interface Limits {
  milliseconds?: number;
  bytes?: number;
  /** Folders of the system. */
  system?: readonly string[];
}

/** The {@linkcode SecretManagers} of this machine. */
export function managerPrograms(
  env: Env,
  limits: Limits = {},
): SecretManagers {
  const { os } = Deno.build;
  return {
    system: os === "darwin" || os === "linux" || os === "windows"
      ? os
      : "other",
    has: (program) => find(program, env, limits) !== undefined,
    run: (call) => run(call, env, limits),
  };
}

function run(
  { program: name, args, input, opensInput, variables }: ManagerCall,
  env: Env,
  { milliseconds = LIMIT_MS, bytes = MAX_BYTES, ...limits }: Limits,
): Promise<ManagerAnswer> {
  const program = find(name, env, limits);
  const file = opensInput && input !== undefined ? unnamedFile(input) : "pipe";
  if (program === undefined || file === undefined) {
    return Promise.resolve({ kind: "absent" });
  }
  const { promise, resolve } = Promise.withResolvers<ManagerAnswer>();
  const child = spawn(program, args, {
    env: environment(env, variables),
    cwd: env.get("HOME") || env.get("USERPROFILE") || undefined,
    stdio: [input === undefined ? "ignore" : file, "pipe", "pipe"],
    windowsHide: true,
  });
  if (typeof file === "number") closeSync(file);
  const stop = (kind: "late" | "large") => {
    child.kill("SIGKILL");
    // What it started may keep them open.
    child.stdout!.destroy();
    child.stderr!.destroy();
    resolve({ kind });
  };
  const timer = setTimeout(stop, milliseconds, "late");
  const stdout = collect(child.stdout!, bytes, () => stop("large"));
  const stderr = collect(child.stderr!, bytes, () => stop("large"));
  child.on("error", () => resolve({ kind: "absent" }));
  child.on("close", (code) =>
    resolve({
      ...{ kind: "ended", code: code ?? 1 },
      ...{ stdout: stdout(), stderr: stderr() },
    }));
  // It may end without having read it; its code says how.
  child.stdin?.on("error", () => {});
  child.stdin?.end(input);
  return promise.finally(() => clearTimeout(timer));
}

/** Gives what `stream` wrote; calls `large` if it is more than `limit` bytes. */
function collect(
  stream: Readable,
  limit: number,
  large: () => void,
): () => string {
  const parts: Uint8Array[] = [];
  let size = 0;
  stream.on("data", (part: Uint8Array) => {
    size += part.length;
    if (size > limit) large();
    else parts.push(part);
  });
  stream.on("error", () => {});
  return () => Buffer.concat(parts).toString();
}

/**
 * A file in memory that has no name any more, for a program that opens its stdin by name: what connects processes on Node
 * cannot be opened so. `undefined` where there is no such file.
 */
function unnamedFile(text: string): number | undefined {
  const path = `${MEMORY}/authsome-${crypto.randomUUID()}`;
  try {
    const writing = openSync(path, "wx", 0o600);
    try {
      writeSync(writing, text);
      return openSync(path, "r");
    } finally {
      unlinkSync(path);
      closeSync(writing);
    }
  } catch {
    return undefined;
  }
}

function find(name: string, env: Env, { system }: Limits) {
  return findProgram(name, env, system ? { system } : {});
}

function environment(
  env: Env,
  variables: ManagerCall["variables"],
): Record<string, string> {
  const clean = Object.entries(programEnvironment(env));
  if (variables === "all") {
    return Object.fromEntries(
      clean.filter(([name]) => !name.toUpperCase().startsWith("AUTHSOME_")),
    );
  }
  const wanted = [...EVERY, ...variables];
  const names = new Set(wanted);
  const beginnings = wanted.filter((name) => name.endsWith("*"))
    .map((name) => name.slice(0, -1));
  // The names of Windows are the same in any spelling.
  const known = new Set(wanted.map((name) => name.toUpperCase()));
  const isWindows = Deno.build.os === "windows";
  return Object.fromEntries(
    clean.filter(([name]) =>
      names.has(name) || isWindows && known.has(name.toUpperCase()) ||
      beginnings.some((beginning) => name.startsWith(beginning))
    ),
  );
}
