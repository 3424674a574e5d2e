import { expect } from "expect";
import { test } from "node:test";
import { AuditLog } from "../../lib/audit/audit_log.ts";
import type { AuditEvent } from "../../lib/audit/event.ts";
import {
  decodeHead,
  encodeHead,
  HEAD_KEY,
  type LogHead,
} from "../../lib/audit/log_head.ts";
import type { Broker } from "../../lib/broker/broker.ts";
import { acceptLog, verifyLog } from "../../lib/broker/custody/verify_log.ts";
import { rotateKey } from "../../lib/broker/keys/rotate_key.ts";
import { connect, withBroker } from "../support/connected.ts";
import { withHome } from "../support/home.ts";

const EVENT: AuditEvent = { event: "inject", profile: "default", ok: true };
const POINT = { seq: 3, hash: "a".repeat(64) };

/** Writes so many entries, in a broker of its own that has opened its vault or has not. */
function write(home: string, entries: number, opened = true): Promise<void> {
  return withBroker(home, async (broker) => {
    if (opened) await broker.vault();
    for (let at = 0; at < entries; at++) broker.audit.record(EVENT);
  });
}

function verified(home: string) {
  return withBroker(home, verifyLog);
}

async function headOf(broker: Broker): Promise<LogHead | undefined> {
  const found = await (await broker.vault()).get(HEAD_KEY);
  return found && decodeHead(found.text);
}

const files = (home: string) => [`${home}/audit.log`, `${home}/audit.log.last`];
const read = (home: string) =>
  files(home).map((file) => Deno.readTextFileSync(file));
function put(home: string, texts: readonly string[]): void {
  files(home).forEach((file, at) => {
    Deno.removeSync(file);
    Deno.writeTextFileSync(file, texts[at]!, { mode: 0o600 });
  });
}

test("a head is read as it was written, and nothing else is taken for one", () => {
  for (
    const head of [
      { start: POINT, head: POINT },
      { start: { ...POINT, seq: 0 }, head: POINT, broken: POINT },
    ]
  ) expect(decodeHead(encodeHead(head))).toEqual(head);
  for (
    const text of [
      "",
      "[]",
      "{}",
      JSON.stringify({ v: 2, start: POINT, head: POINT }),
      JSON.stringify({ v: 1, head: POINT }),
      JSON.stringify({ v: 1, start: POINT, head: { ...POINT, seq: 1.5 } }),
      JSON.stringify({ v: 1, start: POINT, head: { ...POINT, seq: -1 } }),
      JSON.stringify({ v: 1, start: POINT, head: { seq: 1, hash: "A" } }),
      JSON.stringify({ v: 1, start: POINT, head: POINT, broken: 1 }),
    ]
  ) expect(() => decodeHead(text)).toThrow(/head of the audit log/);
});

test("a log and its last line that are both put back to an earlier state are found", () =>
  withHome(async (home) => {
    await write(home, 3);
    const before = read(home);
    await write(home, 2);
    expect(await verified(home)).toEqual({
      ...{ ok: true, entries: 5, first: 1, known: 5 },
    });
    put(home, before);
    const cut = { ok: false, entries: 3, problem: "cut_off", line: 4 };
    expect(await verified(home)).toMatchObject(cut);
    // Who has the key goes on behind what is missing, who has not is found out by it.
    for (const opened of [true, false, true]) {
      await write(home, 4, opened);
      expect(await verified(home)).toMatchObject({ ok: false, entries: 3 });
    }
  }));

test("a chain that was made anew is found, shorter or longer, and goes on being found", async () => {
  for (const length of [1, 3, 9]) {
    await withHome(async (home) => {
      await write(home, 3);
      await withHome(async (other) => {
        await write(other, length, false);
        put(home, read(other));
      });
      expect(await verified(home)).toMatchObject({
        ok: false,
        problem: length < 3 ? "cut_off" : "rewritten",
      });
      for (let times = 0; times < 2; times++) {
        await write(home, 2);
        expect(await verified(home)).toMatchObject({ ok: false });
      }
    });
  }
});

test("a log that was deleted is found, and its next entry goes on behind it", () =>
  withHome(async (home) => {
    await write(home, 3);
    for (const file of files(home)) Deno.removeSync(file);
    expect(await verified(home)).toMatchObject({
      ...{ ok: false, entries: 0, problem: "cut_off", known: 3 },
    });
    await write(home, 1);
    expect(JSON.parse(read(home)[0]!).seq).toBe(4);
    expect(await verified(home)).toMatchObject({ ok: false, entries: 0 });
  }));

test("the log may be ahead of the head: after a crash, and by processes that opened no vault", () =>
  withHome(async (home) => {
    await write(home, 3, false);
    expect(await verified(home)).toEqual({ ok: true, entries: 3, first: 1 });
    // A home from before: its vault knows nothing of the log.
    await withBroker(home, (broker) => connect(broker, "openai", "sk-1"));
    expect(await verified(home)).toMatchObject({ ok: true, known: 0 });
    await write(home, 1);
    expect(await verified(home)).toMatchObject({ ok: true, known: 4 });
    await write(home, 2, false);
    expect(await verified(home)).toMatchObject({
      ...{ ok: true, entries: 6, known: 4 },
    });
    await write(home, 1);
    expect(await verified(home)).toMatchObject({
      ...{ ok: true, entries: 7, known: 7 },
    });
  }));

