import { expect } from "expect";
import { chownSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { importWorld } from "../../../lib/host/home/import_world.ts";
import { withHome } from "../../support/home.ts";

const env = { get: () => "/home/me/", toObject: () => ({}) };

test("files, folders and commands that are not there are no error", async () => {
  const world = importWorld(env);
  expect(world.userFolder).toBe("/home/me");
  expect(world.read("/nonexistent/x")).toBeUndefined();
  expect(world.list("/nonexistent")).toEqual([]);
  expect(await world.databaseRows("/nonexistent/x.db", "kv")).toEqual([]);
  expect(await world.output(["no-such-program-here"])).toBeUndefined();
  expect(await world.output(["sh", "-c", "echo no; exit 1"])).toBeUndefined();
  expect(await world.output(["sh", "-c", "echo yes; echo e >&2"])).toBe(
    "yes\n",
  );
  expect(await world.output(["cat"], "what it reads")).toBe("what it reads");
  // One that reads nothing is no failure, however much there is.
  expect(await world.output(["true"], "x".repeat(1 << 20))).toBe("");
  expect(await world.output(["false"], "x")).toBeUndefined();
  expect(world.md5("")).toBe("d41d8cd98f00b204e9800998ecf8427e");
});

test("what cannot be read is refused by its path", () =>
  withHome(async (folder) => {
    const world = importWorld(env);
    await Deno.writeFile(`${folder}/bad`, new Uint8Array([0xff]));
    expect(() => world.read(`${folder}/bad`)).toThrow("not UTF-8");
    expect(() => world.read(folder)).toThrow("not a regular file");
    await Deno.writeTextFile(`${folder}/long`, "x".repeat((4 << 20) + 1));
    expect(() => world.read(`${folder}/long`)).toThrow("longer than 4 MiB");
    await Deno.symlink(`${folder}/loop`, `${folder}/loop`);
    expect(() => world.read(`${folder}/loop`)).toThrow("cannot be read");
    await Deno.symlink(`${folder}/gone`, `${folder}/nowhere`);
    expect(world.read(`${folder}/nowhere`)).toBeUndefined();
    await Deno.writeTextFile(`${folder}/x.db`, "no database at all".repeat(99));
    await expect(world.databaseRows(`${folder}/x.db`, "kv")).rejects.toThrow(
      "not a readable SQLite database",
    );
  }));

test(
  "whose a file is",
  { skip: Deno.build.os === "windows" },
  () =>
    withHome(async (folder) => {
      const path = `${folder}/file`;
      await Deno.writeTextFile(path, "text");
      await Deno.symlink(path, `${folder}/link`);
      expect(importWorld(env).read(`${folder}/link`)?.isForeign).toBe(false);
      if (Deno.uid() !== 0) return;
      chownSync(path, 1234, 1234);
      expect(importWorld(env).read(path)?.isForeign).toBe(true);
      expect(importWorld(env).read(`${folder}/link`)?.isForeign).toBe(true);
    }),
);

test("a database is read and never written", () =>
  withHome(async (folder) => {
    const path = `${folder}/store.db`;
    const database = new DatabaseSync(path);
    database.exec(
      "PRAGMA journal_mode = WAL; CREATE TABLE kv (key TEXT, value); INSERT INTO kv VALUES ('a', 'one'), ('b', x'00'), ('c', NULL)",
    );
    database.close();
    await Deno.chmod(path, 0o400);
    const world = importWorld(env);
    expect(await world.databaseRows(path, "kv")).toEqual([{
      key: "a",
      value: "one",
    }]);
    expect(await world.databaseRows(path, "Cache")).toEqual([]);
    expect([...Deno.readDirSync(folder)].map(({ name }) => name))
      .toEqual(["store.db"]);
  }));

test("a database of more text than a home has is refused", () =>
  withHome(async (folder) => {
    const path = `${folder}/store.db`;
    const database = new DatabaseSync(path);
    database.exec("CREATE TABLE kv (key TEXT, value)");
    const insert = database.prepare("INSERT INTO kv VALUES ('a', ?)");
    const text = "x".repeat(33 << 20);
    for (let row = 0; row < 2; row++) insert.run(text);
    database.close();
    await expect(importWorld(env).databaseRows(path, "kv")).rejects.toThrow(
      "more than 64 MiB",
    );
  }));
