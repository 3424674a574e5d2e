/** Which user of this machine is at the other end of a loopback connection, where the system says so: Linux. @module */
import type { Peer } from "../../form/peer.ts";
import type { Env } from "../../ports/system.ts";

/** The end of a connection: an IPv4 address, and a port. */
export interface End {
  hostname: string;
  port: number;
}

const TABLES = ["/proc/net/tcp", "/proc/net/tcp6"];

/**
 * Who made the connection from `from` to `to`, while it is open. This user and who called sudo are own. Root may speak
 * for anybody: an SSH server that forwards, the relay of WSL. A connection whose maker has left it is another's: nobody
 * waits for its answer.
 */
export function peerOf(
  from: End,
  to: End,
  env?: Env,
  read: (path: string) => string = Deno.readTextFileSync,
): Peer {
  if (Deno.build.os !== "linux") return { who: "unknown" };
  let uid: number | undefined;
  let readable = false;
  for (const table of TABLES) {
    let text: string;
    try {
      text = read(table);
    } catch {
      continue; // Hidden, or without IPv6.
    }
    readable = true;
    uid ??= userIn(text, from, to);
  }
  if (uid === undefined) {
    return { who: readable && !isWsl(read) ? "other" : "unknown" };
  }
  if (uid === Deno.uid() || String(uid) === env?.get("SUDO_UID")) {
    return { who: "own" };
  }
  return uid === 0 ? { who: "unknown" } : { who: "other", uid };
}

/**
 * The user of the socket at `from` in the kernel's table (proc_net_tcp): columns 2 and 3 are its ends, 8 its user, 10 its
 * inode. Without an inode no program has the socket any more, and the user is not to be believed.
 */
function userIn(table: string, from: End, to: End): number | undefined {
  const [local, remote] = [ends(from), ends(to)];
  for (const line of table.split("\n")) {
    const columns = line.trim().split(/\s+/);
    if (
      local.includes(columns[1]!) && remote.includes(columns[2]!) &&
      columns[9] !== "0" && /^\d+$/.test(columns[7] ?? "")
    ) return Number(columns[7]);
  }
}

const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** How the tables write an end: each word of the address in the machine's order, as IPv4 and as IPv6 that holds it. */
function ends({ hostname, port }: End): string[] {
  const bytes = hostname.replace(/^::ffff:/i, "").split(".").map(Number);
  if (LITTLE_ENDIAN) bytes.reverse();
  const address = bytes.map((byte) => hex(byte, 2)).join("");
  const mapped = LITTLE_ENDIAN ? "FFFF0000" : "0000FFFF";
  return [address, `${"0".repeat(16)}${mapped}${address}`].map((end) =>
    `${end}:${hex(port, 4)}`
  );
}

function hex(number: number, digits: number): string {
  return number.toString(16).toUpperCase().padStart(digits, "0");
}

/** There a connection may come from Windows, and no table has its other end. */
function isWsl(read: (path: string) => string): boolean {
  try {
    return /microsoft/i.test(read("/proc/sys/kernel/osrelease"));
  } catch {
    return false;
  }
}