test("an entry that no key vouched for and that was changed is found before it is adopted", () =>
  withHome(async (home) => {
    await write(home, 2);
    await write(home, 3, false);
    const [log, last] = read(home) as [string, string];
    const lines = log.split("\n");
    lines[3] = lines[3]!.replace('"ok":true', '"ok":false');
    put(home, [lines.join("\n"), last]);
    expect(await verified(home)).toMatchObject({
      ok: false,
      problem: "edited",
    });
    await write(home, 1);
    await withBroker(home, async (broker) => {
      expect(await headOf(broker)).toMatchObject({ broken: { seq: 2 } });
    });
    // Mended again, it was changed all the same.
    put(home, [
      `${log}${read(home)[0]!.trimEnd().split("\n").at(-1)}\n`,
      read(home)[1]!,
    ]);
    expect(await verified(home)).toMatchObject({
      ...{ ok: false, problem: "was_changed", broken: 2 },
    });
  }));

test("who accepts the log as it is has it checked from there on", async () => {
  const changes: ((home: string) => void)[] = [
    (home) => files(home).forEach((file) => Deno.removeSync(file)),
    (home) => Deno.truncateSync(`${home}/audit.log`, 500),
    (home) => put(home, ["garbage\n", "garbage\n"]),
    (home) =>
      put(home, read(home).map((text) => text.replace("true", "false"))),
  ];
  for (const change of changes) {
    await withHome(async (home) => {
      await write(home, 5);
      change(home);
      expect(await verified(home)).toMatchObject({ ok: false });
      await write(home, 1);
      await withBroker(home, (broker) => acceptLog(broker, "tested"));
      expect(await verified(home)).toMatchObject({ ok: true, entries: 1 });
      await write(home, 2);
      expect(await verified(home)).toMatchObject({ ok: true, entries: 3 });
      put(home, read(home).map((text) => text.replace(/.*\n$/, "")));
      expect(await verified(home)).toMatchObject({ ok: false });
    });
  }
});

test("the head survives a change of the data key, and its record cannot be changed", () =>
  withHome(async (home) => {
    await write(home, 3);
    await withBroker(home, rotateKey);
    expect(await verified(home)).toMatchObject({ ok: true, known: 3 });
    await withBroker(home, async (broker) => {
      const vault = await broker.vault();
      const store = await broker.store();
      const name = await vault.storeName(HEAD_KEY);
      const { value, revision } = (await store.get(name))!;
      await store.put(
        name,
        value.replace(/.{12}"}$/, 'AAAAAAAA=="}'),
        revision,
      );
      expect(await verifyLog(broker)).toMatchObject({
        obstacle: { code: "RecordCorrupt" },
      });
    });
    await write(home, 1);
    expect(await verified(home)).toMatchObject({
      obstacle: { code: "RecordCorrupt" },
    });
    await withBroker(home, (broker) => acceptLog(broker, "tested"));
    expect(await verified(home)).toMatchObject({ ok: true, entries: 1 });
  }));

test("a vault that does not open, or cannot be written, keeps no entry from the log", () =>
  withHome(async (home) => {
    await write(home, 2);
    await withBroker(home, async (broker) => {
      const vault = await broker.vault();
      const log = new AuditLog(broker.runtime.auditFile, broker.clock, {
        vault: () =>
          Promise.resolve({
            get: (key) => vault.get(key),
            put: () => vault.get("nothing/at/all").then(() => undefined),
            revision: (key) => vault.revision(key),
          }),
      });
      log.record(EVENT);
      await log.flush();
    });
    expect(await verified(home)).toMatchObject({
      ok: true,
      known: 2,
      entries: 3,
    });
    const key = `${home}/master.key`;
    Deno.renameSync(key, `${key}.away`);
    await withBroker(home, async (broker) => {
      await broker.vault().catch(() => {});
      broker.audit.record(EVENT);
      await broker.audit.flush();
      expect(await verifyLog(broker)).toMatchObject({
        ...{ ok: true, entries: 4, obstacle: { code: "MasterKeyUnavailable" } },
      });
    });
    Deno.renameSync(`${key}.away`, key);
    await write(home, 1);
    expect(await verified(home)).toMatchObject({
      ok: true,
      entries: 5,
      known: 5,
    });
  }));

test("a vault that was put back with its log is found by what this machine remembers", () =>
  withHome(async (folder) => {
    const home = `${folder}/home`;
    const before = Deno.env.get("HOME");
    const state = Deno.env.get("XDG_STATE_HOME");
    Deno.env.set("HOME", folder);
    Deno.env.delete("XDG_STATE_HOME");
    const kept = ["vault.db", "audit.log", "audit.log.last"];
    try {
      await write(home, 2);
      const old = kept.map((name) => Deno.readFileSync(`${home}/${name}`));
      await write(home, 2);
      const now = kept.map((name) => Deno.readFileSync(`${home}/${name}`));
      kept.forEach((name, at) =>
        Deno.writeFileSync(`${home}/${name}`, old[at]!)
      );
      expect(await verified(home)).toMatchObject({
        ...{ ok: false, problem: "was_changed" },
      });
      // The next process does not make it good.
      await write(home, 1);
      expect(await verified(home)).toMatchObject({
        ...{ ok: false, problem: "was_changed" },
      });
      await withBroker(home, (broker) => acceptLog(broker, "restored"));
      expect(await verified(home)).toMatchObject({ ok: true });
      kept.forEach((name, at) =>
        Deno.writeFileSync(`${home}/${name}`, now[at]!)
      );
      // A record that is gone.
      await withBroker(home, async (broker) => {
        const vault = await broker.vault();
        await broker.runtime.openStore().then(async (store) => {
          const name = await vault.storeName(HEAD_KEY);
          await store.delete(name, (await store.get(name))!.revision);
          store.close();
        });
        expect(await verifyLog(broker)).toMatchObject({
          obstacle: { code: "RecordCorrupt" },
        });
      });
    } finally {
      if (before !== undefined) Deno.env.set("HOME", before);
      if (state !== undefined) Deno.env.set("XDG_STATE_HOME", state);
    }
  }));
