// Which readings of other processes are used. Two readers of one vault stand for two processes, with clocks of their own.
import { expect } from "expect";
import { test } from "node:test";
import type { Connection } from "../../../lib/connection/connection.ts";
import { ReferenceReader } from "../../../lib/connection/references/reference_reader.ts";
import { SharedReadings } from "../../../lib/connection/references/shared_readings.ts";
import { memoryStore } from "../../../lib/host/vault/memory_store.ts";
import type { ManagerAnswer } from "../../../lib/ports/secret_managers.ts";
import type { SharedMemory } from "../../../lib/ports/shared_memory.ts";
import { Secret } from "../../../lib/secret.ts";
import { Vault } from "../../../lib/vault/vault.ts";

const REFERENCE = "op://vault/item/field";

function connection(over: Partial<Connection> = {}): Connection {
  return {
    provider: "groq",
    name: "default",
    revision: 3,
    credential: { type: "api_key", fields: { api_key: new Secret("") } },
    references: { api_key: REFERENCE },
    state: "connected",
    createdAt: 1,
    updatedAt: 1,
    ...over,
  };
}

async function machine() {
  let uptime = 100_000;
  let calls = 0;
  const texts = new Map<string, string>();
  let answer: ManagerAnswer | undefined;
  const vault = await Vault.open(memoryStore(), {
    read: () => Promise.resolve(new Uint8Array(32)),
    create: () => Promise.resolve(),
  });
  const secret = () => `secret-${calls}`;
  return {
    texts,
    vault,
    calls: () => calls,
    pass: (milliseconds: number) => void (uptime += milliseconds),
    says: (next: ManagerAnswer | undefined) => void (answer = next),
    /** A process that is started now, with a clock that says something else. */
    process(wall: number) {
      const clock = { now: () => wall + uptime };
      const memory: SharedMemory = {
        now: () => uptime,
        startedAt: uptime,
        read: (name) => texts.get(name),
        write: (name, text) => void texts.set(name, text),
        clear: () => texts.clear(),
      };
      const reader = new ReferenceReader({
        env: { get: () => undefined },
        managers: () =>
          Promise.resolve({
            system: "linux",
            has: () => true,
            run: () => {
              calls++;
              uptime += 1000;
              return Promise.resolve(
                answer ?? {
                  ...{ kind: "ended", code: 0, stdout: secret(), stderr: "" },
                },
              );
            },
          }),
        ...{ vault, clock, profile: "default" },
        shared: new SharedReadings(vault, memory, "default"),
        sleep: () => Promise.resolve(),
      });
      return {
        clock,
        reader,
        live: (over?: Partial<Connection>) => reader.live(connection(over)),
        async key(over?: Partial<Connection>) {
          const { credential } = await reader.live(connection(over));
          return credential.type === "api_key"
            ? credential.fields.api_key!.reveal()
            : "";
        },
      };
    },
  };
}

test("what was read since a process was started serves it, whatever the clocks say; what was read before does not", async () => {
  const { process, calls, pass, texts } = await machine();
  const [first, second, third] = [process(0), process(9e9), process(-9e9)];
  expect([await first.key(), await second.key(), await third.key()])
    .toEqual(["secret-1", "secret-1", "secret-1"]);
  expect(calls()).toBe(1);
  expect(JSON.stringify([...texts])).not.toMatch(/secret-1|op:|groq/);
  pass(10);
  const waiting = process(0);
  expect(await process(0).key()).toBe("secret-2");
  pass(10);
  // In its own memory, and no longer there than the reading is old.
  pass(200_000);
  const { readUntil } = await waiting.live();
  expect(readUntil! - waiting.clock.now()).toBe(100_000 - 10);
  expect(calls()).toBe(2);
});

test("a reading is used for five minutes", async () => {
  const { process, calls, pass } = await machine();
  const [first, second, third] = [process(0), process(0), process(0)];
  await first.key();
  pass(299_999);
  expect([await second.key(), calls()]).toEqual(["secret-1", 1]);
  const late = process(0);
  pass(1);
  expect([await third.key(), calls()]).toEqual(["secret-2", 2]);
  // The clock of the machine itself cannot go back.
  pass(-10_000);
  expect([await late.key(), calls()]).toEqual(["secret-3", 3]);
});

test("it is that of this connection, this login and this reference alone", async () => {
  const { process, calls } = await machine();
  const waiting = Array.from({ length: 5 }, () => process(0));
  await waiting[0]!.key();
  const others = [
    { revision: 4 },
    { createdAt: 2 },
    { name: "other" },
    { references: { api_key: "op://vault/item/other" } },
  ];
  for (const [at, over] of others.entries()) {
    expect(await waiting[at + 1]!.key(over)).toBe(`secret-${at + 2}`);
    expect(calls()).toBe(at + 2);
  }
});

test("after a refusal only a later reading serves, of whoever", async () => {
  const { process, calls } = await machine();
  const [first, second] = [process(0), process(0)];
  const sent = await first.live();
  await second.live();
  for (const { reader } of [first, second]) {
    expect(await reader.refused(sent, sent.credential)).toBe(true);
  }
  expect([await first.key(), await second.key()])
    .toEqual(["secret-2", "secret-2"]);
  expect(calls()).toBe(2);
});

test("a failure is that of those who were waiting, and of nobody after them", async () => {
  const { process, calls, pass, says, vault } = await machine();
  const [first, second] = [process(0), process(0)];
  const stderr = "not currently signed in canary-stderr";
  says({ kind: "ended", code: 1, stdout: "canary-stdout", stderr });
  const wanted = {
    code: "CredentialMissing",
    hint: "op signin",
    message: expect.stringContaining("1Password is locked"),
    subject: { provider: "groq", connection: "default" },
  };
  const both = await Promise.allSettled([first.live(), second.live()]);
  expect(both.map((each) => each.status === "rejected" && each.reason))
    .toEqual([
      expect.objectContaining(wanted),
      expect.objectContaining(wanted),
    ]);
  expect(calls()).toBe(1);
  pass(10);
  // Whoever asks later may find it unlocked.
  says(undefined);
  expect(await second.key()).toBe("secret-2");
  expect(await vault.keys("")).toEqual([]);
});

test("what does not open, or says something else, is no reading", async () => {
  const { process, calls, texts, vault } = await machine();
  const waiting = Array.from({ length: 8 }, () => process(0));
  await waiting[0]!.key();
  const [name] = texts.keys();
  const sealed = texts.get(name!)!;
  const key = "reading/default/groq/default/api_key";
  const place = JSON.stringify([3, 1, REFERENCE]);
  const seal = async (text: string) => (await vault.seal(key, text)).value;
  const hostile = [
    "",
    "{}",
    JSON.stringify({ ...JSON.parse(sealed), tag: "AAAAAAAAAAAAAAAAAAAAAA" }),
    (await vault.seal("reading/default/groq/other/api_key", "{}")).value,
    await seal("[]"),
    await seal(JSON.stringify({ at: "1", place, secret: "x" })),
    await seal(JSON.stringify({ at: 102_000, place, failure: { code: "x" } })),
  ];
  for (const [at, text] of hostile.entries()) {
    texts.set(name!, text);
    expect(await waiting[at + 1]!.key()).toBe(`secret-${at + 2}`);
    expect(calls()).toBe(at + 2);
  }
});
