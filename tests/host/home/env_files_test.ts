import { expect } from "expect";
import { test } from "node:test";
import { envFiles } from "../../../lib/host/home/env_files.ts";
import { withHome } from "../../support/home.ts";

test("only real dotenv files are named", () =>
  withHome(async (folder) => {
    const files = [".env", ".env.local", ".env.prod", ".environment", "x.env"];
    const templates = [".env.example", ".env.sample", ".env.TEMPLATE"];
    for (const name of [...files, ...templates]) {
      await Deno.writeTextFile(`${folder}/${name}`, "A=1\n");
    }
    await Deno.mkdir(`${folder}/.env.d`);
    expect(envFiles(`${folder}/home`, folder).names()).toEqual([
      ".env",
      ".env.local",
      ".env.prod",
    ]);
  }));

test("replace() keeps mode and a private copy, byte for byte", () =>
  withHome(async (folder) => {
    const home = `${folder}/home`;
    const path = `${folder}/.env`;
    const bytes = new TextEncoder().encode("\ufeffA=é\r\nB=2");
    await Deno.writeFile(path, bytes);
    await Deno.chmod(path, 0o664);
    const port = envFiles(home, folder);
    const file = port.read(".env");
    const backup = port.replace(file, file.text.replace("2", "3"));
    expect(await Deno.readFile(backup)).toEqual(bytes);
    expect(await Deno.readTextFile(path)).toBe("\ufeffA=é\r\nB=3");
    expect((await Deno.readFile(path)).slice(0, 3)).toEqual(bytes.slice(0, 3));
    expect((await Deno.stat(path)).mode! & 0o777).toBe(0o664);
    expect((await Deno.stat(backup)).mode! & 0o777).toBe(0o600);
    expect((await Deno.stat(`${home}/backups`)).mode! & 0o777).toBe(0o700);
    expect([...Deno.readDirSync(folder)].map(({ name }) => name).sort())
      .toEqual([".env", "home"]);
  }));

test("replace() refuses links, second names and files that changed", () =>
  withHome(async (folder) => {
    const path = `${folder}/.env`;
    const port = envFiles(`${folder}/home`, folder);
    await Deno.writeTextFile(path, "A=1\n");
    await Deno.symlink(path, `${folder}/.env.link`);
    const link = port.read(".env.link");
    expect(() => port.replace(link, "A=2\n")).toThrow("it is a link");
    const file = port.read(".env");
    await Deno.writeTextFile(path, "A=9\n");
    expect(() => port.replace(file, "A=2\n")).toThrow(
      "changed in the meantime",
    );
    await Deno.link(path, `${folder}/other`);
    expect(() => port.replace(port.read(".env"), "A=2\n")).toThrow("names");
    expect(await Deno.readTextFile(path)).toBe("A=9\n");
  }));

test("read() refuses folders, other encodings and what is too long", () =>
  withHome(async (folder) => {
    const port = envFiles(`${folder}/home`, folder);
    await Deno.mkdir(`${folder}/.env`);
    await Deno.writeFile(`${folder}/.env.a`, new Uint8Array([0xff, 0xfe]));
    await Deno.writeFile(`${folder}/.env.b`, new Uint8Array(1_048_577));
    for (
      const [name, why] of [
        [".env", "not a regular file"],
        [".env.a", "not UTF-8"],
        [".env.b", "longer than 1 MiB"],
        [".env.c", "does not exist"],
      ] as const
    ) expect(() => port.read(name)).toThrow(why);
  }));

test("copies() names what replace() kept; shred() overwrites it before it is gone", () =>
  withHome(async (folder) => {
    const home = `${folder}/home`;
    const port = envFiles(home, folder);
    expect(port.copies()).toEqual([]);
    await Deno.writeTextFile(`${folder}/.env`, "A=canary\n");
    const copy = port.replace(port.read(".env"), "A=\n");
    await Deno.writeTextFile(`${home}/backups/notes.txt`, "mine");
    await Deno.symlink(`${folder}/.env`, `${home}/backups/link.env`);
    expect(port.copies()).toEqual([copy]);
    // Its content is seen by another name.
    await Deno.link(copy, `${folder}/other`);
    port.shred(copy);
    expect(port.copies()).toEqual([]);
    expect(await Deno.readTextFile(`${folder}/other`)).toBe("\0".repeat(9));
    expect(() => port.shred(copy)).toThrow("overwritten and deleted");
  }));
