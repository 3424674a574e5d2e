/** Where the programs that this process started connect to. Linux only: elsewhere nothing is seen. @module */
import { link, read } from "../../sandbox/channels/looking.ts";

/** How often one looks, in milliseconds. What is over sooner is missed. */
const EVERY_MS = 25;

/**
 * Watches them.
 *
 * @param proxyPort of 127.0.0.1, which does not count.
 * @returns ends it, and gives the addresses: `203.0.113.7:443`, each once.
 */
export function watchConnections(proxyPort: number): () => string[] {
  if (Deno.build.os !== "linux") return () => [];
  /** By its port at this end. */
  const found = new Map<string, Set<string>>();
  const served = new Set<string>();
  const look = () => {
    const sockets = new Map<string, Socket>();
    for (const socket of tcpSockets()) {
      const { port, listens, host, remotePort, inode } = socket;
      if (listens) served.add(port);
      else if (
        inode !== "0" && remotePort !== NAMES &&
        !(remotePort === proxyPort && host === "127.0.0.1")
      ) sockets.set(inode, socket);
    }
    if (sockets.size === 0) return;
    for (const pid of descendants(Deno.pid)) {
      for (const name of namesIn(`/proc/${pid}/fd`)) {
        const [, inode = ""] = /^socket:\[(\d+)\]$/.exec(
          link(`/proc/${pid}/fd/${name}`),
        ) ?? [];
        const socket = sockets.get(inode);
        if (!socket) continue;
        const { port, host, remotePort } = socket;
        const all = found.get(port) ?? new Set();
        found.set(port, all.add(`${host}:${remotePort}`));
      }
    }
  };
  const timer = setInterval(look, EVERY_MS);
  return () => {
    clearInterval(timer);
    // What was accepted was opened by others. The table is not read in one moment, so this is known only now.
    return [
      ...new Set(
        [...found].flatMap(([port, all]) => served.has(port) ? [] : [...all]),
      ),
    ];
  };
}

/** Port of name servers. */
const NAMES = 53;

/** A TCP socket; `port` is hexadecimal, of this end. */
interface Socket {
  port: string;
  listens: boolean;
  /** Of the other end. */
  host: string;
  remotePort: number;
  inode: string;
}

/** All of this network, proc_net(5). */
function tcpSockets(): Socket[] {
  const ENTRY =
    /^ *\d+: [0-9A-F]+:(\S+) ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) (\S+) \S+ \S+ \S+ +\d+ +\d+ (\d+) /gm;
  return ["tcp", "tcp6"].flatMap((table) =>
    [...read(`/proc/self/net/${table}`).matchAll(ENTRY)]
      .map(([, port, host, remotePort, state, inode]) => ({
        port: port!,
        listens: state === "0A",
        host: readable(host!),
        remotePort: parseInt(remotePort!, 16),
        inode: inode!,
      }))
  );
}

/** An address of the table: 32-bit words in the order of the machine, which is little-endian wherever we run. */
function readable(hex: string): string {
  const bytes = hex.match(/.{8}/g)!
    .flatMap((word) =>
      word.match(/../g)!.reverse().map((byte) => parseInt(byte, 16))
    );
  const mapped = bytes.length === 16 &&
    bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255;
  if (bytes.length === 4 || mapped) return bytes.slice(-4).join(".");
  const groups = Array.from(
    { length: 8 },
    (_, at) => (bytes[2 * at]! * 256 + bytes[2 * at + 1]!).toString(16),
  );
  return `[${new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1)}]`;
}

/** The processes below `pid`. */
function descendants(pid: number): string[] {
  const children = new Map<string, string[]>();
  for (const name of namesIn("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = read(`/proc/${name}/stat`);
    const [, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (parent) children.set(parent, [...children.get(parent) ?? [], name]);
  }
  const found = [...children.get(String(pid)) ?? []];
  for (const each of found) found.push(...children.get(each) ?? []);
  return found;
}

function namesIn(folder: string): string[] {
  try {
    return Array.from(Deno.readDirSync(folder), ({ name }) => name);
  } catch {
    return [];
  }
}
