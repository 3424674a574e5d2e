// What happens to an agent's wrapper on a machine that changes: other folders in PATH, aliases, updates.
import { expect } from "expect";
import { test } from "node:test";
import {
  aliasFiles,
  hasAlias,
  type ShellPlaces,
  startupFile,
  startupFiles,
} from "../../lib/run/setup/shell_startup.ts";
import {
  agentOfWrapper,
  commandOfWrapper,
  wrapperWords,
} from "../../lib/run/setup/agent_wrapper.ts";
import {
  windowsPathLine,
  windowsWrapperText,
} from "../../lib/run/setup/windows_wrapper.ts";
import { windowsPrograms } from "../../lib/host/run/windows_program.ts";
import { missing } from "../support/missing.ts";
import { program, read, withAgent } from "./agent_machine.ts";

const noBash = await missing("bash");

test(
  "a later line of the startup file is reported, and overtaken when the agent is set up again",
  {
    skip: noBash,
  },
  () =>
    withAgent(async ({ folder }, setup, shell) => {
      const rc = `${folder}/.bashrc`;
      expect((await setup("codex", "--yes")).code).toBe(0);
      const own = read(rc);
      const later = `export PATH=${folder}/real:$PATH\n`;
      Deno.writeTextFileSync(rc, own + later);
      expect(await shell("bash", "codex x")).toBe("real x proxy= sandbox=\n");
      expect(await shell("bash", "authsome setup list")).toMatch(/codex .* no/);
      // Set up from the shell that it does not work in.
      const again = await shell("bash", "authsome setup codex --yes");
      expect(again).toContain(`Wrote ${rc}`);
      expect(read(rc)).toBe(later + own);
      expect(await shell("bash", "codex x")).toBe(
        "real x proxy=true sandbox=\n",
      );
      expect(await shell("bash", "authsome setup codex --yes"))
        .toBe("codex is set up already\n");
      expect((await setup("--undo", "codex", "--yes")).code).toBe(0);
      expect(read(rc)).toBe(later);
    }),
);

test("fish puts it first after all that config.fish does", {
  skip: await missing("fish", "-c", "true"),
}, () =>
  withAgent(async ({ folder, env, authsome }, _, shell) => {
    const rc = `${folder}/config/fish/config.fish`;
    const own = `set -gx PATH ${folder}/real $PATH\n`;
    Deno.mkdirSync(`${folder}/config/fish`, { recursive: true });
    Deno.writeTextFileSync(rc, own);
    const setup = (...args: string[]) =>
      authsome(["setup", ...args, "--yes"], {
        env: {
          PATH: `${folder}/real:${env.PATH}`,
          SHELL: "/usr/bin/fish",
          XDG_CONFIG_HOME: `${folder}/config`,
        },
      });
    expect((await setup("codex")).code).toBe(0);
    expect(await shell("fish", "codex x")).toBe("real x proxy=true sandbox=\n");
    expect((await setup("--undo", "codex")).code).toBe(0);
    expect(read(rc)).toBe(own);

    Deno.writeTextFileSync(rc, "alias codex 'true'\n");
    expect((await setup("codex")).stderr).toContain(`function in ${rc}`);
    Deno.removeSync(rc);
    const own_function = `${folder}/config/fish/functions/codex.fish`;
    program(own_function, "function codex\nend\n");
    expect((await setup("codex")).stderr).toContain(own_function);
  }));

test("an agent that replaces its own program keeps its wrapper", {
  skip: noBash,
}, () =>
  withAgent(async ({ folder, home }, setup, shell) => {
    const real = `${folder}/real/codex`;
    const version = (text: string) =>
      `#!/bin/sh
[ "$1" != update ] || { cp ${folder}/next "$0.new"; mv "$0.new" "$0"; exit; }
[ "$1" != where ] || { command -v codex; exit; }
echo "${text} proxy=$AUTHSOME_PROXY_MODE"
`;
    program(real, version("one"));
    program(`${folder}/next`, version("two"));
    expect((await setup("codex", "--yes")).code).toBe(0);
    const wrapper = read(`${home}/bin/codex`);
    expect(await shell("bash", "codex; codex update; codex; codex where"))
      .toBe(`one proxy=true\ntwo proxy=true\n${real}\n`);
    // Another way: the name is a link to the newest of several versions.
    program(`${folder}/versions/3/codex`, version("three"));
    Deno.removeSync(real);
    Deno.symlinkSync(`${folder}/versions/3/codex`, real);
    expect(await shell("bash", "codex; codex where"))
      .toBe(`three proxy=true\n${real}\n`);
    expect(read(`${home}/bin/codex`)).toBe(wrapper);
  }));

