import { expect } from "expect";
import { test } from "node:test";
import { openRuntime } from "../../lib/host/wiring.ts";
import { Broker } from "../../lib/broker/broker.ts";
import { openFetch } from "../../lib/broker/open_fetch.ts";
import type { Connection } from "../../lib/connection/connection.ts";
import { Secret } from "../../lib/secret.ts";
import { connect } from "../support/connected.ts";
import { withHome } from "../support/home.ts";
import { memoryRuntime } from "../support/fakes/memory_runtime.ts";

function apiKey(provider: string, key: string, name = "default"): Connection {
  return {
    provider,
    name,
    revision: 0,
    credential: { type: "api_key", fields: { api_key: new Secret(key) } },
    state: "connected",
    createdAt: 1,
    updatedAt: 1,
  };
}

test("Broker chooses the profile that was given, then AUTHSOME_PROFILE, then the configured one", async () => {
  const runtime = memoryRuntime();
  const source = async (options?: { profile?: string }, env = {}) => {
    const broker = await Broker.open({
      ...runtime,
      env: {
        get: (name) => (env as Record<string, string>)[name],
        toObject: () => env,
      },
    }, options);
    return [broker.profile, broker.profileSource];
  };
  expect(await source()).toEqual(["default", "default"]);
  runtime.text.set(
    "config.json",
    '{"spec_version":1,"default_profile":"work"}',
  );
  expect(await source()).toEqual(["work", "config.json"]);
  const env = { AUTHSOME_PROFILE: "ci" };
  expect(await source({}, env)).toEqual(["ci", "AUTHSOME_PROFILE"]);
  expect(await source({ profile: "me" }, env)).toEqual(["me", "--profile"]);
  await expect(source({ profile: "../x" })).rejects.toMatchObject({
    code: "Usage",
  });
});

test("Broker makes no vault, key or configuration for who only reads definitions", () =>
  withHome(async (home) => {
    await using broker = await Broker.open(await openRuntime({ home }));
    expect((await broker.registry.get("github")).source).toBe("bundled");
    expect(await broker.registry.find("no-such")).toBe(undefined);
    await broker.close();
    expect([...Deno.readDirSync(home)]).toEqual([]);
  }));

test("a profile must have been created, and what is in it cannot be seen from another", async () => {
  const runtime = memoryRuntime();
  await using main = await Broker.open(runtime);
  await using work = await Broker.open(runtime, { profile: "work" });
  await expect(work.connections.list()).rejects.toMatchObject({
    code: "ProfileNotFound",
    exitCode: 3,
    hint: "authsome profile create work",
  });
  await expect(work.connections.save(apiKey("openai", "k"))).rejects
    .toMatchObject({ code: "ProfileNotFound" });
  expect(await main.profiles.create("work")).toBe(true);
  expect(await main.profiles.create("work")).toBe(false);
  await work.connections.save(apiKey("openai", "k"));
  expect(await main.connections.list()).toEqual([]);
  expect(await work.connections.list()).toHaveLength(1);
  expect(await main.profiles.list()).toEqual(["default", "work"]);

  const source = await work.credentialSource();
  expect(await source.fresh("openai", "default")).toMatchObject({ ok: true });
  expect(await source.fresh("openai", "default")).toMatchObject({ ok: true });
  await main.profiles.delete("work");
  expect(await source.fresh("openai", "default")).toMatchObject({
    ok: false,
    reason: "credential_missing",
    status: 401,
  });
  expect(await (await main.vault()).keys("")).toEqual([]);
  await expect(main.profiles.delete("work")).rejects.toMatchObject({
    code: "ProfileNotFound",
  });
  await expect(main.profiles.delete("default")).rejects.toMatchObject({
    code: "OperationNotAllowed",
  });
});

test("a whole home is private under umask 000 and holds no secret in the clear", () =>
  withHome(async (parent) => {
    const home = `${parent}/deep/home`;
    const canary = "canary-7f3a9c51d2e84b60";
    const before = Deno.umask(0);
    try {
      const broker = await Broker.open(await openRuntime({ home }));
      await broker.connections.save(apiKey("openai", canary));
      await broker.connections.saveClient({
        provider: "github",
        revision: 0,
        clientId: "id",
        clientSecret: new Secret(canary),
      });
      await broker.connections.save({
        ...apiKey("github", ""),
        credential: {
          type: "oauth2",
          accessToken: new Secret(canary),
          refreshToken: new Secret(canary),
          scopes: [],
          requestedScopes: [],
          captured: {},
        },
      });
      broker.audit.record({
        event: "inject",
        profile: "default",
        ok: true,
        path: `/x?key=${canary}`,
      });
      await (await broker.credentialSource()).fresh("github", "default");
      // Looked at while the write-ahead log is there, and again when it is gone.
      await broker.audit.flush();
      expectPrivate(home, canary);
      await broker.close();
      await broker.close();
      expectPrivate(home, canary);
    } finally {
      Deno.umask(before);
    }
    await using again = await Broker.open(await openRuntime({ home }));
    const { credential } = await again.connections.get("openai");
    expect(
      credential.type === "api_key" && credential.fields.api_key?.reveal(),
    ).toBe(canary);
  }));

