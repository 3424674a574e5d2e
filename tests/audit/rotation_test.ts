// Files that are set aside and removed, and processes that are killed while they do it.
import { expect } from "expect";
import { after, test } from "node:test";
import { AuditLog, type Rotation } from "../../lib/audit/audit_log.ts";
import { chainEntries, ORIGIN, parseEntry } from "../../lib/audit/chain.ts";
import type { AuditEvent } from "../../lib/audit/event.ts";
import { verifyLog } from "../../lib/broker/custody/verify_log.ts";
import { auditFile } from "../../lib/host/home/audit_file.ts";
import { buildFaults } from "../../scripts/torture/call.ts";
import { withBroker } from "../support/connected.ts";
import { withHome } from "../support/home.ts";
import { missing } from "../support/missing.ts";
import { DENO_ONLY, moduleCommand, processOf } from "../support/program.ts";

const WORKER =
  new URL("../support/workers/log_worker.ts", import.meta.url).pathname;
const EVENT: AuditEvent = { event: "inject", profile: "default", ok: true };

function configure(home: string, audit: object): void {
  Deno.writeTextFileSync(
    `${home}/config.json`,
    JSON.stringify({ spec_version: 1, audit }),
    { mode: 0o600 },
  );
}

/** Writes entries one by one, in a process that has opened its vault or has not. */
function write(home: string, details: readonly string[], opened = true) {
  return withBroker(home, async (broker) => {
    if (opened) await broker.vault();
    for (const detail of details) {
      broker.audit.record({ ...EVENT, detail });
      await broker.audit.flush();
    }
  });
}

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => `${from + at}`);
const verified = (home: string) => withBroker(home, verifyLog);

function fullFiles(home: string): string[] {
  return [...Deno.readDirSync(home)].map(({ name }) => name)
    .filter((name) => /^audit\.log\.\d+$/.test(name))
    .sort((a, b) => Number(a.slice(10)) - Number(b.slice(10)));
}

async function details(home: string, event = "inject"): Promise<string[]> {
  const found: string[] = [];
  for await (const line of auditFile(home, `${home}/audit.log`).lines()) {
    const entry = parseEntry(line)!;
    if (entry.event === event) found.push(entry.detail!);
  }
  return found;
}

test("the chain goes on over files that are set aside, and every one is private", () =>
  withHome(async (home) => {
    configure(home, { max_bytes: 800, keep: 100 });
    const before = Deno.umask(0);
    try {
      await write(home, numbers(1, 20));
      // Without a vault too.
      await write(home, numbers(21, 30), false);
      await write(home, numbers(31, 32));
    } finally {
      Deno.umask(before);
    }
    const full = fullFiles(home);
    expect(full.length).toBeGreaterThan(5);
    for (const name of [...full, "audit.log"]) {
      const { mode, size } = Deno.statSync(`${home}/${name}`);
      expect([name, mode! & 0o777]).toEqual([name, 0o600]);
      expect(size).toBeLessThan(800 + 400);
      const first = Deno.readTextFileSync(`${home}/${name}`).split("\n")[0]!;
      if (name !== "audit.log") {
        expect(`audit.log.${parseEntry(first)!.seq}`).toBe(name);
      }
    }
    expect(await details(home)).toEqual(numbers(1, 32));
    expect(await verified(home)).toEqual({
      ...{ ok: true, entries: 32, first: 1, known: 32 },
    });
    // Only the files that are asked for are read.
    const file = auditFile(home, `${home}/audit.log`);
    const from: number[] = [];
    for await (const line of file.lines(30)) from.push(parseEntry(line)!.seq);
    expect(from[0]).toBeGreaterThan(20);
    expect(from.at(-1)).toBe(32);
  }));

