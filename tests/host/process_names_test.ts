// Names of processes tell the living from the ended, and nothing of another machine, container or restart.
import { expect } from "expect";
import { test } from "node:test";
import { machineProcesses } from "../../lib/host/process_names.ts";
import { moduleCommand, processOf } from "../support/program.ts";
import { missing } from "../support/missing.ts";

const SKIP = Deno.build.os === "linux" ? false : "it is about Linux";
const NAMES = new URL("../../lib/host/process_names.ts", import.meta.url);

/** The name of this process with another id, start or place. */
function like(change: Partial<{ place: string; pid: number; start: string }>) {
  const parts = machineProcesses().self()!.split(".");
  const start = parts.pop()!;
  const pid = parts.pop()!;
  return [
    change.place ?? parts.join("."),
    change.pid ?? pid,
    change.start ?? start,
  ].join(".");
}

function startOf(pid: number): string {
  const text = Deno.readTextFileSync(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(")") + 2).split(" ")[19]!;
}

test("this process is known, and runs", { skip: SKIP }, () => {
  const processes = machineProcesses();
  expect(processes.look(processes.self()!)).toEqual({
    pid: Deno.pid,
    hasEnded: false,
  });
});

test("a process that was killed has ended, also while nobody has fetched it", {
  skip: SKIP,
}, async () => {
  // The shell becomes a program that never fetches its child.
  const parent = processOf([
    "sh",
    "-c",
    "sleep 600 & echo $!; exec sleep 600",
  ], { stdout: "piped" }).spawn();
  const reader = parent.stdout.getReader();
  const pid = Number(new TextDecoder().decode((await reader.read()).value));
  const name = like({ pid, start: startOf(pid) });
  const { look } = machineProcesses();
  expect(look(name)).toEqual({ pid, hasEnded: false });
  Deno.kill(pid, "SIGKILL");
  while (!/\) [ZX] /.test(Deno.readTextFileSync(`/proc/${pid}/stat`))) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(look(name)).toEqual({ pid, hasEnded: true });
  parent.kill("SIGKILL");
  await reader.cancel();
  await parent.status;
  while (look(name)?.hasEnded === false) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(look(name)).toEqual({ pid, hasEnded: true });
});

test("a process that got the id later is another", { skip: SKIP }, () => {
  const { look } = machineProcesses();
  expect(look(like({ start: "1" }))?.hasEnded).toBe(true);
});

test(
  "of a process of another start of the machine, of another container or user nothing is said",
  { skip: SKIP },
  () => {
    const { look } = machineProcesses();
    const place = like({}).split(".").slice(0, -2);
    for (let at = 0; at < place.length; at++) {
      const other = place.with(at, at === 0 ? crypto.randomUUID() : "7");
      expect(look(like({ place: other.join("."), pid: 999_999_999 })))
        .toBeUndefined();
    }
    for (const name of ["", "x", "1.2", "..", "4711"]) {
      expect(look(name)).toBeUndefined();
    }
  },
);

test("a process file system of another namespace, or one that is missing, says nothing", async () => {
  expect(machineProcesses("/nonexistent").self()).toBeUndefined();
  const proc = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${proc}/self/ns`, { recursive: true });
    await Deno.mkdir(`${proc}/sys/kernel/random`, { recursive: true });
    await Deno.writeTextFile(
      `${proc}/sys/kernel/random/boot_id`,
      `${crypto.randomUUID()}\n`,
    );
    for (const ns of ["pid", "time"]) {
      await Deno.symlink(`${ns}:[4026531836]`, `${proc}/self/ns/${ns}`);
    }
    await Deno.mkdir(`${proc}/${Deno.pid}`);
    const stat = `1 (a) b) ${["S", ...Array(18).fill("1"), "77"].join(" ")}`;
    await Deno.writeTextFile(`${proc}/${Deno.pid}/stat`, stat);
    const self = async (ids: string) => {
      await Deno.writeTextFile(`${proc}/self/status`, `NSpid:\t${ids}\n`);
      return machineProcesses(proc).self();
    };
    expect(await self(`4711\t${Deno.pid}`)).toBeUndefined();
    expect(await self("4711")).toBeUndefined();
    expect(await self(String(Deno.pid))).toEqual(
      Deno.build.os === "linux"
        ? expect.stringMatching(new RegExp(`\\.${Deno.pid}\\.77$`))
        : undefined,
    );
  } finally {
    await Deno.remove(proc, { recursive: true });
  }
});

const UNSHARE = ["--user", "--map-root-user", "--pid", "--fork"];

test(
  "in a container of its own a process is not taken for one of this machine",
  {
    skip: SKIP || await missing("unshare", ...UNSHARE, "true"),
  },
  async () => {
    const program = `${await Deno.makeTempDir()}/names.ts`;
    try {
      await Deno.writeTextFile(
        program,
        `import { machineProcesses } from ${JSON.stringify(NAMES.href)};
const { self, look } = machineProcesses();
console.log(JSON.stringify([self() ?? null, look(Deno.args[0]) ?? null]));`,
      );
      const ours = like({});
      for (const extra of [[], ["--mount-proc"]]) {
        const { stdout } = await processOf([
          "unshare",
          ...UNSHARE,
          ...extra,
          ...moduleCommand(program, ours),
        ]).output();
        const [theirs, seen] = JSON.parse(new TextDecoder().decode(stdout));
        expect(seen).toBeNull();
        // Without a process file system of its own it does not even know itself.
        expect(theirs === null).toBe(extra.length === 0);
        if (theirs !== null) {
          expect(machineProcesses().look(theirs)).toBeUndefined();
        }
      }
    } finally {
      await Deno.remove(program.replace(/\/names\.ts$/, ""), {
        recursive: true,
      });
    }
  },
);