function expectPrivate(home: string, canary: string): void {
  expect(Deno.statSync(home).mode! & 0o777).toBe(0o700);
  const names = [...Deno.readDirSync(home)].map(({ name }) => name);
  for (const name of ["audit.log", "config.json", "master.key", "vault.db"]) {
    expect(names).toContain(name);
  }
  // The user's definitions: a folder, empty here.
  expect(Deno.statSync(`${home}/providers`).mode! & 0o777).toBe(0o700);
  expect([...Deno.readDirSync(`${home}/providers`)]).toEqual([]);
  for (const name of names.filter((name) => name !== "providers")) {
    expect([name, Deno.statSync(`${home}/${name}`).mode! & 0o777]).toEqual([
      name,
      0o600,
    ]);
    const bytes = Deno.readFileSync(`${home}/${name}`);
    const text = new TextDecoder("latin1").decode(bytes);
    const hex = Array.from(
      new TextEncoder().encode(canary),
      (byte) => byte.toString(16),
    ).join("");
    for (const form of [canary, btoa(canary).slice(0, -4), hex]) {
      expect([name, text.includes(form)]).toEqual([name, false]);
    }
  }
}

test("Broker.refresh() gives what is usable as it is and refuses what is dead or expired", async () => {
  const runtime = memoryRuntime();
  await using broker = await Broker.open(runtime);
  const key = apiKey("openai", "k");
  expect(await broker.refresh(key)).toBe(key);
  for (const state of ["invalid", "revoked"] as const) {
    await expect(broker.refresh({ ...key, name: "a b", state })).rejects
      .toMatchObject({
        code: "CredentialExpired",
        exitCode: 5,
        hint: "authsome login openai --connection 'a b' --force",
      });
  }
  const token = (left: number): Connection => ({
    ...apiKey("github", ""),
    credential: {
      type: "oauth2",
      accessToken: new Secret("at"),
      expiresAt: runtime.clock.now() + left,
      scopes: [],
      requestedScopes: [],
      captured: {},
    },
  });
  const later = token(300_001);
  expect(await broker.refresh(later)).toBe(later);
  const past = await broker.connections.save(token(0));
  await expect(broker.refresh(past)).rejects.toMatchObject({
    code: "CredentialExpired",
    hint: "authsome login github --force",
  });
});

test("a failing audit log fails the close, and the store is closed all the same", async () => {
  const runtime = memoryRuntime();
  let closed = 0;
  const broker = await Broker.open({
    ...runtime,
    openStore: async () => ({
      ...await runtime.openStore(),
      close: () => void closed++,
    }),
    auditFile: {
      ...runtime.auditFile,
      append: () => Promise.reject(new Error("the disk is full")),
    },
  });
  await broker.connections.names();
  broker.audit.record({ event: "get", profile: "default", ok: true });
  await expect(broker.close()).rejects.toThrow("the disk is full");
  expect(closed).toBe(1);
});

test("a home that is a link, a file, shared with others or below a file is refused with exit 9", () =>
  withHome(async (parent) => {
    Deno.mkdirSync(`${parent}/real`, { mode: 0o700 });
    Deno.symlinkSync(`${parent}/real`, `${parent}/link`);
    Deno.writeTextFileSync(`${parent}/file`, "");
    for (const [name, mode] of [["group", 0o770], ["all", 0o777]] as const) {
      Deno.mkdirSync(`${parent}/${name}`);
      Deno.chmodSync(`${parent}/${name}`, mode);
    }
    for (const name of ["link", "file", "group", "all", "file/below"]) {
      const home = `${parent}/${name}`;
      await expect(Broker.open(await openRuntime({ home }))).rejects
        .toMatchObject({
          code: "StoreUnavailable",
          exitCode: 9,
        });
    }
    await expect(Broker.open(await openRuntime({ home: `${parent}/group` })))
      .rejects
      .toMatchObject({ hint: `chmod 700 '${parent}/group'` });
    expect([...Deno.readDirSync(`${parent}/real`)]).toEqual([]);
  }));

test("an existing vault without its key stays as it is", () =>
  withHome(async (home) => {
    {
      await using broker = await Broker.open(await openRuntime({ home }));
      await broker.connections.save(apiKey("openai", "k"));
    }
    Deno.removeSync(`${home}/master.key`);
    await using broker = await Broker.open(await openRuntime({ home }));
    // Twice: a failure to open is not remembered as a success, nor for ever.
    for (let tries = 0; tries < 2; tries++) {
      await expect(broker.connections.list()).rejects.toMatchObject({
        code: "MasterKeyUnavailable",
        exitCode: 9,
      });
    }
    expect(() => Deno.statSync(`${home}/master.key`)).toThrow();
  }));

test("openFetch() sends the credential of the connection that serves the URL, and no other request has one", () =>
  withHome(async (home) => {
    const sent: [string, string | null][] = [];
    const runtime = await openRuntime({ home });
    await using broker = await Broker.open({
      ...runtime,
      fetch: (input, init) => {
        const request = new Request(input, init);
        sent.push([request.url, request.headers.get("Authorization")]);
        return Promise.resolve(new Response("ok"));
      },
    });
    await connect(broker, "groq", "gsk_canary");
    const fetch = await openFetch(broker, { warn() {}, allowMinting: [] });
    await fetch("https://api.groq.com/openai/v1/models");
    await fetch("https://example.com/");
    expect(sent).toEqual([
      ["https://api.groq.com/openai/v1/models", "Bearer gsk_canary"],
      ["https://example.com/", null],
    ]);
  }));
