import { expect } from "expect";
import { test } from "node:test";
import { chainEntries, chainHead } from "../../../lib/audit/chain.ts";
import type { AuditEvent } from "../../../lib/audit/event.ts";
import {
  formatCursor,
  parseCursor,
  START,
} from "../../../lib/audit/export/cursor.ts";
import {
  type Destination,
  type ExportedEntry,
  ExportError,
  type Taken,
} from "../../../lib/audit/export/export_destination.ts";
import { AuditExporter } from "../../../lib/audit/export/exporter.ts";
import { ExportingAudit } from "../../../lib/audit/export/exporting_audit.ts";
import { sleep } from "../../../lib/login/sleep.ts";

const NEVER = new AbortController().signal;

/** A log in memory, and a fake destination whose answers a test gives. */
class FakeRig {
  lines: string[] = [];
  cursor: string | undefined;
  isLocked = false;
  now = Date.UTC(2026, 0, 1);
  /** The `seq` of what arrived, by request. */
  requests: number[][] = [];
  events: Partial<AuditEvent>[] = [];
  answer: (
    entries: readonly ExportedEntry[],
    signal: AbortSignal,
  ) => Taken | Promise<Taken> = () => ({});

  async add(count: number): Promise<void> {
    const event: AuditEvent = { event: "get", profile: "default", ok: true };
    this.lines.push(
      ...await chainEntries(
        chainHead(this.lines.at(-1)),
        Array(count).fill({ at: this.now, event }),
      ),
    );
  }

  readonly exporter = new AuditExporter({
    file: {
      lines: async function* (this: { rig: FakeRig }) {
        yield* this.rig.lines;
      }.bind({ rig: this }),
    },
    host: {
      cursor: () => ({
        read: () => Promise.resolve(this.cursor),
        write: (text) => Promise.resolve(void (this.cursor = text)),
        tryLock: () => {
          if (this.isLocked) return Promise.resolve(undefined);
          this.isLocked = true;
          return Promise.resolve({
            release: () => void (this.isLocked = false),
          });
        },
      }),
    },
    destinations: [
      {
        name: "otlp",
        place: "collector.example",
        send: async (entries, signal) => {
          const taken = await this.answer(entries, signal);
          this.requests.push(entries.map(({ entry }) => entry.seq));
          return taken;
        },
      } satisfies Destination,
    ],
    clock: { now: () => this.now },
    sleep: (milliseconds) => {
      this.now += milliseconds;
      return Promise.resolve();
    },
    record: (event) => void this.events.push(event),
  });

  async push(options = {}, signal = NEVER) {
    const [pushed] = await this.exporter.push(signal, options);
    return pushed!;
  }
}

const refuse =
  (...problem: ConstructorParameters<typeof ExportError>) => () => {
    throw new ExportError(...problem);
  };

test("each entry is sent once, in batches, and the next push goes on from there", async () => {
  const rig = new FakeRig();
  await rig.add(1_100);
  expect(await rig.push()).toMatchObject({
    sent: 1_100,
    seq: 1_100,
    missed: 0,
  });
  expect(rig.requests.map(({ length }) => length)).toEqual([512, 512, 76]);
  expect(rig.requests.flat()).toEqual(rig.lines.map((_, at) => at + 1));
  rig.requests = [];
  expect(await rig.push()).toMatchObject({ sent: 0 });
  expect(rig.requests).toEqual([]);
  await rig.add(2);
  expect(await rig.push()).toMatchObject({ sent: 2, seq: 1_102 });
  expect(rig.requests).toEqual([[1_101, 1_102]]);
  expect(rig.events).toEqual([]);
  rig.requests = [];
  expect(await rig.push({ all: true })).toMatchObject({ sent: 1_102 });
});

test("what was not taken is sent later; the failure and the recovery are noted once", async () => {
  const rig = new FakeRig();
  await rig.add(600);
  let calls = 0;
  rig.answer = () => {
    if (++calls > 1) throw new ExportError("unreachable", "it is away");
    return {};
  };
  expect(await rig.push()).toMatchObject({
    sent: 512,
    seq: 512,
    failing: { problem: "unreachable", message: "it is away", tries: 1 },
  });
  // Until its time nobody asks again, unless a person does.
  expect(await rig.push()).toMatchObject({ sent: 0, failing: { tries: 1 } });
  expect(calls).toBe(2);
  expect(await rig.push({ force: true })).toMatchObject({
    failing: { tries: 2 },
  });
  expect(calls).toBe(3);
  rig.now += 10_000;
  rig.answer = () => ({});
  expect(await rig.push()).toMatchObject({ sent: 88, seq: 600 });
  expect(rig.requests.flat()).toEqual(rig.lines.map((_, at) => at + 1));
  expect(rig.events).toMatchObject([
    { event: "log_export", ok: false, reason: "unreachable", detail: "otlp" },
    { event: "log_export", ok: true, detail: "otlp" },
  ]);
});

test("the pause grows to five minutes; a refusal waits as long at once", async () => {
  const rig = new FakeRig();
  await rig.add(1);
  const pauses: number[] = [];
  rig.answer = refuse("unreachable", "away");
  for (let times = 0; times < 9; times++) {
    const { failing } = await rig.push({ force: true });
    pauses.push(failing!.retryAt - rig.now);
  }
  expect(pauses.map((pause) => pause / 1000))
    .toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
  const other = new FakeRig();
  await other.add(1);
  other.answer = refuse("refused", "401");
  const { failing } = await other.push();
  expect(failing!.retryAt - other.now).toBe(300_000);
});

