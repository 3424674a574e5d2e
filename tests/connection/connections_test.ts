import { expect } from "expect";
import { test } from "node:test";
import { fileKeyring } from "../../lib/host/vault/keyring_file.ts";
import { openSqliteStore } from "../../lib/host/vault/sqlite_store.ts";
import type { Connection } from "../../lib/connection/connection.ts";
import { Connections } from "../../lib/connection/connections.ts";
import { Secret } from "../../lib/secret.ts";
import type { Store } from "../../lib/ports/store.ts";
import { Vault } from "../../lib/vault/vault.ts";
import { withHome } from "../support/home.ts";
import { storeName } from "../support/vault/store_names.ts";

const clock = { now: () => 1_700_000_000_000 };

/** The name under which the store has a record. */
type NameOf = (recordKey: string) => Promise<string>;

async function withVault(
  body: (vault: Vault, store: Store, nameOf: NameOf) => Promise<void>,
): Promise<void> {
  await withHome(async (home) => {
    const store = openSqliteStore(`${home}/vault.db`);
    try {
      await body(
        await Vault.open(store, fileKeyring(`${home}/master.key`)),
        store,
        (recordKey) =>
          storeName(store, Deno.readFileSync(`${home}/master.key`), recordKey),
      );
    } finally {
      store.close();
    }
  });
}

function withConnections(
  body: (
    connections: Connections,
    vault: Vault,
    store: Store,
    nameOf: NameOf,
  ) => Promise<void>,
): Promise<void> {
  return withVault((vault, store, nameOf) =>
    body(new Connections(vault, "default", clock), vault, store, nameOf)
  );
}

