// What may lie beside the vault, and what a damaged vault does: exit 9, no hang, and nothing of the target changes.
import { expect } from "expect";
import { test } from "node:test";
import { openSqliteStore } from "../../lib/host/vault/sqlite_store.ts";
import type { Connections } from "../../lib/connection/connections.ts";
import { recordKeys } from "../../lib/connection/record.ts";
import type { Store } from "../../lib/ports/store.ts";
import type { Vault } from "../../lib/vault/vault.ts";
import { Secret } from "../../lib/secret.ts";
import { connect, withBroker } from "../support/connected.ts";
import { runCommand } from "../support/fakes/fake_machine.ts";
import { withHome } from "../support/home.ts";

const SUFFIXES = ["-wal", "-shm", "-journal"];
const PLANTS = ["hard link", "link", "dangling link", "FIFO", "folder", "open"];

async function plant(what: string, path: string, target: string) {
  switch (what) {
    case "hard link":
      return Deno.linkSync(target, path);
    case "link":
      return Deno.symlinkSync(target, path);
    case "dangling link":
      return Deno.symlinkSync(`${target}-not-there`, path);
    case "FIFO":
      await new Deno.Command("mkfifo", { args: ["-m", "600", path] }).output();
      return;
    case "folder":
      return Deno.mkdirSync(path, { mode: 0o700 });
    case "open":
      Deno.writeTextFileSync(path, "");
      return Deno.chmodSync(path, 0o644);
  }
}

for (const suffix of SUFFIXES) {
  test(`a link, FIFO or the like at vault.db${suffix} is refused before SQLite opens it`, () =>
    withHome(async (home) => {
      await withBroker(home, (broker) => connect(broker, "openai", "sk-1"));
      const target = `${home}/target`;
      const path = `${home}/vault.db${suffix}`;
      for (const what of PLANTS) {
        Deno.writeTextFileSync(target, "mine", { mode: 0o600 });
        await plant(what, path, target);
        for (const line of ["list --connected", "get openai --show-secret"]) {
          const ended = await runCommand(line.split(" "), { home });
          expect([what, line, ended.code]).toEqual([what, line, 9]);
          expect(ended.stderr).toContain(`vault.db${suffix}`);
          expect(ended.stdout + ended.stderr).not.toContain("sk-1");
        }
        expect(Deno.readTextFileSync(target)).toBe("mine");
        expect(() => Deno.lstatSync(`${target}-not-there`)).toThrow();
        Deno.removeSync(path);
        Deno.removeSync(target);
      }
      const { code } = await runCommand(["get", "openai"], { home });
      expect(code).toBe(0);
    }));
}

test("the same at the lock of the audit log", () =>
  withHome(async (home) => {
    await withBroker(home, (broker) => connect(broker, "openai", "sk-1"));
    Deno.writeTextFileSync(`${home}/target`, "mine", { mode: 0o600 });
    const path = `${home}/audit.log.lock-journal`;
    for (const what of PLANTS) {
      await plant(what, path, `${home}/target`);
      const ended = await runCommand(["export", "openai"], { home });
      expect([what, ended.code, ended.stdout]).toEqual([what, 9, ""]);
      Deno.removeSync(path);
    }
    expect(Deno.readTextFileSync(`${home}/target`)).toBe("mine");
  }));

test("the files that SQLite itself leaves are no reason to refuse", () =>
  withHome((home) => {
    const one = openSqliteStore(`${home}/vault.db`);
    const two = openSqliteStore(`${home}/vault.db`);
    one.close();
    two.close();
    return Promise.resolve();
  }));

