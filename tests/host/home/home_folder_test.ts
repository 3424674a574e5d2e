// The folder of a home: what is closed to others, and what is refused.
import { expect } from "expect";
import { chownSync } from "node:fs";
import { test } from "node:test";
import { configFile } from "../../../lib/host/home/config_file.ts";
import { definitionFiles } from "../../../lib/host/home/definition_files.ts";
import { ensureHome } from "../../../lib/host/home/home_folder.ts";
import { withHome } from "../../support/home.ts";

const WINDOWS = Deno.build.os === "windows";

const modeOf = (path: string) => Deno.lstatSync(path).mode! & 0o7777;

/** Calls `ensureHome()`; the lines it told, or its error. */
function opened(home: string): string[] | unknown {
  const told: string[] = [];
  try {
    ensureHome(home, (line) => void told.push(line));
    return told;
  } catch (error) {
    return error;
  }
}

function make(path: string, mode: number): string {
  Deno.mkdirSync(path, { recursive: true });
  Deno.chmodSync(path, mode);
  return path;
}

test(
  "a home that others can only read is closed to them, and that is said once",
  {
    skip: WINDOWS,
  },
  () =>
    withHome((parent) => {
      for (const mode of [0o755, 0o750, 0o711, 0o705, 0o744]) {
        const home = make(`${parent}/${mode}`, mode);
        const providers = make(`${home}/providers`, 0o755);
        Deno.writeTextFileSync(`${providers}/mine.json`, "{}", { mode: 0o644 });
        expect(opened(home)).toEqual([
          `Others could read "${home}" (mode ${
            mode.toString(8)
          }); now only you can (mode 700)`,
        ]);
        expect(modeOf(home)).toBe(0o700);
        expect(opened(home)).toEqual([]);
      }
      expect(opened(`${parent}/none`)).toEqual([]);
      expect(modeOf(`${parent}/none`)).toBe(0o700);
      return Promise.resolve();
    }),
);

test("a home that others can write is refused as it is, with what to do", {
  skip: WINDOWS,
}, () =>
  withHome((parent) => {
    for (const mode of [0o775, 0o770, 0o757, 0o777, 0o702, 0o1777]) {
      const home = make(`${parent}/${mode}`, mode);
      expect(opened(home)).toMatchObject({
        code: "StoreUnavailable",
        exitCode: 9,
        hint: `chmod 700 '${home}'`,
      });
      expect(modeOf(home)).toBe(mode);
    }
    return Promise.resolve();
  }));

test("a home of another user is refused as it is, also by root", {
  skip: WINDOWS || Deno.uid() !== 0 ? "only root can make one" : false,
}, () =>
  withHome((parent) => {
    for (const mode of [0o755, 0o700]) {
      const home = make(`${parent}/${mode}`, mode);
      chownSync(home, 1234, 1234);
      expect(opened(home)).toMatchObject({
        code: "StoreUnavailable",
        message: `Cannot use "${home}": it belongs to another user`,
        hint: expect.stringContaining("AUTHSOME_HOME"),
      });
      expect(modeOf(home)).toBe(mode);
    }
    return Promise.resolve();
  }));

test("a home that is a link is refused, and what it leads to is left alone", {
  skip: WINDOWS,
}, () =>
  withHome((given) => {
    const parent = Deno.realPathSync(given);
    const real = make(`${parent}/real`, 0o755);
    Deno.symlinkSync(real, `${parent}/link`);
    Deno.symlinkSync(`${parent}/nowhere`, `${parent}/dangling`);
    expect(opened(`${parent}/link`)).toMatchObject({
      message: expect.stringContaining("it is a link"),
      hint: `export AUTHSOME_HOME='${real}'`,
    });
    expect(modeOf(real)).toBe(0o755);
    expect(opened(`${parent}/dangling`)).toMatchObject({
      hint: expect.stringContaining("ls -ld"),
    });
    return Promise.resolve();
  }));

test(
  "definitions that others could have written to an open home are refused until a person has read them",
  {
    skip: WINDOWS,
  },
  () =>
    withHome((parent) => {
      const cases = [
        { folder: 0o775, file: 0o644, text: "{}" },
        { folder: 0o755, file: 0o664, text: "{}" },
        { folder: 0o755, file: 0o646, text: "{}" },
      ];
      for (const [index, { folder, file, text }] of cases.entries()) {
        const home = make(`${parent}/${index}`, 0o755);
        const providers = make(`${home}/providers`, folder);
        Deno.writeTextFileSync(`${providers}/mine.json`, text);
        Deno.chmodSync(`${providers}/mine.json`, file);
        expect(opened(home)).toMatchObject({
          code: "StoreUnavailable",
          hint: `Read it, then: chmod -R go-w '${providers}'`,
        });
        expect([modeOf(home), modeOf(providers)]).toEqual([0o755, folder]);
        Deno.chmodSync(`${providers}/mine.json`, file & ~0o022);
        Deno.chmodSync(providers, folder & ~0o022);
        expect(opened(home)).toHaveLength(1);
      }
      // What the shell makes before `inspect` has written anything.
      const home = make(`${parent}/fresh`, 0o755);
      const providers = make(`${home}/providers`, 0o775);
      Deno.writeTextFileSync(`${providers}/mine.json`, "");
      Deno.chmodSync(`${providers}/mine.json`, 0o664);
      expect(opened(home)).toHaveLength(1);
      expect([modeOf(home), modeOf(providers)]).toEqual([0o700, 0o755]);
      return Promise.resolve();
    }),
);

test(
  "an empty definition that others could write is closed; one with a text is refused",
  {
    skip: WINDOWS,
  },
  () =>
    withHome(async (home) => {
      const files = definitionFiles(home, `${home}/providers`);
      await files.write("mine", "{}");
      const path = files.path("mine");
      Deno.truncateSync(path);
      Deno.chmodSync(path, 0o664);
      expect(await files.read("mine")).toBe("");
      expect(modeOf(path)).toBe(0o644);
      Deno.writeTextFileSync(path, "{}");
      Deno.chmodSync(path, 0o664);
      await expect(files.read("mine")).rejects.toMatchObject({
        hint: `chmod 644 '${path}'`,
      });
    }),
);

test(
  "a configuration that others can only read is closed to them; one that they can write is refused",
  {
    skip: WINDOWS,
  },
  () =>
    withHome(async (home) => {
      const path = `${home}/config.json`;
      const file = configFile(home, path);
      await file.write("{}");
      Deno.chmodSync(path, 0o644);
      expect(await file.read()).toBe("{}");
      expect(modeOf(path)).toBe(0o600);
      for (const mode of [0o664, 0o622, 0o666]) {
        Deno.chmodSync(path, mode);
        await expect(file.read()).rejects.toMatchObject({
          hint: `chmod 600 '${path}'`,
        });
        expect(modeOf(path)).toBe(mode);
      }
    }),
);
