// Configuration files of a definition: where none may be, and that a stranger's are not shown unasked.
import { expect } from "expect";
import { test } from "node:test";
import { parseDefinition } from "../../lib/provider/reading/parse.ts";
import { bundledProviders } from "../../providers/mod.ts";
import { runCommand } from "../support/fakes/fake_machine.ts";
import { withHome } from "../support/home.ts";

const SOURCE = "https://acme.com/docs";

function definition(path: string, text = "token = {api_key}") {
  return {
    schema_version: 1,
    name: "acme",
    display_name: "Acme",
    auth_type: "api_key",
    flow: "api_key",
    api_url: "api.acme.com",
    config_files: [{ path, text, source: SOURCE }],
  };
}

function refusal(value: unknown, variables: "any" | string[] = "any"): string {
  try {
    parseDefinition(JSON.stringify(value), { file: "acme.json", variables });
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

const NEVER = [
  ".bashrc",
  ".bash_profile",
  ".bash_aliases",
  ".profile",
  ".zshrc",
  ".zshenv",
  ".zprofile",
  ".kshrc",
  ".inputrc",
  ".xprofile",
  ".ssh/config",
  ".ssh/authorized_keys",
  ".SSH/config",
  ".gitconfig",
  ".config/git/config",
  ".config/autostart/acme.desktop",
  ".config/systemd/user/acme.service",
  ".config/environment.d/acme.conf",
  ".config/fish/config.fish",
  ".config/nvim/init.lua",
  ".vimrc",
  ".curlrc",
  ".wgetrc",
  ".gdbinit",
  ".pythonrc",
  ".envrc",
  ".tmux.conf",
  ".local/bin/acme",
  ".local/share/applications/acme.desktop",
  ".authsome/config.json",
  "bin/acme",
  "work/.npmrc",
  ".config/../.bashrc",
  "../.npmrc",
  "./.npmrc",
];
for (const path of NEVER) {
  test(`no definition may place ~/${path}, forced or not`, () => {
    expect(refusal(definition(path))).toContain('"config_files[0].path" ');
  });
}

test("paths that leave the home, and texts that name what is no field", () => {
  expect(refusal(definition("/etc/passwd"))).toContain("below the home");
  expect(refusal(definition(".acmerc", "{other}"))).toContain("uses {other}");
  expect(refusal(definition(".acmerc", '{"a": {"key": "{api_key}"}}')))
    .toBe("");
  const twice = definition(".acmerc");
  twice.config_files.push(...twice.config_files);
  expect(refusal(twice)).toContain("is there twice");
});

test("every bundled file has a path that a definition may have", () => {
  for (const name of bundledProviders.names) {
    const text = bundledProviders.text(name)!;
    expect(refusal(JSON.parse(text))).toBe("");
  }
});

test("a stranger's file is refused without a word of the person", () => {
  expect(refusal(definition(".acmerc"), [])).toContain("~/.acmerc");
  // A word for one file is none for another.
  expect(refusal(definition(".npmrc"), ["~/.acmerc"])).toContain("~/.npmrc");
  expect(refusal(definition(".acmerc"), ["~/.acmerc"])).toBe("");
});

test("register refuses it, shows it in full with --force, and remembers the word", async () => {
  await withHome(async (home) => {
    const text = JSON.stringify(
      definition(".acmerc", "run = /tmp/x\nkey = {api_key}"),
    );
    const files = { "acme.json": text };
    const register = (...more: string[]) =>
      runCommand(["register", "acme.json", "--yes", ...more], { home, files });
    const refused = await register();
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain("~/.acmerc");
    expect(refused.stderr).toContain("--force");
    const forced = await register("--force");
    expect(forced.code).toBe(0);
    expect(forced.stderr).toContain("It shows sandboxed commands the files:");
    expect(forced.stderr).toContain(
      String
        .raw`the file ~/.acmerc, which programs may obey: "run = /tmp/x\nkey = {api_key}"`,
    );
    const inspected = await runCommand(["inspect", "acme"], { home });
    expect(inspected.stdout).toContain('"path": ".acmerc"');
  });
});
