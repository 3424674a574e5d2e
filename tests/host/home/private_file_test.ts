import { expect } from "expect";
import { test } from "node:test";
import { fileKeyring } from "../../../lib/host/vault/keyring_file.ts";
import { ensurePrivateFolder } from "../../../lib/host/home/private_file.ts";
import { openSqliteStore } from "../../../lib/host/vault/sqlite_store.ts";
import { withHome } from "../../support/home.ts";

const REFUSED = expect.objectContaining({
  code: "StoreUnavailable",
  exitCode: 9,
});

function thrown(body: () => unknown): unknown {
  try {
    body();
  } catch (error) {
    return error;
  }
  return "nothing was thrown";
}

test("ensurePrivateFolder() makes 0700 and refuses links, files and folders open to others", () =>
  withHome((home) => {
    ensurePrivateFolder(`${home}/a`);
    ensurePrivateFolder(`${home}/a`);
    expect(Deno.statSync(`${home}/a`).mode! & 0o777).toBe(0o700);
    Deno.symlinkSync(`${home}/a`, `${home}/link`);
    Deno.writeTextFileSync(`${home}/file`, "");
    Deno.mkdirSync(`${home}/open`);
    Deno.chmodSync(`${home}/open`, 0o777);
    for (const name of ["link", "file", "open"]) {
      expect(thrown(() => ensurePrivateFolder(`${home}/${name}`))).toEqual(
        REFUSED,
      );
    }
    return Promise.resolve();
  }));

test("openSqliteStore() refuses a link, a hard link, a FIFO, an open mode and what is no database", () =>
  withHome(async (home) => {
    const plant = async (name: string, mode: number): Promise<string> => {
      await Deno.writeTextFile(`${home}/${name}`, "", { mode });
      return `${home}/${name}`;
    };
    const target = await plant("target", 0o600);
    Deno.symlinkSync(target, `${home}/link`);
    Deno.symlinkSync(`${home}/nowhere`, `${home}/dangling`);
    Deno.linkSync(target, `${home}/hard`);
    await new Deno.Command("mkfifo", { args: ["-m", "600", `${home}/fifo`] })
      .output();
    await plant("open", 0o600);
    Deno.chmodSync(`${home}/open`, 0o644);
    await Deno.writeTextFile(`${home}/text`, "not a database ".repeat(100), {
      mode: 0o600,
    });
    for (const name of ["link", "dangling", "hard", "fifo", "open", "text"]) {
      expect(thrown(() => openSqliteStore(`${home}/${name}`))).toEqual(REFUSED);
    }
    expect(thrown(() => Deno.statSync(`${home}/nowhere`))).toBeInstanceOf(
      Deno.errors.NotFound,
    );
  }));

test("fileKeyring() never replaces a key and leaves no draft", () =>
  withHome(async (home) => {
    const keyring = fileKeyring(`${home}/master.key`);
    expect(await keyring.read()).toBeUndefined();
    await keyring.create(new Uint8Array(32).fill(1));
    await keyring.create(new Uint8Array(32).fill(2));
    expect(await keyring.read()).toEqual(new Uint8Array(32).fill(1));
    expect([...Deno.readDirSync(home)].map((entry) => entry.name)).toEqual([
      "master.key",
    ]);
  }));

test("fileKeyring() reads a key after a process was killed before it removed its draft", () =>
  withHome(async (home) => {
    const keyring = fileKeyring(`${home}/master.key`);
    await keyring.create(new Uint8Array(32).fill(1));
    Deno.linkSync(`${home}/master.key`, `${home}/master.key.draft`);
    expect(await keyring.read()).toEqual(new Uint8Array(32).fill(1));
    Deno.linkSync(`${home}/master.key`, `${home}/planted`);
    await expect(keyring.read()).rejects.toEqual(REFUSED);
  }));
