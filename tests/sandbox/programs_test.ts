// Programs that authsome itself starts are never those that a sandboxed command could have written. Real programs.
import { expect } from "expect";
import { chownSync } from "node:fs";
import { test } from "node:test";
import {
  findProgram,
  programEnvironment,
} from "../../lib/host/run/programs.ts";
import type { Env } from "../../lib/ports.ts";
import { withHome } from "../support/home.ts";
import { cliCommand, textCommand } from "../support/program.ts";
import { noSandbox, sandboxTest } from "../support/sandbox/sandbox.ts";
import { spawn, withScenario } from "../support/scenario.ts";

const env = (variables: Record<string, string>): Env => ({
  get: (name) => variables[name],
  toObject: () => variables,
});
const PATH = Deno.env.get("PATH")!;
/** What a run in a sandbox starts, and what a login does. */
const NAMES = [
  ...["bwrap", "sh", "bash", "env", "ip", "nsenter", "true", "trap", "ss"],
  ...["xdg-open", "gio", "wslview", "secret-tool", "gh", "find", "git"],
];

/** Puts programs of every name in `folder`; whichever is started outside a sandbox writes its name in `marks`. */
function traps(folder: string, marks: string): string {
  Deno.mkdirSync(folder, { recursive: true });
  for (const name of NAMES) {
    Deno.writeTextFileSync(
      `${folder}/${name}`,
      `#!/bin/sh\n: > '${marks}'/${name} && exec /usr/bin/${name} "$@"\n`,
      { mode: 0o755 },
    );
  }
  return folder;
}

function names(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name);
}

sandboxTest(
  "a sandbox is made with programs of the system, whatever lies in PATH",
  { groq: "gsk_canary" },
  [],
  () => new Response("ok"),
  async ({ folder, work, inside, home }) => {
    const marks = `${folder}/marks`;
    Deno.mkdirSync(marks);
    const places = [
      traps(`${work}/node_modules/.bin`, marks),
      traps(`${work}/.venv/bin`, marks),
      traps(`${folder}/elsewhere`, marks),
      // The working folder itself, in three spellings.
      traps(work, marks),
      ...["", ".", "bin"],
    ];
    traps(`${work}/bin`, marks);
    // A shell or an interpreter must not be led to a file either, even where the command itself may have the variable.
    Deno.writeTextFileSync(`${work}/start`, `: > '${marks}/start'`);
    Deno.writeTextFileSync(
      `${home}/sandbox.json`,
      '{"allow_env":["BASH_ENV","ENV"]}',
    );
    for (const options of [[], ["--no-network"]]) {
      const ended = await inside(["/bin/sh", "-c", "echo $PATH"], {
        options,
        env: {
          PATH: [...places, PATH].join(":"),
          BASH_ENV: `${work}/start`,
          ENV: `${work}/start`,
        },
      });
      // The command's own PATH is the person's.
      expect([ended.code, ended.stdout]).toEqual([
        0,
        `${[...places, PATH].join(":")}\n`,
      ]);
    }
    expect(names(marks)).toEqual([]);
  },
);

test(
  "without bubblewrap, and where it is refused, the command does not run",
  { skip: noSandbox },
  () =>
    withScenario(
      { groq: "gsk_canary" },
      [],
      () => new Response(),
      async ({ env, folder }) => {
        // A fake in its place, since this machine allows it: what Debian says where user namespaces are off.
        const fake = `${folder}/fake`;
        Deno.writeTextFileSync(
          fake,
          "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n",
          { mode: 0o755 },
        );
        const bubblewrap = findProgram("bwrap", Deno.env)!;
        const instead = (file: string, ...args: string[]) =>
          spawn([
            ...[bubblewrap, "--dev-bind", "/", "/"],
            ...["--ro-bind", file, Deno.realPathSync(bubblewrap), "--"],
            ...cliCommand(...args),
          ], env);
        for (const options of [[], ["--no-network"]]) {
          const { code, stdout, stderr } = await instead(
            fake,
            ...["run", "--sandbox", ...options, "--", "echo", "ran"],
          );
          expect([code, stdout]).toEqual([9, ""]);
          expect(stderr).toContain("No permissions to create new namespace");
          expect(stderr).toContain("user.max_user_namespaces");
        }
        const absent = await instead(
          "/dev/null",
          ...["run", "--sandbox", "--", "true"],
        );
        expect(absent.code).toBe(9);
        expect(absent.stderr).toContain("bubblewrap is not installed");
        expect(absent.stderr).toContain("apt install bubblewrap");
      },
    ),
);