function apiKey(provider: string, name = "default", key = "sk-1"): Connection {
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

function oauth(provider: string, name = "default"): Connection {
  return {
    provider,
    name,
    revision: 0,
    credential: {
      type: "oauth2",
      accessToken: new Secret("at"),
      refreshToken: new Secret("rt"),
      expiresAt: 5,
      scopes: ["a"],
      requestedScopes: ["a", "b"],
      captured: { host: "x.example" },
    },
    state: "invalid",
    baseUrl: "https://x.example",
    createdAt: 1,
    updatedAt: 1,
  };
}

function keyOf(connection: Connection | undefined): string | undefined {
  return connection?.credential.type === "api_key"
    ? connection.credential.fields.api_key?.reveal()
    : undefined;
}

test("Connections gives back what was saved, with updatedAt of now", () =>
  withConnections(async (connections) => {
    const saved = await connections.save(oauth("github", "work"));
    expect(saved).toEqual({
      ...oauth("github", "work"),
      revision: 1,
      updatedAt: clock.now(),
    });
    const read = await connections.get("github", "work");
    expect(read).toEqual(saved);
    if (read.credential.type !== "oauth2") throw new Error("another type");
    expect(read.credential.accessToken.reveal()).toBe("at");
    expect(read.credential.refreshToken?.reveal()).toBe("rt");
    // An optional field that is gone stays gone.
    const { baseUrl: _, ...bare } = read;
    await connections.save(bare);
    expect((await connections.get("github", "work")).baseUrl).toBe(undefined);
  }));

test("Connections.save() replaces only the revision that was read", () =>
  withConnections(async (connections) => {
    const first = await connections.save(apiKey("openai"));
    const second = await connections.save({ ...first, state: "revoked" });
    await expect(connections.save(first)).rejects.toMatchObject({
      code: "RecordConflict",
    });
    await expect(connections.save(apiKey("openai"))).rejects.toMatchObject({
      code: "RecordConflict",
    });
    expect(await connections.get("openai")).toEqual(second);
    expect(await connections.delete(first)).toBe(false);
    expect(await connections.delete(second)).toBe(true);
    expect(await connections.delete(second)).toBe(false);
  }));

test("a refresh that ends after a logout and a new login changes nothing", () =>
  withConnections(async (connections) => {
    const read = await connections.save(apiKey("openai", "default", "old"));
    await connections.delete(read);
    await expect(connections.save(read)).rejects.toMatchObject({
      code: "RecordConflict",
    });
    expect(await connections.find("openai")).toBe(undefined);
    await connections.save(apiKey("openai", "default", "new"));
    await expect(connections.save(read)).rejects.toMatchObject({
      code: "RecordConflict",
    });
    expect(keyOf(await connections.find("openai"))).toBe("new");
  }));

test("Connections.get() names the command that mends a missing connection", () =>
  withConnections(async (connections) => {
    await expect(connections.get("github")).rejects.toMatchObject({
      code: "ConnectionNotFound",
      exitCode: 3,
      hint: "authsome login github",
      subject: { provider: "github", connection: "default" },
    });
    await expect(connections.get("github", "it's")).rejects.toMatchObject({
      hint: `authsome login github --connection 'it'\\''s'`,
    });
  }));

test("the default connection is the first, then the chosen, then what is left", () =>
  withConnections(async (connections) => {
    expect(await connections.defaultName("github")).toBe("default");
    await connections.save(apiKey("github", "work"));
    await connections.save(apiKey("github", "default"));
    await connections.save(apiKey("github", "a"));
    expect(await connections.defaultName("github")).toBe("work");
    await connections.setDefault("github", "a");
    expect((await connections.get("github")).name).toBe("a");
    await connections.delete(await connections.get("github", "a"));
    expect((await connections.get("github")).name).toBe("default");
    await connections.delete(await connections.get("github", "default"));
    expect((await connections.get("github")).name).toBe("work");
    await expect(connections.setDefault("github", "a")).rejects.toMatchObject({
      code: "ConnectionNotFound",
    });
    expect(await connections.defaultName("github")).toBe("work");
  }));

test("Connections.list() is in order and of one provider if asked", () =>
  withConnections(async (connections) => {
    for (const [provider, name] of [["b", "y"], ["a", "é 1%"], ["b", "x"]]) {
      await connections.save(apiKey(provider!, name));
    }
    const names = (list: Connection[]) =>
      list.map(({ provider, name }) => `${provider}/${name}`);
    expect(names(await connections.list())).toEqual(["a/é 1%", "b/x", "b/y"]);
    expect(names(await connections.list("b"))).toEqual(["b/x", "b/y"]);
    // A provider whose name begins with another's is another provider.
    await connections.save(apiKey("bb"));
    expect(names(await connections.list("b"))).toEqual(["b/x", "b/y"]);
  }));

test("no name reaches another profile, provider or kind of record", () =>
  withVault(async (vault) => {
    const names = ["default", "a%2Fb", "%2e%2e", "..", "default%", "x"];
    const profiles = [...names, "default%2Fconnection%2Fgithub"];
    for (const profile of profiles) {
      const connections = new Connections(vault, profile, clock);
      for (const name of names) {
        await connections.save(apiKey("github", name, `${profile} ${name}`));
      }
      await connections.saveClient({
        provider: "github",
        revision: 0,
        clientId: profile,
      });
    }
    for (const profile of profiles) {
      const connections = new Connections(vault, profile, clock);
      expect(await connections.list()).toHaveLength(names.length);
      expect((await connections.client("github"))?.clientId).toBe(profile);
      for (const name of names) {
        expect(keyOf(await connections.get("github", name))).toBe(
          `${profile} ${name}`,
        );
      }
    }
  }));

test("names of connections and profiles are checked", () =>
  withConnections(async (connections, vault) => {
    const bad = [
      "",
      "a/b",
      "a\\b",
      "a\nb",
      "a\0",
      "\x1b[2J",
      "\u202eabc",
      "\ud800",
      " a",
      "-a",
      "x".repeat(65),
    ];
    for (const name of bad) {
      await expect(connections.save(apiKey("github", name))).rejects
        .toMatchObject({ code: "Usage", exitCode: 2 });
      expect(() => new Connections(vault, name, clock)).toThrow(
        /Cannot use profile name/,
      );
    }
    for (const provider of ["", "../x", "A", "a/b", "x".repeat(64)]) {
      await expect(connections.find(provider, "default")).rejects
        .toMatchObject({ code: "ProviderNotFound" });
    }
    expect(await connections.names()).toEqual([]);
  }));

test("a record of another connection, copied or sealed under this name, does not open", () =>
  withConnections(async (connections, vault, store, nameOf) => {
    await connections.save(apiKey("github", "mine", "mine"));
    await connections.save(apiKey("github", "other", "other"));
    const key = (name: string) => `profile/default/connection/github/${name}`;
    const other = await store.get(await nameOf(key("other")));
    await store.put(await nameOf(key("mine")), other!.value, 1);
    const hint = "authsome logout github --connection mine";
    await expect(connections.get("github", "mine")).rejects.toMatchObject({
      code: "RecordCorrupt",
      exitCode: 9,
      hint,
      subject: { provider: "github", connection: "mine" },
    });
    // Not even a process with the master key can do it by mistake.
    await vault.put(key("mine"), (await vault.get(key("other")))!.text, 2);
    await expect(connections.get("github", "mine")).rejects.toMatchObject({
      code: "RecordCorrupt",
    });
    // Logout still works, and login after it.
    expect(await connections.names("github")).toHaveLength(2);
    expect(await connections.discard("github", "mine")).toBe(true);
    expect(await connections.discard("github", "mine")).toBe(false);
    await connections.save(apiKey("github", "mine", "new"));
    expect(keyOf(await connections.get("github", "mine"))).toBe("new");
  }));

test("damaged, truncated and newer records are refused and never quoted", () =>
  withConnections(async (connections, vault) => {
    const key = "profile/default/connection/github/default";
    await connections.save(oauth("github"));
    const text = (await vault.get(key))!.text;
    const good = JSON.parse(text);
    const damaged: [string, string][] = [
      ["RecordCorrupt", text.slice(0, -1)],
      ["RecordCorrupt", "canary-secret"],
      ["RecordCorrupt", "null"],
      ["RecordCorrupt", "[]"],
      ["StoreUnavailable", JSON.stringify({ ...good, v: 2 })],
      ["RecordCorrupt", JSON.stringify({ ...good, v: "1" })],
      ["RecordCorrupt", JSON.stringify({ ...good, state: "canary-secret" })],
      ["RecordCorrupt", JSON.stringify({ ...good, created_at: "1" })],
    ];
    for (const field of Object.keys(good)) {
      if (field === "base_url") continue;
      const { [field]: _, ...rest } = good;
      damaged.push(["RecordCorrupt", JSON.stringify(rest)]);
    }
    for (const field of Object.keys(good.credential)) {
      const credential = { ...good.credential, [field]: [1] };
      damaged.push([
        "RecordCorrupt",
        JSON.stringify({ ...good, credential }),
      ]);
    }
    let revision = 1;
    for (const [code, value] of damaged) {
      revision = (await vault.put(key, value, revision))!;
      const error = await connections.get("github").catch((error) => error);
      expect(error).toMatchObject({ code, exitCode: 9 });
      for (let at = error; at instanceof Error; at = at.cause as Error) {
        expect(`${at.stack}`).not.toContain("canary-secret");
      }
    }
  }));

test("fields that this version does not know are kept when a record is rewritten", () =>
  withConnections(async (connections, vault) => {
    const key = "profile/default/connection/github/default";
    const saved = await connections.save(oauth("github"));
    const text = JSON.parse((await vault.get(key))!.text);
    text.label = { colour: "red" };
    text.credential.id_token = "kept";
    await vault.put(key, JSON.stringify(text), saved.revision);
    const { baseUrl: _, ...read } = await connections.get("github");
    await connections.save(read);
    const { base_url: __, ...rest } = text;
    expect(JSON.parse((await vault.get(key))!.text)).toEqual({
      ...rest,
      updated_at: clock.now(),
    });
  }));

test("a client whose place another has taken is found by its id, until the provider's are deleted", () =>
  withVault(async (vault) => {
    let now = 1_700_000_000_000;
    const connections = new Connections(vault, "default", {
      now: () => now++,
    });
    const first = await connections.saveClient({
      provider: "github",
      revision: 0,
      clientId: "first/one",
      clientSecret: new Secret("cs"),
    });
    const rotated = await connections.saveClient({
      ...first,
      clientSecret: new Secret("cs2"),
    });
    const second = await connections.saveClient({
      provider: "github",
      revision: rotated.revision,
      clientId: "second",
    });
    expect(await connections.client("github")).toEqual(second);
    expect(await connections.client("github", "second")).toEqual(second);
    const earlier = await connections.client("github", "first/one");
    expect(earlier?.clientSecret?.reveal()).toBe("cs2");
    expect(await connections.client("github", "third")).toBe(undefined);
    const third = await connections.saveClient({
      ...second,
      clientId: "a third",
    });
    expect(
      (await connections.clients("github")).map(({ clientId }) => clientId),
    ).toEqual(["a third", "second", "first/one"]);
    await connections.saveClient({ ...third, clientId: "second" });
    expect(
      (await connections.clients("github")).map(({ clientId }) => clientId),
    ).toEqual(["second", "a third", "first/one"]);
    expect(await connections.client("gitlab", "first/one")).toBe(undefined);
    expect(await connections.clientProviders()).toEqual(["github"]);
    await connections.deleteClient("github");
    expect(await connections.client("github", "first/one")).toBe(undefined);
  }));

test("a client is kept once per provider and only replaced as it was read", () =>
  withConnections(async (connections) => {
    expect(await connections.client("github")).toBe(undefined);
    const saved = await connections.saveClient({
      provider: "github",
      revision: 0,
      clientId: "id",
      clientSecret: new Secret("cs"),
      redirectUri: "http://127.0.0.1:7998/auth/callback/oauth",
    });
    const read = await connections.client("github");
    expect(read).toEqual(saved);
    expect(read?.clientSecret?.reveal()).toBe("cs");
    await connections.saveClient({ ...saved, clientId: "id2" });
    await expect(connections.saveClient(saved)).rejects.toMatchObject({
      code: "RecordConflict",
    });
    expect(await connections.deleteClient("github")).toBe(true);
    expect(await connections.deleteClient("github")).toBe(false);
    await expect(connections.saveClient(saved)).rejects.toMatchObject({
      code: "RecordConflict",
    });
    expect(await connections.list()).toEqual([]);
  }));
