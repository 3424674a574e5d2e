// Files that a sandbox is given, as the programs read them that they are for.
import { expect } from "expect";
import { test } from "node:test";
import { trustedRoots } from "../../lib/host/net/system_roots.ts";
import {
  isJavaKeystore,
  javaKeystore,
} from "../../lib/sandbox/java_keystore.ts";
import { seccompFilter } from "../../lib/sandbox/seccomp.ts";
import { withHome } from "../support/home.ts";
import { missing, spawn } from "../support/scenario.ts";

test(
  "keytool reads the certificates of a key store, and its password holds",
  { skip: await missing("keytool", "-help") },
  () =>
    withHome(async (folder) => {
      const roots = (await trustedRoots({
        get: () => undefined,
        toObject: () => ({}),
      })).slice(0, 23);
      const path = `${folder}/cacerts`;
      Deno.writeFileSync(path, javaKeystore(roots.slice(0, 20)));
      const env = { PATH: Deno.env.get("PATH")! };
      const listed = await spawn(
        ["keytool", "-list", "-keystore", path, "-storepass", "changeit"],
        env,
      );
      expect(listed.code).toBe(0);
      expect(listed.stdout.match(/trustedCertEntry/g)?.length).toBe(20);
      // Extended, it keeps what it has.
      const base = Deno.readFileSync(path);
      expect([isJavaKeystore(base), isJavaKeystore(base.subarray(1))])
        .toEqual([true, false]);
      Deno.writeFileSync(path, javaKeystore(roots.slice(20), base));
      const more = await spawn(
        ["keytool", "-list", "-keystore", path, "-storepass", "changeit"],
        env,
      );
      expect(more.code).toBe(0);
      expect(more.stdout.match(/trustedCertEntry/g)?.length).toBe(23);
      const wrong = await spawn(
        ["keytool", "-list", "-keystore", path, "-storepass", "another"],
        env,
      );
      expect(wrong.code).not.toBe(0);
    }),
);

const ALLOW = 0x7fff_0000;
const EPERM = 0x0005_0001;
const ENOSYS = 0x0005_0026;
const KILL = 0x8000_0000;

/** What the filter answers: a classic BPF machine of the few instructions that it has (seccomp(2)). */
function judge(filter: Uint8Array, data: number[]): number {
  const view = new DataView(filter.buffer);
  let value = 0;
  for (let at = 0; at < filter.length / 8; at++) {
    const code = view.getUint16(at * 8, true);
    const [yes, no] = [filter[at * 8 + 2]!, filter[at * 8 + 3]!];
    const k = view.getUint32(at * 8 + 4, true);
    if (code === 0x06) return k;
    if (code === 0x20) value = data[k / 4]! >>> 0;
    else {
      const holds = code === 0x15
        ? value === k
        : code === 0x35
        ? value >= k
        : code === 0x45 && (value & k) !== 0;
      at += holds ? yes : no;
    }
  }
  throw new Error("the filter has no end");
}

/** `struct seccomp_data` in words: number, machine, instruction pointer, arguments of two words. */
function call(machine: number, number: number, ...args: number[]): number[] {
  return [
    ...[number, machine, 0, 0],
    ...[0, 1, 2, 3, 4, 5].flatMap((at) => [args[at] ?? 0, 0]),
  ];
}

test("the filter refuses what leads out, and nothing that a program needs", () => {
  const NEWUSER = 0x1000_0000;
  const machines = {
    x86_64: {
      machine: 0xc000_003e,
      calls: {
        ...{ read: 0, ioctl: 16, socket: 41, clone: 56 },
        ...{ keyctl: 250, unshare: 272 },
      },
      other: 0x4000_0003,
    },
    aarch64: {
      machine: 0xc000_00b7,
      calls: {
        ...{ read: 63, ioctl: 29, socket: 198, clone: 220 },
        ...{ keyctl: 219, unshare: 97 },
      },
      other: 0x4000_0028,
    },
  } as const;
  for (const [name, { machine, calls, other }] of Object.entries(machines)) {
    const filter = seccompFilter(name as keyof typeof machines, {
      unixSockets: true,
    });
    const judged = (number: number, ...args: number[]) =>
      judge(filter, call(machine, number, ...args));
    expect(judged(calls.read)).toBe(ALLOW);
    expect(judged(calls.ioctl, 0, 0x5413)).toBe(ALLOW);
    expect(judged(calls.ioctl, 0, 0x5412)).toBe(EPERM);
    expect(judged(calls.ioctl, 0, 0x541c)).toBe(EPERM);
    expect([1, 2, 10, 16].map((family) => judged(calls.socket, family)))
      .toEqual(Array(4).fill(ALLOW));
    expect(judged(calls.socket, 40)).toBe(EPERM);
    expect(judged(calls.clone, 0x0120_0011)).toBe(ALLOW);
    expect(judged(calls.clone, NEWUSER | 17)).toBe(EPERM);
    expect(judged(calls.unshare, NEWUSER)).toBe(EPERM);
    expect(judged(calls.keyctl)).toBe(EPERM);
    expect(judged(425)).toBe(ENOSYS);
    expect(judged(435)).toBe(ENOSYS);
    // Numbers of another machine mean other calls.
    expect(judge(filter, call(0x4000_0003, calls.read))).toBe(KILL);
    expect(judged(other)).toBe(ENOSYS);
  }
});

test("the filter refuses Unix sockets where they are not allowed, and nothing else of sockets", () => {
  const machines = [
    ["x86_64", 0xc000_003e, 41, 53],
    ["aarch64", 0xc000_00b7, 198, 199],
  ] as const;
  for (const [name, machine, socket, socketpair] of machines) {
    const filter = seccompFilter(name, { unixSockets: false });
    const judged = (number: number, family: number) =>
      judge(filter, call(machine, number, family));
    expect(judged(socket, 1)).toBe(EPERM);
    expect([2, 10, 16].map((family) => judged(socket, family)))
      .toEqual(Array(3).fill(ALLOW));
    expect(judged(socketpair, 1)).toBe(ALLOW);
  }
});

test("the filter refuses set-ID bits wherever a call sets a mode", () => {
  // At which place the mode is, and the flags where a call has them.
  const machines = {
    x86_64: [0xc000_003e, [
      ...[[90, 1], [91, 1], [268, 2], [452, 2], [85, 1], [133, 1], [259, 2]],
      ...[[2, 2, 1], [257, 3, 2]],
    ]],
    aarch64: [0xc000_00b7, [[52, 1], [53, 2], [452, 2], [33, 2], [56, 3, 2]]],
  } as const;
  const [CREATE, TEMPORARY] = [0o100, 0o20_200_000];
  for (const [name, [machine, calls]] of Object.entries(machines)) {
    const filter = seccompFilter(name as keyof typeof machines, {
      unixSockets: true,
    });
    for (const [number, place, flags] of calls) {
      const judged = (mode: number, how: number) => {
        const args = [7, 7, 7, 7];
        args[place!] = mode;
        if (flags !== undefined) args[flags] = how;
        return judge(filter, call(machine, number!, ...args));
      };
      for (const how of [CREATE, TEMPORARY, CREATE | 0o2001]) {
        expect([number, judged(0o4755, how)]).toEqual([number, EPERM]);
        expect(judged(0o102755, how)).toBe(EPERM);
        expect(judged(0o101777, how)).toBe(ALLOW);
      }
      const noFile = flags === undefined ? EPERM : ALLOW;
      expect([number, judged(0o7777, 0)]).toEqual([number, noFile]);
    }
    expect(judge(filter, call(machine, 437))).toBe(ENOSYS);
  }
});