test("a program is found where only its owner and root can write, and nowhere else", () =>
  // deno-lint-ignore require-await
  withHome(async (folder) => {
    const marks = `${folder}/marks`;
    Deno.mkdirSync(marks);
    const mine = traps(`${folder}/mine`, marks);
    const find = (...places: string[]) =>
      findProgram("gh", env({ PATH: places.join(":"), HOME: folder }), {
        system: [],
      });
    expect(find("/nowhere", mine)).toBe(`${mine}/gh`);
    const open = traps(`${folder}/open`, marks);
    Deno.chmodSync(open, 0o777);
    const group = traps(`${folder}/group`, marks);
    if (Deno.uid() === 0) chownSync(group, 0, 4711);
    Deno.chmodSync(group, Deno.uid() === 0 ? 0o775 : 0o755);
    const above = traps(`${folder}/above/bin`, marks);
    Deno.chmodSync(`${folder}/above`, 0o777);
    const environment = traps(`${folder}/some-venv/bin`, marks);
    Deno.writeTextFileSync(`${folder}/some-venv/pyvenv.cfg`, "");
    const modules = traps(`${folder}/p/node_modules/.bin`, marks);
    Deno.symlinkSync(modules, `${folder}/link`);
    Deno.mkdirSync(`${folder}/links`);
    Deno.symlinkSync(`${modules}/gh`, `${folder}/links/gh`);
    const file = traps(`${folder}/file`, marks);
    Deno.chmodSync(`${file}/gh`, 0o777);
    Deno.mkdirSync(`${folder}/plain`);
    Deno.writeTextFileSync(`${folder}/plain/gh`, "no program", { mode: 0o644 });
    for (
      const place of [
        ...[open, above, environment, modules, file, `${folder}/link`],
        ...[`${folder}/links`, `${folder}/plain`, "", ".", "mine"],
        ...Deno.uid() === 0 ? [group] : [],
      ]
    ) {
      expect([place, find(place)]).toEqual([place, undefined]);
      // It is left out; what comes after it is taken.
      expect(find(place, mine)).toBe(`${mine}/gh`);
    }
    expect(
      findProgram("gh", env({ PATH: mine }), {
        system: [],
        writable: [folder],
      }),
    ).toBeUndefined();
    // A path is what the person says; a relative one is a file of the working folder.
    expect(findProgram(`${modules}/gh`, env({}))).toBe(`${modules}/gh`);
    expect(findProgram("./gh", env({ PATH: mine }))).toBeUndefined();
  }));

test("a program is never taken from the working folder or its repository, and started with a clean environment", () =>
  withHome(async (folder) => {
    const marks = `${folder}/marks`;
    const project = `${folder}/project`;
    Deno.mkdirSync(marks);
    Deno.mkdirSync(`${project}/.git`, { recursive: true });
    Deno.mkdirSync(`${project}/sub`);
    const path = [
      traps(`${project}/tools`, marks),
      traps(`${project}/sub/bin`, marks),
      traps(`${project}/sub`, marks),
      ...["", ".", "bin"],
    ].join(":");
    const module = (name: string) =>
      JSON.stringify(
        new URL(`../../lib/${name}`, import.meta.url).href,
      );
    const script = `
      import { systemBrowser } from ${module("host/login/browser.ts")};
      import { importWorld } from ${module("host/home/import_world.ts")};
      import { osKeyring } from ${module("host/vault/keyring_os.ts")};
      import { processEnv } from ${module("host/env.ts")};
      for (const BROWSER of ["", "trap", "./trap", "sub/trap", "bin/trap %s"]) {
        const get = (name) => name === "BROWSER" ? BROWSER : processEnv.get(name);
        await systemBrowser({ ...processEnv, get }).open("https://acme.test/");
      }
      await importWorld(processEnv).output(["gh", "auth", "token"]);
      await importWorld(processEnv).output(["./gh"]);
      await osKeyring(${
      JSON.stringify(folder)
    }, "linux").read().catch(() => {});
      console.log(await importWorld(processEnv).output(["env"]));`;
    const [program, ...args] = textCommand(script);
    const ended = await spawn(
      [program!, ...args],
      {
        HOME: folder,
        DENO_DIR: Deno.env.get("DENO_DIR") ??
          `${Deno.env.get("HOME")}/.cache/deno`,
        DENO_NO_UPDATE_CHECK: "1",
        PATH: `${path}:${PATH}`,
        BASH_ENV: `${project}/start`,
        LD_AUDIT: `${project}/x.so`,
        PERL5LIB: "lib",
        KEPT: "kept",
      },
      undefined,
      `${project}/sub`,
    );
    expect([ended.code, ended.stderr]).toEqual([0, expect.any(String)]);
    expect(names(marks)).toEqual([]);
    expect(ended.stdout).toContain("KEPT=kept");
    expect(ended.stdout).not.toMatch(/BASH_ENV|LD_AUDIT|PERL5LIB/);
    expect(ended.stdout).not.toContain(project);
  }));

test("the environment of a program keeps what it works with", () => {
  const kept = programEnvironment(env({
    DISPLAY: ":0",
    DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/x",
    LD_PRELOAD: "x.so",
    "BASH_FUNC_xdg%%": "() { true; }",
    PATH: "node_modules/.bin:/usr/bin::.",
  }));
  expect(kept).toEqual({
    DISPLAY: ":0",
    DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/x",
    PATH: expect.stringMatching(/^\/usr\/bin:/),
  });
  expect(kept.PATH!.split(":").every((folder) => folder.startsWith("/"))).toBe(
    true,
  );
});
