// What is kept of a secret that was read, and for how long; what a record holds of it: nothing.
import { expect } from "expect";
import { test } from "node:test";
import type { Connection } from "../../../lib/connection/connection.ts";
import { Connections } from "../../../lib/connection/connections.ts";
import {
  decodeConnection,
  encodeConnection,
} from "../../../lib/connection/record.ts";
import { ReferenceReader } from "../../../lib/connection/references/reference_reader.ts";
import { memoryStore } from "../../../lib/host/vault/memory_store.ts";
import type { ManagerAnswer } from "../../../lib/ports/secret_managers.ts";
import { Secret } from "../../../lib/secret.ts";
import { Vault } from "../../../lib/vault/vault.ts";

const REFERENCE = "op://vault/item/field";
const CANARY = "canary-9a0364b9e99b";

function connection(over: Partial<Connection> = {}): Connection {
  return {
    provider: "groq",
    name: "default",
    revision: 0,
    credential: { type: "api_key", fields: { api_key: new Secret(CANARY) } },
    references: { api_key: REFERENCE },
    state: "connected",
    createdAt: 1,
    updatedAt: 1,
    ...over,
  };
}

async function setUp() {
  let now = 1_000_000;
  let calls = 0;
  let answer: () => Promise<ManagerAnswer> = () =>
    Promise.resolve({ kind: "ended", code: 0, stdout: CANARY, stderr: "" });
  const clock = { now: () => now };
  const vault = await Vault.open(memoryStore(), {
    read: () => Promise.resolve(new Uint8Array(32)),
    create: () => Promise.resolve(),
  });
  const reader = new ReferenceReader({
    env: { get: () => undefined },
    managers: () =>
      Promise.resolve({
        system: "linux",
        has: () => true,
        run: () => {
          calls++;
          return answer();
        },
      }),
    ...{ vault, clock, profile: "default" },
    sleep: () => Promise.resolve(),
  });
  return {
    reader,
    vault,
    clock,
    calls: () => calls,
    later: (milliseconds: number) => void (now += milliseconds),
    answers: (next: typeof answer) => void (answer = next),
  };
}

test("of fifty at once one asks, and what it read is kept for five minutes", async () => {
  const { reader, calls, later } = await setUp();
  const read = async () => {
    const { credential } = await reader.live(connection());
    return credential.type === "api_key"
      ? credential.fields.api_key!.reveal()
      : "";
  };
  const all = await Promise.all(Array.from({ length: 50 }, read));
  expect([new Set(all), calls()]).toEqual([new Set([CANARY]), 1]);
  later(299_999);
  expect([await read(), calls()]).toEqual([CANARY, 1]);
  later(1);
  expect([await read(), calls()]).toEqual([CANARY, 2]);
  // A clock that was set back says nothing of how old it is.
  later(-600_000);
  expect([await read(), calls()]).toEqual([CANARY, 3]);
});

test("a failure is not kept, and no secret is in it", async () => {
  const { reader, calls, answers } = await setUp();
  const stderr = `you are not signed in ${CANARY}`;
  answers(() =>
    Promise.resolve({ kind: "ended", code: 1, stdout: CANARY, stderr })
  );
  for (const times of [1, 2]) {
    const error = await reader.live(connection()).catch((error) => error);
    expect(error).toMatchObject({
      code: "CredentialMissing",
      subject: { provider: "groq", connection: "default" },
      hint: "op signin",
    });
    expect(Deno.inspect(error, { depth: 10 })).not.toContain(CANARY);
    expect(calls()).toBe(times);
  }
  answers(() => Promise.reject(new Error("unforeseen")));
  await expect(reader.live(connection())).rejects.toThrow("unforeseen");
  answers(() =>
    Promise.resolve({ kind: "ended", code: 0, stdout: CANARY, stderr: "" })
  );
  expect((await reader.live(connection())).readUntil).toBe(1_300_000);
});

test("a refused value is read again once a minute; one that is known to be another, at once", async () => {
  const { reader, calls, later } = await setUp();
  const { credential } = await reader.live(connection());
  expect(await reader.refused(connection(), credential)).toBe(true);
  await reader.live(connection());
  expect(await reader.refused(connection(), credential)).toBe(false);
  expect(calls()).toBe(2);
  const old = {
    type: "api_key" as const,
    fields: { api_key: new Secret("older") },
  };
  expect(await reader.refused(connection(), old)).toBe(true);
  later(60_000);
  expect(await reader.refused(connection(), credential)).toBe(true);
});

test("whatever a connection holds, its record has no field that is referred to", async () => {
  const { vault, clock } = await setUp();
  const source = {
    client_id: new Secret("id"),
    client_secret: new Secret(CANARY),
  };
  const cases: Connection[] = [
    connection(),
    connection({
      references: { client_secret: REFERENCE },
      credential: { type: "api_key", fields: {}, source, expiresAt: 5 },
    }),
    connection({
      references: { refresh_token: REFERENCE, access_token: REFERENCE },
      credential: {
        type: "oauth2",
        accessToken: new Secret(CANARY),
        refreshToken: new Secret(CANARY),
        scopes: [],
        requestedScopes: [],
        captured: {},
      },
    }),
  ];
  for (const one of cases) {
    const text = encodeConnection({ ...one, readUntil: 5 });
    expect(text).not.toContain(CANARY);
    expect(text).not.toContain("readUntil");
    // Nor after another version has written it there.
    const again = encodeConnection(one, text.replace('""', `"${CANARY}"`));
    expect(again).not.toContain(CANARY);
    const decoded = decodeConnection(text, 1);
    expect(decoded.references).toEqual(one.references);
    expect(decoded.readUntil).toBe(undefined);
    expect(Object.keys(decoded.credential).sort()).toEqual(
      Object.keys(one.credential).sort(),
    );
    const connections = new Connections(vault, "default", clock);
    const name = crypto.randomUUID();
    const saved = await connections.save({ ...one, name });
    expect((await connections.get("groq", name)).revision)
      .toBe(saved.revision);
  }
});

test("references that are damaged or of another version are clear errors", async () => {
  const text = encodeConnection(connection());
  for (const damaged of ["[]", '"op://a/b/c"', "{}", '{"api_key":1}', "null"]) {
    const record = text.replace(
      JSON.stringify({ api_key: REFERENCE }),
      damaged,
    );
    expect(record).not.toBe(text);
    expect(() => decodeConnection(record, 1)).toThrow(
      'Cannot read record: its field "references" is missing or wrong',
    );
  }
  const { reader, calls } = await setUp();
  for (const text of ["new:thing", "constructor:x", "op:--x", ""]) {
    const error = await reader.live(
      connection({ references: { api_key: text } }),
    ).catch((error) => error);
    expect([text, error]).toMatchObject([text, {
      code: "CredentialMissing",
      message: expect.stringMatching(/^Cannot read a reference/),
      hint: expect.stringContaining("authsome login"),
    }]);
  }
  expect(calls()).toBe(0);
});
