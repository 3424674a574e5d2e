import { expect } from "expect";
import { test } from "node:test";
import { configFile } from "../../../lib/host/home/config_file.ts";
import { definitionFiles } from "../../../lib/host/home/definition_files.ts";
import { fileKeyring } from "../../../lib/host/vault/keyring_file.ts";
import { findHome } from "../../../lib/host/home/paths.ts";
import { writeFileAtomic } from "../../../lib/host/home/atomic_file.ts";
import { withHome } from "../../support/home.ts";

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

test("findHome() takes AUTHSOME_HOME, else .authsome in the user's folder", () => {
  const find = (env: Record<string, string>) =>
    findHome({ get: (name) => env[name], toObject: () => env });
  expect(find({ AUTHSOME_HOME: "/a/b/", HOME: "/u" })).toBe("/a/b");
  expect(find({ AUTHSOME_HOME: "", HOME: "/u" })).toBe("/u/.authsome");
  expect(() => find({ AUTHSOME_HOME: "a" })).toThrow(/not an absolute path/);
  expect(() => find({ HOME: "u" })).toThrow(/neither AUTHSOME_HOME nor HOME/);
  expect(() => find({})).toThrow(/neither AUTHSOME_HOME nor HOME/);
});

test("findHome() on Windows takes the profile folder, whatever a Unix shell says", () => {
  const find = (env: Record<string, string>) =>
    findHome({ get: (name) => env[name], toObject: () => env }, "windows");
  const USERPROFILE = "C:\\Users\\me";
  expect(find({ USERPROFILE, HOME: "/c/Users/me" })).toBe(
    "C:\\Users\\me/.authsome",
  );
  expect(find({ AUTHSOME_HOME: "D:\\keys\\", USERPROFILE })).toBe("D:\\keys");
  expect(() => find({ AUTHSOME_HOME: "keys", USERPROFILE })).toThrow(
    /not an absolute path/,
  );
});

test("writeFileAtomic() leaves the old text or the new one, its mode, and nothing else", () =>
  withHome((home) => {
    const path = `${home}/a.json`;
    const before = Deno.umask(0);
    try {
      writeFileAtomic(path, "old", 0o600);
      expect(Deno.statSync(path).mode! & 0o777).toBe(0o600);
      writeFileAtomic(path, "new é", 0o644);
      expect(Deno.statSync(path).mode! & 0o777).toBe(0o644);
    } finally {
      Deno.umask(before);
    }
    expect(Deno.readTextFileSync(path)).toBe("new é");
    // A rename onto a folder fails after the draft was written.
    Deno.mkdirSync(`${home}/folder`);
    expect(() => writeFileAtomic(`${home}/folder`, "x", 0o600)).toThrow(
      /it cannot be written/,
    );
    expect(() => writeFileAtomic(`${home}/none/a`, "x", 0o600)).toThrow();
    expect(names(home)).toEqual(["a.json", "folder"]);
    return Promise.resolve();
  }));

test("writeFileAtomic() replaces a link instead of writing through it", () =>
  withHome((home) => {
    Deno.writeTextFileSync(`${home}/victim`, "untouched");
    Deno.symlinkSync(`${home}/victim`, `${home}/a`);
    writeFileAtomic(`${home}/a`, "new", 0o600);
    expect(Deno.readTextFileSync(`${home}/victim`)).toBe("untouched");
    expect(Deno.lstatSync(`${home}/a`).isSymlink).toBe(false);
    return Promise.resolve();
  }));

test("config.json that is a link or that others may write is refused", () =>
  withHome(async (home) => {
    const path = `${home}/config.json`;
    const file = configFile(home, path);
    expect(await file.read()).toBe(undefined);
    await file.write("{}");
    expect(await file.read()).toBe("{}");
    expect(Deno.statSync(path).mode! & 0o777).toBe(0o600);
    Deno.chmodSync(path, 0o666);
    await expect(file.read()).rejects.toMatchObject({
      code: "StoreUnavailable",
      hint: `chmod 600 '${path}'`,
    });
    Deno.renameSync(path, `${path}.real`);
    Deno.chmodSync(`${path}.real`, 0o600);
    Deno.symlinkSync(`${path}.real`, path);
    await expect(file.read()).rejects.toMatchObject({
      code: "StoreUnavailable",
    });
  }));

test("definitionFiles() keeps definitions of mode 0644 and never leaves its folder", () =>
  withHome(async (home) => {
    const files = definitionFiles(home, `${home}/providers`);
    expect(await files.names()).toEqual([]);
    expect(await files.read("mine")).toBe(undefined);
    expect(await files.remove("mine")).toBe(false);
    await files.write("mine", "{}");
    await files.write("also", "[]");
    expect(Deno.statSync(files.path("mine")).mode! & 0o777).toBe(0o644);
    Deno.writeTextFileSync(`${home}/providers/.hidden.json`, "");
    Deno.writeTextFileSync(`${home}/providers/README.md`, "");
    expect(await files.names()).toEqual(["also", "mine"]);
    expect(await files.read("mine")).toBe("{}");
    Deno.writeTextFileSync(`${home}/outside.json`, "secret");
    for (const name of ["../outside", "a/b", "..", "", "MINE"]) {
      expect(await files.read(name)).toBe(undefined);
      expect(await files.remove(name)).toBe(false);
      await expect(files.write(name, "x")).rejects.toMatchObject({
        code: "StoreUnavailable",
      });
    }
    expect(Deno.readTextFileSync(`${home}/outside.json`)).toBe("secret");
    expect(await files.remove("mine")).toBe(true);
    expect(await files.names()).toEqual(["also"]);
  }));

test("a definition that others may change, that is no file or that is huge is refused", () =>
  withHome(async (home) => {
    const files = definitionFiles(home, `${home}/providers`);
    const path = files.path("mine");
    await files.write("mine", "{}");
    for (const mode of [0o664, 0o646]) {
      Deno.chmodSync(path, mode);
      await expect(files.read("mine")).rejects.toMatchObject({
        code: "StoreUnavailable",
        hint: `chmod 644 '${path}'`,
      });
    }
    Deno.chmodSync(path, 0o644);
    Deno.truncateSync(path, 1_048_577);
    await expect(files.read("mine")).rejects.toThrow(/at most 1048576/);
    Deno.removeSync(path);
    Deno.mkdirSync(path);
    await expect(files.read("mine")).rejects.toThrow(/not a regular file/);
  }));

test("fileKeyring() removes the drafts of killed processes, and no other file", () =>
  withHome(async (home) => {
    const path = `${home}/master.key`;
    const keyring = fileKeyring(path);
    await keyring.create(new Uint8Array(32));
    const old = `master.key.${crypto.randomUUID()}`;
    const young = `master.key.${crypto.randomUUID()}`;
    const kept = ["master.key.bak", "master.key2", young];
    for (const name of [old, ...kept]) {
      Deno.writeFileSync(`${home}/${name}`, new Uint8Array(32));
    }
    const past = new Date(Date.now() - 120_000);
    for (const name of [old, "master.key.bak", "master.key", "master.key2"]) {
      Deno.utimeSync(`${home}/${name}`, past, past);
    }
    expect(await keyring.read()).toEqual(new Uint8Array(32));
    expect(names(home)).toEqual(["master.key", ...kept].sort());
  }));
