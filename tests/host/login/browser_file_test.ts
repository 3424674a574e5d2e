import { expect } from "expect";
import { execFileSync } from "node:child_process";
import { chownSync } from "node:fs";
import { test } from "node:test";
import { handOff, places } from "../../../lib/host/login/browser_file.ts";
import type { Env } from "../../../lib/ports/system.ts";
import { withHome } from "../../support/home.ts";
import { forwards } from "../../support/browser/opened_page.ts";
import { NO_OTHER_USER } from "../../support/sandbox/other_user.ts";

const env = (variables: Record<string, string>): Env => ({
  get: (name) => variables[name],
  toObject: () => variables,
});
const URL_WITH_TRICKS = new URL("http://127.0.0.1:7998/login/x?a=\"><b>&c='d'");

const names = (path: string) => [...Deno.readDirSync(path)].map((e) => e.name);

test("handOff() writes a file of its owner alone, which leads to the address, and removes it with its folder", async () => {
  await withHome((home) => {
    const file = handOff(URL_WITH_TRICKS, env({ AUTHSOME_HOME: home }))!;
    const path = decodeURIComponent(new URL(file.url).pathname);
    const folder = path.replace(/\/[^/]*$/, "");
    expect(folder.startsWith(`${home}/authsome-login-`)).toBe(true);
    expect(Deno.lstatSync(path).mode! & 0o777).toBe(0o600);
    expect(Deno.lstatSync(folder).mode! & 0o777).toBe(0o700);
    expect(forwards(file.url)).toBe(URL_WITH_TRICKS.href);
    expect(Deno.readTextFileSync(path)).not.toContain("<b>");
    file.remove();
    file.remove();
    expect(names(home)).toEqual([]);
    return Promise.resolve();
  });
});

test("handOff() leaves what killed logins left no longer than the next login, and nothing else alone", async () => {
  await withHome((home) => {
    const settings = env({ AUTHSOME_HOME: home });
    const alive = handOff(URL_WITH_TRICKS, settings)!;
    const dead = `${home}/authsome-login-${crypto.randomUUID()}`;
    Deno.mkdirSync(dead, { mode: 0o700 });
    Deno.writeTextFileSync(`${dead}/lock`, "", { mode: 0o600 });
    Deno.writeTextFileSync(`${dead}/login.html`, "");
    Deno.writeTextFileSync(`${home}/authsome-login-notes.txt`, "");
    Deno.mkdirSync(`${home}/elsewhere`);
    // Neither a link nor a FIFO that has such a name is followed, read or waited for.
    const link = `${home}/authsome-login-${crypto.randomUUID()}`;
    Deno.symlinkSync(`${home}/elsewhere`, link);
    const odd = `${home}/authsome-login-${crypto.randomUUID()}`;
    Deno.mkdirSync(odd, { mode: 0o700 });
    execFileSync("mkfifo", ["-m", "600", `${odd}/lock`]);
    const old = new Date(Date.now() - 60_000);
    for (const name of names(home)) {
      if (`${home}/${name}` !== link) {
        Deno.utimeSync(`${home}/${name}`, old, old);
      }
    }
    const next = handOff(URL_WITH_TRICKS, settings)!;
    const left = names(home).map((name) => `${home}/${name}`);
    expect(left).not.toContain(dead);
    expect(left).toContain(`${home}/authsome-login-notes.txt`);
    expect(left).toContain(`${home}/elsewhere`);
    expect(forwards(alive.url)).toBe(URL_WITH_TRICKS.href);
    alive.remove();
    next.remove();
    return Promise.resolve();
  });
});

test("places() are folders in which this user alone writes; one that a snap can read comes first", async () => {
  await withHome((folder) => {
    const [home, runtime, own, shared] = ["home", "run", "own", "shared"].map(
      (name) => `${folder}/${name}`,
    ) as [string, string, string, string];
    for (const path of [home, runtime, own, shared]) {
      Deno.mkdirSync(path, { mode: 0o700 });
    }
    Deno.chmodSync(shared, 0o777);
    const at = (change: Record<string, string>, snaps = false) =>
      places(
        env({
          HOME: home,
          XDG_RUNTIME_DIR: runtime,
          AUTHSOME_HOME: own,
          ...change,
        }),
        snaps,
      );
    expect(at({})).toEqual([runtime, own]);
    expect(at({}, true)).toEqual([home, runtime, own]);
    for (const bad of [shared, `${folder}/nowhere`, "/tmp", ""]) {
      expect(at({ XDG_RUNTIME_DIR: bad })).toEqual([own]);
      expect(at({ HOME: bad }, true)).toEqual([runtime, own]);
    }
    expect(
      handOff(URL_WITH_TRICKS, env({ AUTHSOME_HOME: shared })),
    ).toBe(undefined);
    return Promise.resolve();
  });
});

test("places() are real and absolute: no link can lead the browser elsewhere", async () => {
  await withHome((folder) => {
    const real = `${folder}/run`;
    Deno.mkdirSync(real, { mode: 0o700 });
    const open = `${folder}/open`;
    Deno.mkdirSync(open);
    Deno.chmodSync(open, 0o1777);
    Deno.symlinkSync(real, `${open}/link`);
    expect(places(env({ XDG_RUNTIME_DIR: `${open}/link` }))).toEqual([real]);
    for (const relative of [".", "run", "./run"]) {
      expect(places(env({ XDG_RUNTIME_DIR: relative }))).toEqual([]);
    }
    // With the sticky bit nobody else can rename a folder of ours there; without it anybody can.
    const below = `${open}/below`;
    Deno.mkdirSync(below, { mode: 0o700 });
    expect(places(env({ XDG_RUNTIME_DIR: below }))).toEqual([below]);
    Deno.chmodSync(open, 0o777);
    expect(places(env({ XDG_RUNTIME_DIR: below }))).toEqual([]);
    return Promise.resolve();
  });
});

test(
  "places() are in no folder of another user, who could rename them",
  { skip: NO_OTHER_USER },
  async () => {
    await withHome((folder) => {
      const theirs = `${folder}/theirs`;
      Deno.mkdirSync(`${theirs}/ours`, { recursive: true, mode: 0o700 });
      chownSync(theirs, 1234, 1234);
      expect(places(env({ XDG_RUNTIME_DIR: `${theirs}/ours` }))).toEqual([]);
      chownSync(theirs, 0, 0);
      expect(places(env({ XDG_RUNTIME_DIR: `${theirs}/ours` })))
        .toEqual([`${theirs}/ours`]);
      return Promise.resolve();
    });
  },
);
