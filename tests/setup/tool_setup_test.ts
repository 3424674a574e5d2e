// `authsome setup <tool>`: what it writes into files of other programs, and that an undo gives every byte back.
import { expect } from "expect";
import { test } from "node:test";
import {
  withMarkedAtEnd,
  withoutMarked,
} from "../../lib/broker/setup/files/marked_lines.ts";
import { withoutPath, withPath } from "../../lib/run/setup/shell_startup.ts";
import { type Scenario, withScenario } from "../support/scenario.ts";

const withLines = (text: string, ...lines: string[]) =>
  withMarkedAtEnd(text, "git", "/f", lines);
const withoutLines = (text: string) => withoutMarked(text, "git", "/f");
const TEXTS = [
  ...["", "\n", "a", "a\n", "a\n\n", "a\r\nb\r\n", "a\r\nb", "\ufeffa\n"],
  "# >>> authsome setup docker >>>\n# <<< authsome setup docker <<<\n",
];

for (const text of TEXTS) {
  test(`lines are added and taken out: ${JSON.stringify(text)}`, () => {
    const once = withLines(text, "one", "two");
    expect(withoutLines(once)).toBe(text);
    const again = withLines(once, "three");
    expect(again).toContain("three");
    expect(again).not.toContain("two");
    expect(withoutLines(again)).toBe(text);
    // What the person writes behind them stays, on a line of its own.
    expect(withoutLines(`${once}x\n`).endsWith("\nx\n"))
      .toBe(text !== "");
    expect(withoutPath(withPath(text, "bash", "/h/bin", "rc"), "rc"))
      .toBe(text);
  });
}

for (
  const text of [
    "# >>> authsome setup git >>>\n",
    "# <<< authsome setup git <<<\n# >>> authsome setup git >>>\n",
    "# >>> authsome setup git >>>\n# >>> authsome setup git >>>\n# <<< authsome setup git <<<\n",
  ]
) {
  test(`half of the lines is refused: ${JSON.stringify(text)}`, () => {
    expect(() => withLines(text, "x")).toThrow("only a part of the lines");
    expect(() => withoutLines(text)).toThrow("only a part of the lines");
  });
}

const setup = ({ authsome, folder }: Scenario, ...args: string[]) =>
  authsome(["setup", ...args], {
    env: { SHELL: "/bin/bash", XDG_CONFIG_HOME: `${folder}/config` },
  });

const onMachine = (body: (scenario: Scenario) => Promise<void>) =>
  withScenario({ "github-pat": "canary" }, [], () => new Response(), body);

test("of a file that was changed since, only what was added goes", () =>
  onMachine(async (all) => {
    const config = `${all.folder}/.docker/config.json`;
    Deno.mkdirSync(`${all.folder}/.docker`);
    Deno.writeTextFileSync(config, '{"credHelpers":{"ghcr.io":"gone"}}');
    Deno.writeTextFileSync(`${all.folder}/.gitconfig`, "[a]\n\tb = c");
    expect((await setup(all, "git", "--yes")).code).toBe(0);
    expect((await setup(all, "docker", "--yes")).code).toBe(0);
    const changed = JSON.parse(Deno.readTextFileSync(config));
    Deno.writeTextFileSync(config, JSON.stringify({ ...changed, more: 1 }));
    const git = Deno.readTextFileSync(`${all.folder}/.gitconfig`);
    Deno.writeTextFileSync(`${all.folder}/.gitconfig`, `[x]\n\ty = z\n${git}`);
    // A second setup over it keeps what the person wrote.
    const again = await setup(
      ...[all, "git", "--host", "b.example.com", "--yes"] as const,
    );
    expect(again.code).toBe(0);
    expect((await setup(all, "--undo", "git", "--yes")).code).toBe(0);
    expect((await setup(all, "--undo", "docker", "--yes")).code).toBe(0);
    expect(JSON.parse(Deno.readTextFileSync(config)))
      .toEqual({ credHelpers: { "ghcr.io": "gone" }, more: 1 });
    expect(Deno.readTextFileSync(`${all.folder}/.gitconfig`))
      .toBe("[x]\n\ty = z\n[a]\n\tb = c");
  }));

test("files that were not there are gone again, also without the record and without the vault", () =>
  onMachine(async (all) => {
    expect((await setup(all, "git", "--yes")).code).toBe(0);
    expect((await setup(all, "docker", "--yes")).code).toBe(0);
    const list = await setup(all, "list");
    expect(list.stdout).toContain(`${all.folder}/.gitconfig`);
    Deno.removeSync(`${all.home}/setup`, { recursive: true });
    Deno.writeTextFileSync(`${all.home}/vault.db`, "no vault");
    expect((await setup(all, "--undo", "git", "--yes")).code).toBe(0);
    expect((await setup(all, "--undo", "docker", "--yes")).code).toBe(0);
    for (const name of [".gitconfig", ".bashrc"]) {
      expect(() => Deno.statSync(`${all.folder}/${name}`)).toThrow();
    }
    // Whether the file was there is not known without the record.
    const config = Deno.readTextFileSync(`${all.folder}/.docker/config.json`);
    expect(JSON.parse(config)).toEqual({});
    expect((await setup(all, "list")).stderr).toContain("Nothing is set up");
  }));

test("git's own rules say which file is its own", () =>
  onMachine(async (all) => {
    const { folder } = all;
    Deno.mkdirSync(`${folder}/config/git`, { recursive: true });
    const file = `${folder}/config/git/config`;
    Deno.writeTextFileSync(file, "[a]\n\tb = c\n");
    expect((await setup(all, "git", "--yes")).code).toBe(0);
    expect(Deno.readTextFileSync(file)).toContain("authsome credential git");
    expect((await setup(all, "--undo", "git", "--yes")).code).toBe(0);
    expect(Deno.readTextFileSync(file)).toBe("[a]\n\tb = c\n");
    // A variable that is gone at the undo.
    const other = `${folder}/other`;
    const named = await all.authsome(["setup", "git", "--yes"], {
      env: { GIT_CONFIG_GLOBAL: other },
    });
    expect(named.code).toBe(0);
    expect(Deno.readTextFileSync(other)).toContain("authsome credential git");
    expect((await setup(all, "--undo", "git", "--yes")).code).toBe(0);
    expect(() => Deno.statSync(other)).toThrow();
  }));

test("what is not understood is left alone, and said", () =>
  onMachine(async (all) => {
    const config = `${all.folder}/.docker/config.json`;
    Deno.mkdirSync(`${all.folder}/.docker`);
    for (
      const text of ["[]", '{"credHelpers": 3}', "no json", '{"a":1,}{']
    ) {
      Deno.writeTextFileSync(config, text);
      const { code, stderr } = await setup(all, "docker", "--yes");
      expect([text, code]).toEqual([text, 4]);
      expect(stderr).toContain("Cannot change");
      expect(Deno.readTextFileSync(config)).toBe(text);
    }
    Deno.removeSync(config);
    Deno.mkdirSync(`${all.home}/bin`, { recursive: true });
    const helper = `${all.home}/bin/docker-credential-authsome`;
    Deno.writeTextFileSync(helper, "#!/bin/sh\n");
    expect((await setup(all, "docker", "--yes")).code).toBe(4);
    expect(Deno.readTextFileSync(helper)).toBe("#!/bin/sh\n");
    expect(() => Deno.statSync(config)).toThrow();
  }));
