import { expect } from "expect";
import { test } from "node:test";
import { auditFile } from "../../lib/host/home/audit_file.ts";
import { parseEntry, verifyAuditLog } from "../../lib/audit/chain.ts";
import type { AuditEvent } from "../../lib/audit/event.ts";
import { AuditLog } from "../../lib/audit/audit_log.ts";
import type { AuditFile } from "../../lib/ports/home_files.ts";
import { withHome } from "../support/home.ts";
import { moduleCommand, processOf } from "../support/program.ts";

const WORKER =
  new URL("../support/workers/audit_worker.ts", import.meta.url).pathname;
const clock = { now: () => 1_700_000_000_000 };
const EVENT: AuditEvent = { event: "inject", profile: "default", ok: true };

function withLog(
  body: (log: AuditLog, file: AuditFile, path: string) => Promise<void>,
): Promise<void> {
  return withHome((home) => {
    const file = auditFile(home, `${home}/audit.log`);
    return body(new AuditLog(file, clock), file, `${home}/audit.log`);
  });
}

function details(path: string): (string | undefined)[] {
  return Deno.readTextFileSync(path).trimEnd().split("\n").map((line) =>
    parseEntry(line)?.detail
  );
}

test("AuditLog writes one chained line of JSON for each event, in order", () =>
  withLog(async (log, file, path) => {
    for (const detail of ["a", "b"]) log.record({ ...EVENT, detail });
    await log.flush();
    // Enough for the other way to hash: both must make one chain.
    for (let at = 0; at < 150; at++) log.record({ ...EVENT, detail: `${at}` });
    await log.flush();
    log.record({ ...EVENT, detail: "z" });
    await log.flush();
    expect(details(path)).toEqual([
      "a",
      "b",
      ...Array.from({ length: 150 }, (_, at) => `${at}`),
      "z",
    ]);
    expect(await verifyAuditLog(file.lines())).toEqual({
      ok: true,
      entries: 153,
    });
    const first = JSON.parse(Deno.readTextFileSync(path).split("\n")[0]!);
    expect(first).toMatchObject({
      v: 1,
      seq: 1,
      ts: "2023-11-14T22:13:20.000Z",
      event: "inject",
      prev: "0".repeat(64),
    });
  }));

test("AuditLog writes without a flush too", () =>
  withLog(async (log, _, path) => {
    log.record({ ...EVENT, detail: "later" });
    const written = () => {
      try {
        return details(path);
      } catch {
        return [];
      }
    };
    for (let tries = 0; tries < 200 && !written()[0]; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(written()).toEqual(["later"]);
    // The entry is there before the lock beside it is given back.
    await log.flush();
  }));

test("the audit log is private, even under umask 000", () =>
  withLog(async (log, _, path) => {
    const before = Deno.umask(0);
    try {
      log.record(EVENT);
      await log.flush();
    } finally {
      Deno.umask(before);
    }
    expect(Deno.statSync(path).mode! & 0o777).toBe(0o600);
  }));

test("AuditLog refuses a link, a second name and a file that others may read", () =>
  withLog(async (log, _, path) => {
    log.record(EVENT);
    const plant = [
      () => Deno.symlinkSync("/etc/hostname", path),
      () => {
        Deno.writeTextFileSync(`${path}.other`, "", { mode: 0o600 });
        Deno.linkSync(`${path}.other`, path);
      },
      () => {
        Deno.writeTextFileSync(path, "");
        Deno.chmodSync(path, 0o644);
      },
      () => Deno.mkdirSync(path),
    ];
    for (const make of plant) {
      make();
      await expect(log.flush()).rejects.toMatchObject({
        code: "StoreUnavailable",
        exitCode: 9,
      });
      Deno.removeSync(path);
    }
    // What could not be written was kept.
    await log.flush();
    expect(details(path)).toHaveLength(1);
  }));

test("an entry that was torn by a crash is not taken for one", () =>
  withLog(async (log, file, path) => {
    log.record({ ...EVENT, detail: "whole" });
    await log.flush();
    const text = Deno.readTextFileSync(path);
    for (const torn of ['{"v":1,"seq":2', text.trimEnd()]) {
      Deno.writeTextFileSync(path, text + torn);
      expect(await verifyAuditLog(file.lines())).toEqual({
        ok: true,
        entries: 1,
      });
    }
    log.record({ ...EVENT, detail: "after" });
    await log.flush();
    expect(details(path)).toEqual(["whole", "after"]);
    expect(await verifyAuditLog(file.lines())).toEqual({
      ok: true,
      entries: 2,
    });
    Deno.writeTextFileSync(path, "torn from the start");
    log.record(EVENT);
    await log.flush();
    expect(details(path)).toHaveLength(1);
  }));

test("the head is found behind lines of any length", () =>
  withLog(async (log, file, path) => {
    for (const length of [8_000, 8_192, 8_193, 20_000, 1]) {
      const last = "x".repeat(length);
      Deno.writeTextFileSync(path, `first\n${last}\n`, { mode: 0o600 });
      await file.append((found) => {
        expect(found === last).toBe(true);
        return Promise.resolve(["next"]);
      });
      expect(Deno.readTextFileSync(path)).toBe(`first\n${last}\nnext\n`);
      Deno.writeTextFileSync(path, `${last}\n`);
      await file.append((found) => {
        expect(found === last).toBe(true);
        return Promise.resolve([]);
      });
    }
    log.record(EVENT);
    await log.flush();
  }));

test("events beyond the bound are counted, not kept", () =>
  withHome(async (home) => {
    const file = auditFile(home, `${home}/audit.log`);
    const log = new AuditLog(file, clock, { maxWaiting: 3 });
    for (let at = 0; at < 10; at++) log.record({ ...EVENT, detail: `${at}` });
    await log.flush();
    expect(details(`${home}/audit.log`)).toEqual(["0", "1", "2", "7 events"]);
    expect(await verifyAuditLog(file.lines())).toEqual({
      ok: true,
      entries: 4,
    });
  }));

test("20 processes append at once: nothing is lost and the chain holds", () =>
  withHome(async (home) => {
    const workers = Array.from(
      { length: 20 },
      (_, at) =>
        processOf(moduleCommand(WORKER, home, `w${at}`, "12"), {
          stdout: "piped",
          stderr: "inherit",
        }).output(),
    );
    for (const { success } of await Promise.all(workers)) {
      expect(success).toBe(true);
    }
    const path = `${home}/audit.log`;
    expect(await verifyAuditLog(auditFile(home, path).lines())).toEqual({
      ok: true,
      entries: 240,
    });
    expect(new Set(details(path)).size).toBe(240);
  }));
