// What git obeys, read from its files.
import { expect } from "expect";
import { test } from "node:test";
import {
  gitFileTarget,
  gitSettings,
  isRepository,
  leadsOf,
  withoutWorktree,
} from "../../../lib/sandbox/git_places.ts";
import {
  isPackageFolder,
  isStartupPlace,
} from "../../../lib/sandbox/startup_places.ts";

test("settings are read as git reads them", () => {
  const text = `\ufeff[Core] HooksPath = "a b" ; comment
    fsmonitor = x\\
y # comment \\
    pager = "p\\"q"
[includeIf "gitdir:~/a/\\"b\\""]
    Path = c
[remote "Origin"]
    url = u
    uploadpack`;
  const settings = gitSettings(text).map(({ key, value }) => `${key}=${value}`);
  for (
    const one of [
      ...["core.hookspath=a b", "core.fsmonitor=xy", 'core.pager=p"q'],
      ...['includeif.gitdir:~/a/"b".path=c', "remote.Origin.url=u"],
      ...["remote.Origin.uploadpack="],
    ]
  ) expect(settings).toContain(one);
});

test("settings lead to files, folders of hooks and programs", () => {
  const leads = (key: string, value: string) =>
    leadsOf({ key, value }).map(({ kind, path }) => `${kind} ${path}`);
  expect(leads("include.path", "x")).toEqual(["include x"]);
  expect(leads("includeif.onbranch:a.path", "x")).toEqual(["include x"]);
  expect(leads("core.hookspath", ".githooks")).toEqual(["hooks .githooks"]);
  expect(leads("credential.https://x.helper", "!./a -b 'c'")).toEqual(
    expect.arrayContaining(["program ./a", "program c"]),
  );
  for (
    const key of ["merge.x.driver", "filter.x.smudge", "submodule.x.update"]
  ) {
    expect(leads(key, "tools/x %A")).toContain("program tools/x");
  }
  for (const key of ["remote.x.url", "branch.a.remote", "submodule.x.url"]) {
    expect(leads(key, "../x")).toEqual([]);
  }
  expect(leads("core.filemode", "true")).toEqual([]);
});

test("a folder is a repository by what is in it, a file leads to one by its line", () => {
  expect(isRepository(["HEAD", "objects", "refs"])).toBe(true);
  expect(isRepository(["HEAD", "commondir"])).toBe(true);
  expect(isRepository(["HEAD", "objects"])).toBe(false);
  expect(isRepository(["config", "hooks", "objects", "refs"])).toBe(false);
  expect(gitFileTarget("gitdir: ../a b\n")).toBe("../a b");
  expect(gitFileTarget("x")).toBeUndefined();
});

test("of a submodule's settings only the place of its tree is left out", () => {
  const text = (line: string) =>
    `[core]\n\tbare = false\n${line}[other]\n\tworktree = kept\n`;
  expect(withoutWorktree(text("\tworktree = ../x\n"))).toBe(text(""));
  expect(withoutWorktree(text(""))).toBeUndefined();
  expect(withoutWorktree(text("\tworktree = ../x\\\n"))).toBeUndefined();
});

test("names with a part that varies, and folders of packages", () => {
  for (
    const name of [
      ".envrc.local",
      "mise.prod.toml",
      ".mise.toml",
      "lefthook-local.yaml",
      "a.code-workspace",
    ]
  ) {
    expect([name, isStartupPlace(name)]).toEqual([name, true]);
  }
  for (
    const name of [
      "package.json",
      "Makefile",
      ".env",
      ".nvmrc",
      "CLAUDE.md",
      "envrc",
      ".npmrc",
    ]
  ) {
    expect([name, isStartupPlace(name)]).toEqual([name, false]);
  }
  expect([
    isPackageFolder("mod", "pkg"),
    isPackageFolder("mod", "x"),
    isPackageFolder("node_modules", "x"),
  ])
    .toEqual([true, false, true]);
});
