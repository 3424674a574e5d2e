// The network of a sandbox on a machine without IPv6: a filter refuses its sockets, as such a kernel does.
import { expect } from "expect";
import { test } from "node:test";
import { networkArguments } from "../../../lib/sandbox/bubblewrap.ts";
import { withHome } from "../../support/home.ts";
import { cliCommand, processOf } from "../../support/program.ts";
import { noSandbox } from "../../support/sandbox/sandbox.ts";

/** EAFNOSUPPORT, what socket(2) says of a family that the kernel does not have. */
const [AF_INET6, NOT_SUPPORTED] = [10, 97];
const SOCKET = { x86_64: 41, aarch64: 198 }[Deno.build.arch];

/** A filter of seccomp(2) that refuses sockets of IPv6: eight bytes for each instruction of BPF. */
function withoutIpv6(): Uint8Array {
  const program: [code: number, yes: number, no: number, value: number][] = [
    [0x20, 0, 0, 0], // The number of the call,
    [0x15, 0, 3, SOCKET],
    [0x20, 0, 0, 16], // its first argument.
    [0x15, 0, 1, AF_INET6],
    [0x06, 0, 0, 0x0005_0000 | NOT_SUPPORTED],
    [0x06, 0, 0, 0x7fff_0000],
  ];
  const view = new DataView(new ArrayBuffer(program.length * 8));
  program.forEach(([code, yes, no, value], at) => {
    view.setUint16(at * 8, code, true);
    view.setUint8(at * 8 + 2, yes);
    view.setUint8(at * 8 + 3, no);
    view.setUint32(at * 8 + 4, value, true);
  });
  return new Uint8Array(view.buffer);
}

test(
  "without IPv6 the network is served by IPv4",
  { skip: noSandbox },
  () =>
    withHome(async (folder) => {
      Deno.writeFileSync(`${folder}/filter`, withoutIpv6());
      const { stdout, stderr } = await processOf(
        [
          ...["sh", "-c", 'exec "$@" 3<"$0"', `${folder}/filter`],
          ...["bwrap", ...networkArguments(), "--seccomp", "3", "--"],
          // Its input has ended, so it ends when it has said that it serves.
          ...cliCommand("__sandbox-network"),
        ],
        { stdin: "null" },
      ).output();
      const text = new TextDecoder().decode(stdout);
      expect({ text, stderr: new TextDecoder().decode(stderr) }).toEqual({
        text: "ready\n",
        stderr: "",
      });
    }),
);
