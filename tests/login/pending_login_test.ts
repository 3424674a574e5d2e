import { expect } from "expect";
import { test } from "node:test";
import { memoryStore } from "../../lib/host/vault/memory_store.ts";
import { PendingLogins, SILENCE_MS } from "../../lib/login/pending_login.ts";
import { Vault } from "../../lib/vault/vault.ts";

async function scene() {
  const vault = await Vault.open(memoryStore(), {
    read: () => Promise.resolve(new Uint8Array(32)),
    create: () => Promise.resolve(),
  });
  const clock = { time: 1_700_000_000_000, now: () => clock.time };
  const logins = new PendingLogins(vault, "default", clock);
  const id = crypto.randomUUID();
  const login = {
    id,
    provider: "acme",
    connection: "default",
    status: "pending",
  } as const;
  return { vault, clock, logins, id, login };
}

test("what is known of a login is read by its id, in its profile", async () => {
  const { vault, clock, logins, id, login } = await scene();
  await logins.put(login);
  await logins.put({ ...login, url: "https://acme.test/" });
  expect(await logins.get(id)).toEqual({
    ...login,
    url: "https://acme.test/",
    updatedAt: clock.now(),
  });
  const other = new PendingLogins(vault, "work", clock);
  for (const unknown of [crypto.randomUUID(), "", "../x", `${id}/pasted`]) {
    expect(await logins.get(unknown)).not.toBeDefined();
  }
  expect(await other.get(id)).not.toBeDefined();
});

test("a login without a recent update was killed, and is not waited for", async () => {
  const { clock, logins, id, login } = await scene();
  await logins.put(login);
  clock.time += SILENCE_MS;
  expect((await logins.get(id))!.status).toBe("pending");
  clock.time += 1;
  expect(await logins.get(id)).toMatchObject({
    status: "failed",
    error: { code: "InputCancelled", hint: "authsome login acme" },
  });
  await logins.put({ ...login, status: "connected" });
  clock.time += SILENCE_MS * 2;
  expect((await logins.get(id))!.status).toBe("connected");
});

test("a pasted redirect is taken once, and of several the last", async () => {
  const { logins, id, login } = await scene();
  await logins.put(login);
  expect(await logins.take(id)).not.toBeDefined();
  await logins.bring(id, "first");
  await logins.bring(id, "second");
  expect(await logins.take(id)).toBe("second");
  expect(await logins.take(id)).not.toBeDefined();
});

test("after a day nothing is left of a login", async () => {
  const { vault, clock, logins, id, login } = await scene();
  await logins.put(login);
  await logins.bring(id, "code");
  await logins.forgetOld();
  expect((await vault.keys("")).length).toBe(2);
  clock.time += 86_400_000;
  await logins.forgetOld();
  expect(await vault.keys("")).toEqual([]);
});