test("an agent that is not installed yet is found once it is", {
  skip: noBash,
}, () =>
  withAgent(async ({ folder }, setup, shell) => {
    const done = await setup("continue", "--yes");
    expect([done.code, done.stderr.includes("cn is not on the PATH")])
      .toEqual([0, true]);
    expect(await shell("bash", "cn x 2>&1; echo $?"))
      .toMatch(/Cannot run "cn": [^]*\n127\n$/);
    program(
      `${folder}/real/cn`,
      "#!/bin/sh\necho cn $1 $AUTHSOME_PROXY_MODE\n",
    );
    expect(await shell("bash", "cn x")).toBe("cn x true\n");
    // By the name of its program too.
    expect((await setup("--undo", "cn", "--yes")).code).toBe(0);
    expect(await shell("bash", "cn x")).toBe("cn x\n");
  }));

test("the wrapper changes no variable of the person's but PATH", {
  skip: noBash,
}, () =>
  withAgent(async ({ folder }, setup, shell) => {
    program(
      `${folder}/real/codex`,
      '#!/bin/sh\necho "$folder $rest $path $each"\n',
    );
    expect((await setup("codex", "--yes")).code).toBe(0);
    expect(await shell("bash", "folder=1 rest=2 path=3 each=4 codex"))
      .toBe("1 2 3 4\n");
  }));

test("an alias or a function is seen in every form that is usual", () => {
  const yes = [
    ...["alias codex=x", "  alias -g codex=x", "alias -- codex='x y'"],
    ...["alias a=b codex=x", "alias 'codex'=x", 'alias "codex=x"'],
    ...["[ -x y ] && alias codex=x", "if true; then alias codex=x; fi"],
    ...["codex () {", "codex(){ :; }", "function codex", "function codex {"],
    ...["alias codex 'x'", "abbr -a codex x", "function codex --wraps x"],
  ];
  expect(yes.filter((line) => !hasAlias(`a\n${line}\n`, "codex"))).toEqual([]);
  const no = [
    ...["alias codexa=x", "# alias codex=x", 'alias x="run codex now"'],
    ...["function codex-x", "mycodex() {", "echo codex=1", "codex x"],
  ];
  expect(no.filter((line) => hasAlias(line, "codex"))).toEqual([]);
});

test("on Windows the wrapper is a script for cmd.exe, as text", () => {
  const words = wrapperWords("codex", {
    command: "C:\\Program Files\\100% a\\authsome.exe",
    ...{ sandbox: false, profile: undefined, only: "openai,github" },
  });
  const folder = "C:\\Users\\u/.authsome/bin";
  const text = windowsWrapperText({ agent: "codex", folder, words });
  const lines = text.split("\r\n");
  expect(text.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
  expect(lines).toContain(
    'set "PATH=%PATH:C:\\Users\\u\\.authsome\\bin;=%"',
  );
  const at = (line: string) => lines.indexOf(line);
  const outside =
    '"C:\\Program Files\\100%% a\\authsome.exe" run --only "openai,github" -- codex %*';
  expect(at(outside)).toBeGreaterThan(
    at('if "%AUTHSOME_PROXY_MODE%"=="true" goto :inside'),
  );
  expect(at("codex %*")).toBeGreaterThan(at(":inside"));
  // Arguments in a block in parentheses could end it.
  expect(lines.filter((line) => /\($/.test(line))).toEqual([]);
  expect([agentOfWrapper(text), commandOfWrapper(text)])
    .toEqual(["codex", outside.slice(0, -3)]);
  expect(windowsPathLine("C:\\it's/bin")).toContain("'C:\\it''s\\bin;' +");
  const files = ["C:\\own\\codex.CMD", "C:\\npm\\codex.EXE"];
  const env = { Path: 'C:\\own;"C:\\npm\\";relative' };
  expect([
    ...windowsPrograms("codex", env, (path) => files.includes(path)),
  ]).toEqual(files);
});

test("on macOS bash has its lines in the file that it reads, and loses none", () => {
  const machine = (...there: string[]): ShellPlaces => ({
    os: "darwin",
    userFolder: "/Users/u",
    env: { get: () => undefined },
    read: (path) => there.includes(path.slice(9)) ? "" : undefined,
  });
  for (
    const [there, file] of [
      [[], ".bash_profile"],
      [[".profile"], ".profile"],
      [[".profile", ".bash_login"], ".bash_login"],
      [[".profile", ".bash_profile"], ".bash_profile"],
    ] as [string[], string][]
  ) {
    const places = machine(...there);
    expect([there, startupFile("/bin/bash", places)])
      .toEqual([there, `/Users/u/${file}`]);
    expect(startupFiles(places)).toContain(`/Users/u/${file}`);
  }
  // The lines may be in one that came before a file of the person's.
  expect(startupFiles(machine(".bash_profile"))).toContain("/Users/u/.profile");
  expect(aliasFiles(machine(), "codex")).toContain(
    "/Users/u/.config/fish/functions/codex.fish",
  );
});
