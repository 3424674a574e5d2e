import { expect } from "expect";
import { test } from "node:test";
import { connect, createServer, type Socket } from "node:net";
import { peerOf } from "../../../lib/host/login/peer_user.ts";

const LINUX = Deno.build.os === "linux" ? false : "there is no /proc";
const from = { hostname: "127.0.0.1", port: 0xc001 };
const to = { hostname: "127.0.0.1", port: 7998 };
const ME = Deno.uid()!;
/** Neither this user nor root. */
const OTHER = ME + 1234;
const HEAD =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const row = (local: string, remote: string, uid: number, inode = 4711) =>
  `   1: ${local} ${remote} 01 00000000:00000000 00:00000000 00000000 ${
    String(uid).padStart(5)
  }        0 ${inode} 1 0000000000000000 20 4 30 10 -1\n`;
/** In the order of a machine with the little end first, as all are that the tests run on. */
const MINE = ["0100007F:C001", "0100007F:1F3E"] as const;
const MAPPED = [
  "0000000000000000FFFF00000100007F:C001",
  "0000000000000000FFFF00000100007F:1F3E",
] as const;
const [CLIENT, SERVER] = MINE;

/** Who it is when the tables say this; a table that is left out cannot be read. */
const who = (
  tables: { tcp?: string; tcp6?: string; osrelease?: string },
  env: Record<string, string> = {},
) =>
  peerOf(
    from,
    to,
    { get: (name) => env[name], toObject: () => env },
    (path) => {
      const text = tables[path.split("/").at(-1) as "tcp"];
      if (text === undefined) throw new Error("cannot be read");
      return text;
    },
  );

test(
  "peerOf() finds the user in the kernel's table, whatever else stands there",
  { skip: LINUX },
  () => {
    const noise = row("0200007F:C001", SERVER, 7) + row(SERVER, CLIENT, 8) +
      row(CLIENT, "0100007F:1F3F", 9) + row("0100007F:C002", SERVER, 10);
    const mine = row(CLIENT, SERVER, OTHER);
    const other = { who: "other", uid: OTHER };
    expect(who({ tcp: HEAD + noise + mine })).toEqual(other);
    expect(who({ tcp: HEAD + mine + noise })).toEqual(other);
    expect(who({ tcp6: HEAD + row(...MAPPED, OTHER), tcp: HEAD }))
      .toEqual(other);
    expect(who({ tcp: HEAD + noise + row(CLIENT, SERVER, ME) }))
      .toEqual({ who: "own" });
  },
);

test(
  "peerOf() believes no socket that its program has left, and no table without the connection",
  { skip: LINUX },
  () => {
    for (const uid of [0, ME]) {
      expect(who({ tcp: HEAD + row(CLIENT, SERVER, uid, 0) }))
        .toEqual({ who: "other" });
    }
    expect(who({ tcp: HEAD })).toEqual({ who: "other" });
    expect(who({ tcp: HEAD, tcp6: HEAD, osrelease: "5.15.0-generic" }))
      .toEqual({ who: "other" });
    // A browser of Windows has no socket here.
    expect(who({ tcp: HEAD, osrelease: "5.15.0-microsoft-standard-WSL2" }))
      .toEqual({ who: "unknown" });
    expect(who({})).toEqual({ who: "unknown" });
  },
);

test(
  "peerOf() takes who called sudo for the person, and root for nobody in particular",
  { skip: LINUX },
  () => {
    const tcp = HEAD + row(CLIENT, SERVER, OTHER);
    expect(who({ tcp }, { SUDO_UID: String(OTHER) })).toEqual({ who: "own" });
    expect(who({ tcp }, { SUDO_UID: "12" })).toEqual({
      who: "other",
      uid: OTHER,
    });
    expect(who({ tcp: HEAD + row(CLIENT, SERVER, 0) }))
      .toEqual({ who: ME === 0 ? "own" : "unknown" });
  },
);

test(
  "peerOf() finds real connections of both kinds of socket",
  { skip: LINUX },
  async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as { port: number };
    for (const host of ["127.0.0.1", "::ffff:127.0.0.1"]) {
      const accepted = new Promise<Socket>((resolve) =>
        server.once("connection", resolve)
      );
      const client = connect({ host, port });
      const socket = await accepted;
      const ends = [
        { hostname: socket.remoteAddress!, port: socket.remotePort! },
        { hostname: socket.localAddress!, port: socket.localPort! },
      ] as const;
      expect(peerOf(...ends)).toEqual({ who: "own" });
      const closed = new Promise((resolve) => socket.on("close", resolve));
      socket.resume();
      client.destroy();
      await closed;
      expect(peerOf(...ends)).toEqual({ who: "other" });
    }
    await new Promise((done) => server.close(done));
  },
);