test("a destination that asks to come again is waited for as long as the caller will", async () => {
  const rig = new FakeRig();
  await rig.add(1);
  let calls = 0;
  rig.answer = () => {
    if (++calls < 3) throw new ExportError("busy", "503", 7_000);
    return {};
  };
  const start = rig.now;
  expect(await rig.push({ patience: 30_000 })).toMatchObject({ sent: 1 });
  expect(rig.now - start).toBe(14_000);
  const hurried = new FakeRig();
  await hurried.add(1);
  hurried.answer = refuse("busy", "503", 60_000);
  const { failing } = await hurried.push({ patience: 30_000 });
  expect(failing!.retryAt - hurried.now).toBe(60_000);
});

test("what is too large is halved, and what is too large by itself is counted and left out", async () => {
  const rig = new FakeRig();
  await rig.add(9);
  rig.answer = (entries) => {
    if (entries.length > 2 || entries.some(({ entry }) => entry.seq === 5)) {
      throw new ExportError("too_large", "413");
    }
    return {};
  };
  expect(await rig.push()).toMatchObject({ sent: 9, rejected: 1, seq: 9 });
  expect(rig.requests.flat()).toEqual([1, 2, 3, 4, 6, 7, 8, 9]);
  expect(rig.events).toMatchObject([
    { ok: false, reason: "rejected", detail: "otlp: 1 entry" },
  ]);
});

test("a partial success is noted, and nothing of it is sent again", async () => {
  const rig = new FakeRig();
  await rig.add(3);
  rig.answer = () => ({ rejected: 2 });
  expect(await rig.push()).toMatchObject({ sent: 3, rejected: 2 });
  expect(rig.events).toMatchObject([
    { ok: false, reason: "rejected", detail: "otlp: 2 entries" },
  ]);
  await rig.push();
  expect(rig.requests.length).toBe(1);
});

test("entries that are gone before they were sent are counted; a log that was replaced is sent from its start", async () => {
  const rig = new FakeRig();
  await rig.add(3);
  await rig.push();
  await rig.add(4);
  // As a rotation removes the oldest.
  rig.lines = rig.lines.slice(5);
  expect(await rig.push()).toMatchObject({ sent: 2, missed: 2, seq: 7 });
  expect(rig.events).toMatchObject([
    { ok: false, reason: "entries_missing", detail: "otlp: 2 entries" },
  ]);
  for (const length of [2, 7, 12]) {
    const replaced = new FakeRig();
    await replaced.add(7);
    await replaced.push();
    replaced.lines = [];
    replaced.now += 1;
    await replaced.add(length);
    replaced.requests = [];
    expect(await replaced.push()).toMatchObject({ sent: length, seq: length });
    expect(replaced.events).toMatchObject([
      { ok: false, reason: "log_replaced" },
    ]);
  }
});

test("one process sends at a time", async () => {
  const rig = new FakeRig();
  await rig.add(1);
  const { promise, resolve } = Promise.withResolvers<Taken>();
  rig.answer = () => promise;
  const first = rig.push();
  expect(await rig.push()).toMatchObject({ locked: true, sent: 0 });
  resolve({});
  expect(await first).toMatchObject({ sent: 1 });
  expect(rig.requests).toEqual([[1]]);
});

test("a cursor that is damaged begins anew", () => {
  const cursor = { seq: 7, hash: "ab" };
  expect(parseCursor(formatCursor(cursor))).toEqual(cursor);
  for (
    const text of [undefined, "", "x", "[]", "{}", '{"seq":-1,"hash":"a"}']
  ) {
    expect(parseCursor(text)).toEqual(START);
  }
  expect(parseCursor('{"seq":7,"hash":"ab","failing":{}}')).toEqual(cursor);
});

/** The timers of a process. */
const after = (milliseconds: number, work: () => void) => {
  const timer = setTimeout(work, milliseconds);
  return () => clearTimeout(timer);
};
const EVENT: AuditEvent = { event: "get", profile: "default", ok: true };
const LOG = {
  record: () => {},
  flush: () => Promise.resolve(),
  isFailing: false,
  probe: () => Promise.resolve(),
};

test("the end of a process waits two seconds at most, whatever the destination does", async () => {
  for (const isDeaf of [false, true]) {
    const audit = new ExportingAudit(LOG, {
      // What does not even listen to its signal.
      push: async (signal) => {
        await (isDeaf ? new Promise(() => {}) : sleep(60_000, signal));
        return [];
      },
    }, after);
    audit.record(EVENT);
    const start = performance.now();
    await audit.finish();
    expect(performance.now() - start).toBeLessThan(4_000);
  }
});

test("a process that recorded nothing sends nothing, and one that did sends it at its end", async () => {
  let pushes = 0;
  const exporter = {
    push: () => {
      pushes++;
      return Promise.resolve([]);
    },
  };
  await new ExportingAudit(LOG, exporter, after).finish();
  expect(pushes).toBe(0);
  const audit = new ExportingAudit(LOG, exporter, after);
  audit.record(EVENT);
  await audit.flush();
  expect(pushes).toBe(0);
  await audit.finish();
  expect(pushes).toBe(1);
});
