/** The machine of an SSH agent. @module */
import { mkdtempSync } from "node:fs";
import { kill } from "node:process";
import { AuthsomeError } from "../../errors.ts";
import { parseObject } from "../../object.ts";
import type { Env } from "../../ports/system.ts";
import type { SshAgentHost } from "../../ports/hosts/ssh_host.ts";
import { SOCKET_PATH_BYTES } from "../../wire/socket_path.ts";
import { writeFileAtomic } from "../home/atomic_file.ts";
import { lock } from "../home/lock.ts";
import { ensurePrivateFolder } from "../home/private_file.ts";
import { machineProcesses } from "../process_names.ts";
import { runCommand } from "../run/child_process.ts";
import { listenForAgents } from "./agent_listener.ts";
import { askPerson } from "./askpass.ts";

/** Bytes of a file of known hosts that are read. */
const MAX_KNOWN_HOSTS = 8 * 1024 * 1024;
/** How long an agent has to end, and how long one waits for another that begins. Milliseconds. */
const END_MS = 5_000;
const LOOK_MS = 20;

/** The host of the agents of `home`. */
export function sshAgentHost(home: string, env: Env): SshAgentHost {
  const folder = `${home}/ssh-agent`;
  const pidFile = (path: string) => `${path}.pid`;
  return {
    sharedSocket: (profile) => `${folder}/${encodeURIComponent(profile)}.sock`,

    async listen(path, connected) {
      if (Deno.build.os === "windows") throw noSockets();
      if (path === undefined) {
        const own = temporaryFolder(env);
        const listening = await listenForAgents(`${own}/agent.sock`, connected);
        return {
          ...listening,
          async close() {
            await listening.close();
            removeIfThere(own);
          },
        };
      }
      checkLength(path);
      if (path.startsWith(`${folder}/`)) ensurePrivateFolder(folder);
      else refuseOpenFolder(path);
      // Two that find what a killed one left must not remove each other's.
      const held = await startLock(home);
      try {
        const listening = await listenForAgents(path, connected);
        const name = machineProcesses().self();
        writeFileAtomic(
          pidFile(path),
          `${JSON.stringify({ pid: Deno.pid, name })}\n`,
          0o600,
        );
        return {
          ...listening,
          async close() {
            removeIfThere(pidFile(path));
            await listening.close();
          },
        };
      } finally {
        held.release();
      }
    },

    async running(path) {
      const pid = livingPid(pidFile(path));
      return pid !== undefined && await answers(path) ? { pid } : undefined;
    },

    async stop(path) {
      const pid = livingPid(pidFile(path));
      if (pid === undefined || !await answers(path)) return false;
      kill(pid, "SIGTERM");
      for (let waited = 0; waited < END_MS; waited += LOOK_MS) {
        if (!await answers(path)) return true;
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
      throw new AuthsomeError(
        "StoreUnavailable",
        `Cannot stop the SSH agent: process ${pid} does not end`,
        `kill -9 ${pid}`,
      );
    },

    ask: (question) => askPerson(question, env),

    knownHosts() {
      const user = env.get("HOME") || env.get("USERPROFILE");
      return [
        ...user
          ? [`${user}/.ssh/known_hosts`, `${user}/.ssh/known_hosts2`]
          : [],
        "/etc/ssh/ssh_known_hosts",
        "/etc/ssh/ssh_known_hosts2",
      ].map(textOf).filter((text) => text !== "");
    },

    runCommand,
  };
}

/** Held while an agent begins. */
async function startLock(home: string) {
  ensurePrivateFolder(`${home}/ssh-agent`);
  return await lock(`${home}/ssh-agent/lock`, END_MS);
}

/** The process that a file of ours names, if it still is that one. */
function livingPid(file: string): number | undefined {
  const { pid, name } = parseObject(textOf(file)) ?? {};
  if (typeof pid !== "number" || !Number.isInteger(pid) || pid <= 1) {
    return undefined;
  }
  const found = typeof name === "string"
    ? machineProcesses().look(name)
    : undefined;
  if (found) return found.hasEnded ? undefined : found.pid;
  // Elsewhere nothing is known but whether there is such a process.
  try {
    kill(pid, 0);
    return pid;
  } catch {
    return undefined;
  }
}

async function answers(path: string): Promise<boolean> {
  try {
    (await Deno.connect({ transport: "unix", path })).close();
    return true;
  } catch {
    return false;
  }
}

/** Of mode 0700, with a name that nobody can foresee. */
function temporaryFolder(env: Env): string {
  const places = [env.get("XDG_RUNTIME_DIR"), env.get("TMPDIR"), "/tmp"];
  for (const place of places) {
    // The first may be gone, as after su.
    if (!place?.startsWith("/")) continue;
    try {
      return mkdtempSync(`${place.replace(/\/+$/, "")}/authsome-ssh-`);
    } catch { /* The next may do. */ }
  }
  throw new AuthsomeError(
    "PortUnavailable",
    "Cannot make a folder for the socket of the SSH agent",
    "Name a folder that you can write to: export TMPDIR=/path",
  );
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch { /* It is gone. */ }
}

function textOf(path: string): string {
  try {
    const info = Deno.statSync(path);
    return info.isFile && info.size <= MAX_KNOWN_HOSTS
      ? Deno.readTextFileSync(path)
      : "";
  } catch {
    return "";
  }
}

function checkLength(path: string): void {
  if (new TextEncoder().encode(path).length <= SOCKET_PATH_BYTES) return;
  throw new AuthsomeError(
    "PortUnavailable",
    `Cannot listen on the socket of the SSH agent: its path has more than ${SOCKET_PATH_BYTES} bytes`,
    "Choose a shorter one: authsome ssh-agent --socket <path>",
  );
}

/** In a folder that others may write to, such as /tmp, another could take the place of the socket. */
function refuseOpenFolder(path: string): void {
  const parent = path.replace(/\/[^/]*$/, "") || "/";
  let info: Deno.FileInfo;
  try {
    info = Deno.statSync(parent);
  } catch {
    throw new AuthsomeError(
      "PortUnavailable",
      `Cannot listen on "${path}": its folder is not there`,
      `mkdir -m 700 ${parent}`,
    );
  }
  if (info.uid === Deno.uid() && ((info.mode ?? 0) & 0o077) === 0) return;
  throw new AuthsomeError(
    "PortUnavailable",
    `Cannot listen on "${path}": others may enter its folder`,
    "Choose a folder of yours of mode 0700",
    { subject: { file: parent } },
  );
}

function noSockets(): AuthsomeError {
  return new AuthsomeError(
    "OperationNotAllowed",
    "Cannot start an SSH agent: on Windows there are only named pipes, which are not supported",
    "Use it in WSL",
  );
}
