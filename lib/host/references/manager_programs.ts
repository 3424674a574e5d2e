/** Runs the programs of secret managers. @module */
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

async function run(
  { program: name, args, input, variables }: ManagerCall,
  env: Env,
  { milliseconds = LIMIT_MS, bytes = MAX_BYTES, ...limits }: Limits,
): Promise<ManagerAnswer> {
  const program = find(name, env, limits);
  if (program === undefined) return { kind: "absent" };
  const folder = env.get("HOME") || env.get("USERPROFILE");
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args: [...args],
      clearEnv: true,
      env: environment(env, variables),
      ...folder ? { cwd: folder } : {},
      stdin: input === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch {
    return { kind: "absent" };
  }
  let stopped: "late" | "large" | undefined;
  const readers: ReadableStreamDefaultReader<Uint8Array>[] = [];
  const stop = (why: "late" | "large") => {
    stopped ??= why;
    try {
      child.kill("SIGKILL");
    } catch { /* It has just ended. */ }
    // What it started may keep the pipes open.
    readers.forEach((reader) => reader.cancel().catch(() => {}));
  };
  const timer = setTimeout(() => stop("late"), milliseconds);
  try {
    const texts = [child.stdout, child.stderr].map((stream) => {
      const reader = stream.getReader();
      readers.push(reader);
      return readText(reader, bytes, () => stop("large"));
    });
    const [stdout, stderr, { code }] = await Promise.all([
      ...texts as [Promise<string>, Promise<string>],
      child.status,
      write(child, input),
    ]);
    return stopped
      ? { kind: stopped }
      : { kind: "ended", code, stdout, stderr };
  } finally {
    clearTimeout(timer);
  }
}

function find(name: string, env: Env, { system }: Limits) {
  return findProgram(name, env, system ? { system } : {});
}

async function write(
  child: Deno.ChildProcess,
  input: string | undefined,
): Promise<void> {
  if (input === undefined) return;
  const writer = child.stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
  } catch { /* It did not read it; its code says how it ended. */ }
}

async function readText(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  limit: number,
  large: () => void,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for (let size = 0;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.length;
    if (size > limit) {
      large();
      return "";
    }
    text += decoder.decode(value, { stream: true });
  }
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