test("a full file that is missing, changed or another's is found", async () => {
  const changes: ((home: string, full: string[]) => void)[] = [
    (home, full) => Deno.removeSync(`${home}/${full[0]}`),
    (home, full) => Deno.removeSync(`${home}/${full[2]}`),
    (home, full) => Deno.removeSync(`${home}/${full.at(-1)}`),
    (home) => Deno.removeSync(`${home}/audit.log`),
    (home, full) => Deno.truncateSync(`${home}/${full[1]}`, 300),
    (home, full) =>
      Deno.copyFileSync(`${home}/${full[0]}`, `${home}/${full[1]}`),
  ];
  for (const [at, change] of changes.entries()) {
    await withHome(async (home) => {
      configure(home, { max_bytes: 800, keep: 100 });
      await write(home, numbers(1, 20));
      change(home, fullFiles(home));
      expect([at, await verified(home)]).toMatchObject([at, { ok: false }]);
      await write(home, numbers(21, 23));
      expect([at, await verified(home)]).toMatchObject([at, { ok: false }]);
    });
  }
});

test("what audit.keep does not keep is removed, an entry and the vault say so, and no more may be missing", () =>
  withHome(async (home) => {
    configure(home, { max_bytes: 800, keep: 2 });
    await write(home, numbers(1, 40));
    const full = fullFiles(home);
    expect(full.length).toBe(2);
    const first = Number(full[0]!.slice(10));
    expect(await verified(home)).toMatchObject({ ok: true, first });
    const removed = await details(home, "prune");
    expect(removed.at(-1)).toMatch(
      new RegExp(`^entries \\d+ to ${first - 1}$`),
    );
    const kept = await details(home);
    expect(kept).toEqual(numbers(Number(kept[0]), 40));
    // Only who has the key can say where the log begins.
    await write(home, numbers(41, 60), false);
    expect(fullFiles(home).length).toBeGreaterThan(4);
    expect(await verified(home)).toMatchObject({ ok: true, first });
    await write(home, numbers(61, 64));
    expect(fullFiles(home).length).toBe(2);
    expect(await verified(home)).toMatchObject({ ok: true });
    Deno.removeSync(`${home}/${fullFiles(home)[0]}`);
    expect(await verified(home)).toMatchObject({
      ...{ ok: false, problem: "start_missing" },
    });
  }));

test("with audit.keep 0 the full file goes at once; with audit.max_bytes 0 none is set aside", async () => {
  await withHome(async (home) => {
    configure(home, { max_bytes: 800, keep: 0 });
    await write(home, numbers(1, 12));
    expect(fullFiles(home)).toEqual([]);
    expect(await verified(home)).toMatchObject({ ok: true });
    expect((await details(home)).at(-1)).toBe("12");
  });
  await withHome(async (home) => {
    configure(home, { max_bytes: 0 });
    await write(home, numbers(1, 12));
    expect(fullFiles(home)).toEqual([]);
    expect(await verified(home)).toMatchObject({ ok: true, entries: 12 });
  });
});

test("a name that is taken, or a file that begins with no entry, is left where it is", () =>
  withHome(async (home) => {
    const path = `${home}/audit.log`;
    const file = auditFile(home, path);
    const lines = await chainEntries(ORIGIN, [{ at: 0, event: EVENT }]);
    const rotation: Rotation = { maxBytes: 1, keep: 9 };
    for (const text of ["no entry\n", `${lines[0]}\n`]) {
      Deno.writeTextFileSync(path, text, { mode: 0o600 });
      Deno.writeTextFileSync(`${path}.1`, "before\n", { mode: 0o600 });
      const log = new AuditLog(file, { now: () => 0 }, { rotation });
      log.record(EVENT);
      await log.flush();
      expect(Deno.readTextFileSync(`${path}.1`)).toBe("before\n");
      expect(Deno.readTextFileSync(path)).toContain(text);
    }
    // A link in the place of a full file is not followed.
    Deno.removeSync(`${path}.1`);
    Deno.symlinkSync("/etc/hostname", `${path}.7`);
    await expect((async () => {
      for await (const _ of file.lines());
    })()).rejects.toMatchObject({ code: "StoreUnavailable" });
  }));

async function ended(
  child: Deno.Command,
): Promise<{ said: string[]; signal: Deno.Signal | null }> {
  const { stdout, signal } = await child.output();
  const said = new TextDecoder().decode(stdout).split("\n").slice(0, -1);
  return { said, signal };
}

