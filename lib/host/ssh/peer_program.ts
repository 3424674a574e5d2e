/** Which program is at the other end of a Unix socket: only Linux tells, by ss(8), which asks the kernel. @module */
import type { Socket } from "node:net";
import type { AgentPeer } from "../../ports/hosts/ssh_host.ts";
import { defined } from "../../object.ts";
import { processEnv } from "../env.ts";
import { findProgram } from "../run/programs.ts";
import { runToEnd } from "../run/run_to_end.ts";

const LIMIT_MS = 2_000;

/** @throws {Error} if the program is another user's. Neither Deno nor Node has SO_PEERCRED. */
export async function peerProgram(
  socket: Socket,
  path: string,
): Promise<AgentPeer | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  const inode = inodeOf(socket);
  const ss = inode === undefined ? undefined : findProgram("ss", processEnv);
  if (ss === undefined) return undefined;
  const ended = await runToEnd(ss, ["-xpH"], { limit: LIMIT_MS });
  const pid = ended?.code === 0 ? pidIn(ended.stdout, inode!, path) : undefined;
  if (pid === undefined) return undefined;
  try {
    const { uid } = Deno.statSync(`/proc/${pid}`);
    if (uid !== Deno.uid() && uid !== 0) throw new OtherUser();
    const program = Deno.readTextFileSync(`/proc/${pid}/comm`).trim();
    return { pid, ...defined({ program: program || undefined }) };
  } catch (error) {
    if (error instanceof OtherUser) throw error;
    return { pid };
  }
}

class OtherUser extends Error {}

/** The number of our end; the runtimes tell its file descriptor, if not by an interface that is promised. */
function inodeOf(socket: Socket): string | undefined {
  const { fd } = (socket as { _handle?: { fd?: unknown } })._handle ?? {};
  if (typeof fd !== "number" || fd < 0) return undefined;
  try {
    return /^socket:\[(\d+)\]$/.exec(Deno.readLinkSync(`/proc/self/fd/${fd}`))
      ?.[1];
  } catch {
    return undefined;
  }
}

/** In the table of ss: our end says the number of the other, and that line says whose it is. */
function pidIn(table: string, inode: string, path: string): number | undefined {
  const lines = table.split("\n").map((line) => line.trim().split(/\s+/));
  // Netid State Recv-Q Send-Q path inode peer-path peer-inode users
  const peer = lines.find((line) => line[4] === path && line[5] === inode)
    ?.[7];
  const users = lines.find((line) => line[5] === peer && line[7] === inode)
    ?.slice(8).join(" ");
  const [, pid] = /pid=(\d+)/.exec(users ?? "") ?? [];
  return pid === undefined ? undefined : Number(pid);
}
