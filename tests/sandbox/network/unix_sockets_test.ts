// The kernel's tables of Unix sockets and mounts, as texts.
import { expect } from "expect";
import { test } from "node:test";
import {
  boundSockets,
  mountOf,
  mounts,
  seenThrough,
  socketFiles,
} from "../../../lib/sandbox/unix_sockets.ts";

const TABLE = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 11 /run/a.sock
0000000000000000: 00000003 00000000 00000000 0001 03 12 /run/a.sock
0000000000000000: 00000002 00000000 00000000 0002 01 13 relative
0000000000000000: 00000002 00000000 00010000 0005 01    14 /with space
and line

0000000000000000: 00000002 00000000 00010000 0001 01 15 @abstract
0000000000000000: 00000003 00000000 00000000 0001 03 16
0000000000000000: 00000002 00000000 00000000 0001 01 17 /bound/only
`;

test("sockets that serve anybody by a name in the file system", () => {
  expect(boundSockets(TABLE)).toEqual([
    { inode: "11", name: "/run/a.sock" },
    { inode: "13", name: "relative" },
    { inode: "14", name: "/with space\nand line" },
    { inode: "17", name: "/bound/only" },
  ]);
  expect(boundSockets("")).toEqual([]);
});

test("the files of sockets, with the device as ss prints it and as it is", () => {
  const text =
    `Netid State  Recv-Q Send-Q  Local Address:Port  Peer Address:Port
u_dgr UNCONN 0      0            /root/dg 49704            * 0    <-> ino:10035212 dev:0/65024
u_str LISTEN 0      128           relsock 49703            * 0    <-> ino:819 dev:0/29 peers:
u_str ESTAB  0      0                   * 1057             * 1056 <->
u_str ESTAB  0      0         /run/a.sock 1058             * 1059 <-> ino:7 dev:0/29
u_seq LISTEN 0      128    /with space
 x 49705            * 0    <-> ino:10037462 dev:254/0 peers:
`;
  expect([...socketFiles(text)]).toEqual([
    ["49704", { inode: 10035212, devices: ["254:0", "0:65024"] }],
    ["49703", { inode: 819, devices: ["0:29", "0:29"] }],
    [
      "49705",
      { inode: 10037462, devices: [expect.any(String), "254:0"] },
    ],
  ]);
});

test("where a path of one view is in another", () => {
  const theirs = mounts(`1 0 254:0 / / rw - ext4 /dev/vda rw
2 1 0:30 / /tmp rw - tmpfs tmpfs rw
3 2 254:0 /home/u/my\\040project /tmp/shared rw - ext4 /dev/vda rw
`);
  const ours = mounts(`1 0 254:0 / / rw - ext4 /dev/vda rw
2 1 254:0 /home/u /mnt/u rw - ext4 /dev/vda rw
`);
  const at = mountOf("/tmp/shared/a/s", theirs)!;
  expect(at).toEqual({ device: "254:0", inner: "/home/u/my project/a/s" });
  expect(ours.map((mount) => seenThrough(mount, at.inner))).toEqual([
    "/home/u/my project/a/s",
    "/mnt/u/my project/a/s",
  ]);
  expect(seenThrough(ours[1]!, "/home/other")).toBeUndefined();
  expect(mountOf("/tmp/x", theirs)).toEqual({ device: "0:30", inner: "/x" });
  expect(mountOf("/x", theirs)).toEqual({ device: "254:0", inner: "/x" });
  expect(mountOf("/x", [])).toBeUndefined();
});