test("a flipped bit anywhere in the vault is no unexpected failure", () =>
  withHome(async (home) => {
    await withBroker(home, async (broker) => {
      await connect(broker, "openai", "sk-1");
      await connect(broker, "groq", "sk-2", "wörk");
      await broker.profiles.create("second");
    });
    const path = `${home}/vault.db`;
    const good = Deno.readFileSync(path);
    expect(good.length).toBeLessThan(20_000);
    const codes = new Map<number, number>();
    const text = new TextDecoder("latin1").decode(good);
    const keys = [
      ...text.matchAll(/vault\/key|[\w-]{22}(?=[^{]{0,4}\{"enc")/g),
    ];
    expect(keys.length).toBeGreaterThan(3);
    const inKey = (at: number) =>
      keys.some(({ index, 0: key }) => index <= at && at < index + key.length);
    for (let at = 0; at < good.length; at++) {
      // The header, the schema and the names: all of them; of what is sealed and of free space a part is enough.
      if (at >= 4096 && !inKey(at) && at % 4096 > 100 && at % 5 !== 0) continue;
      if (at >= 100 && good[at] === 0 && at % 256 !== 0) continue;
      const bad = good.slice();
      bad[at]! ^= 1 << (at % 8);
      const lines = at % 3 === 0
        ? ["logout groq --connection wörk"]
        : at % 3 === 1
        ? ["get openai --show-secret"]
        : ["list --connected"];
      const more = inKey(at) ? ["list --connected", "export"] : [];
      for (const line of [...lines, ...more]) {
        Deno.writeFileSync(path, bad);
        const { code, stderr } = await runCommand(line.split(" "), { home });
        if (![0, 3, 9].includes(code) || /Unexpected|at file:/.test(stderr)) {
          expect([at, line, code, stderr]).toBe("exit 0, 3 or 9");
        }
        codes.set(code, (codes.get(code) ?? 0) + 1);
      }
    }
    expect(codes.get(9)).toBeGreaterThan(250);
  }));

test("each byte of the schema matters", () =>
  withHome((home) => {
    const path = `${home}/vault.db`;
    openSqliteStore(path).close();
    const good = Deno.readFileSync(path);
    const text = new TextDecoder("latin1").decode(good);
    const tables = [
      ...text.matchAll(/CREATE TABLE [^\0]+?STRICT(?:, WITHOUT ROWID)?/g),
    ];
    expect(tables).toHaveLength(2);
    for (const { index, 0: sql } of tables) {
      for (let at = index; at < index + sql.length; at++) {
        const bad = good.slice();
        bad[at]! ^= 1 << (at % 8);
        Deno.writeFileSync(path, bad);
        let error: unknown;
        try {
          openSqliteStore(path).close();
        } catch (thrown) {
          error = thrown;
        }
        expect([at, error]).toMatchObject([
          at,
          { code: "StoreUnavailable", exitCode: 9 },
        ]);
      }
    }
    return Promise.resolve();
  }));

const CLIENT_ID = "Iv1.canary/client-id";

async function withConnections(
  body: (
    connections: Connections,
    vault: Vault,
    store: Store,
    home: string,
  ) => Promise<void>,
) {
  await withHome((home) =>
    withBroker(home, async (broker) => {
      const vault = await broker.vault();
      const store = await broker.store();
      await body(broker.connections, vault, store, home);
    })
  );
}

async function saveClient(connections: Connections, clientId: string) {
  const before = await connections.client("github");
  await connections.saveClient({
    provider: "github",
    revision: before?.revision ?? 0,
    clientId,
    clientSecret: new Secret(`secret of ${clientId}`),
  });
}

test("no key of a record shows the id of an OAuth client, nor does the file", () =>
  withConnections(async (connections, vault, store, home) => {
    for (const id of [CLIENT_ID, "canary-2", CLIENT_ID, "canary-3"]) {
      await saveClient(connections, id);
    }
    const ids = async () =>
      (await connections.clients("github")).map(({ clientId }) => clientId);
    expect((await ids()).sort()).toEqual([CLIENT_ID, "canary-2", "canary-3"]);
    for (const name of await store.keys("")) {
      expect(name).toMatch(/^(?:vault\/key|[\w-]{22})$/);
    }
    for (const name of ["vault.db", "vault.db-wal"]) {
      const bytes = Deno.readFileSync(`${home}/${name}`);
      expect(new TextDecoder("latin1").decode(bytes)).not.toContain("canary");
    }
    // One record each, however often they took each other's place.
    expect(await vault.keys("profile/default/earlier-client/")).toHaveLength(2);
    await connections.deleteClient("github");
    expect(await vault.keys("profile/default/earlier-client/")).toEqual([]);
  }));

test("a key of an earlier version is read, and deleted when the provider's client is next written", () =>
  withHome(async (home) => {
    const legacy = recordKeys("default").earlierClient("github", CLIENT_ID);
    await withBroker(home, async (broker) => {
      await saveClient(broker.connections, "now");
      const vault = await broker.vault();
      await vault.put(
        legacy,
        JSON.stringify({
          v: 1,
          provider: "github",
          client_id: CLIENT_ID,
          client_secret: "s",
          label: "kept",
        }),
        0,
      );
    });
    await withBroker(home, async ({ connections }) => {
      const found = await connections.client("github", CLIENT_ID);
      expect(found?.clientSecret?.reveal()).toBe("s");
      await saveClient(connections, "next");
      expect((await connections.client("github", CLIENT_ID))?.clientId).toBe(
        CLIENT_ID,
      );
    });
    await withBroker(home, async (broker) => {
      const vault = await broker.vault();
      const keys = await vault.keys("profile/default/earlier-client/");
      expect(keys).toHaveLength(2);
      expect(keys.join()).not.toContain("canary");
      const texts = await Promise.all(keys.map((key) => vault.get(key)));
      const kept = texts.map((record) => JSON.parse(record!.text));
      expect(kept).toContainEqual(
        expect.objectContaining({ client_id: CLIENT_ID, label: "kept" }),
      );
    });
    const bytes = Deno.readFileSync(`${home}/vault.db`);
    expect(new TextDecoder("latin1").decode(bytes)).not.toContain("canary");
  }));