test("50 processes that set files aside and remove them lose nothing, and the chain holds", () =>
  withHome(async (home) => {
    configure(home, { max_bytes: 2_000, keep: 1_000 });
    await write(home, ["0"]);
    const workers = Array.from(
      { length: 50 },
      (_, at) =>
        ended(processOf(moduleCommand(WORKER, home, `w${at}`, "2"), {
          stdout: "piped",
          stderr: "inherit",
        })),
    );
    const said = (await Promise.all(workers)).flatMap(({ said }) => said);
    expect(said.length).toBe(100);
    expect(fullFiles(home).length).toBeGreaterThan(5);
    const found = await details(home);
    expect(found.toSorted()).toEqual(["0", ...said].toSorted());
    expect(await verified(home)).toMatchObject({
      ...{ ok: true, entries: 101, known: 101 },
    });
  }));

/** Which calls of a process on its home are struck; all of them take minutes. */
const STEP = 8;
const ACTIONS = ["before", "after", "half"];

const folder = Deno.makeTempDirSync({ prefix: "authsome-rotation-" });
after(() => Deno.removeSync(folder, { recursive: true }));
// What makes the faults is Deno's, and so is the program that they strike.
const skip = DENO_ONLY ||
  (Deno.build.os === "linux"
    ? await missing("gcc")
    : "the faults are made for Linux");

test(
  "a process that is killed while it sets files aside and removes them loses nothing, and leaves a log that verifies",
  { skip },
  () =>
    withHome(async (home) => {
      const library = buildFaults(folder);
      configure(home, { max_bytes: 300, keep: 2 });
      await write(home, ["first"]);
      const count = `${folder}/count`;
      let calls = Infinity;
      let killed = 0;
      const acknowledged: string[] = [];
      // Another call in each run of a file that is set aside.
      for (let at = 2; at <= calls; at += STEP) {
        Deno.writeTextFileSync(count, "");
        const action = ACTIONS[at % ACTIONS.length]!;
        const { said, signal } = await ended(
          processOf(moduleCommand(WORKER, home, `k${at}`, "1"), {
            env: {
              ...{ LD_PRELOAD: library, TORTURE_HOME: home },
              ...{ TORTURE_AT: `${at}`, TORTURE_DO: action },
              TORTURE_COUNT: count,
            },
            stdout: "piped",
            stderr: "inherit",
          }),
        );
        acknowledged.push(...said);
        if (signal === "SIGKILL") killed++;
        const all = Deno.readTextFileSync(count);
        if (all !== "") calls = Math.min(calls, Number(all));
        const verdict = await verified(home);
        expect([at, action, verdict]).toMatchObject([at, action, { ok: true }]);
        // What is kept is the end of what was acknowledged, whole.
        const found = await details(home);
        const kept = acknowledged.filter((name) => found.includes(name));
        expect([at, kept]).toEqual([
          at,
          acknowledged.slice(acknowledged.length - kept.length),
        ]);
        const newest = acknowledged.at(-1);
        if (newest) expect(found).toContain(newest);
      }
      expect(killed).toBeGreaterThan(5);
      expect(fullFiles(home).length).toBeLessThanOrEqual(4);
    }),
);

test("a process that waited while others removed what it had written goes on, and what was changed meanwhile shows", () =>
  withHome(async (home) => {
    configure(home, { max_bytes: 600, keep: 2 });
    const path = `${home}/audit.log`;
    await withBroker(home, async (waiting) => {
      await waiting.vault();
      const add = async (detail: string) => {
        waiting.audit.record({ ...EVENT, detail });
        await waiting.audit.flush();
      };
      await add("first");
      for (const round of ["one", "two"]) {
        await write(home, numbers(1, 12));
        await add(`behind ${round}`);
        expect(await verified(home)).toMatchObject({ ok: true });
      }
      // Now the last entry is another one, which was chained by the rules.
      await write(home, numbers(1, 12));
      const lines = Deno.readTextFileSync(path).trimEnd().split("\n");
      const { seq, prev } = parseEntry(lines.pop()!)!;
      const [forged] = await chainEntries({ seq: seq - 1, hash: prev }, [
        { at: 0, event: { ...EVENT, detail: "forged" } },
      ]);
      Deno.writeTextFileSync(path, [...lines, forged, ""].join("\n"));
      await add("behind three");
    });
    expect(await verified(home)).toMatchObject({ ok: false });
  }));
