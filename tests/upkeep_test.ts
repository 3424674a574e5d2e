import { expect } from "expect";
import { test } from "node:test";
import { VERSION } from "../lib/version.ts";
import { isAllowed, summary } from "../scripts/check_licences.ts";
import {
  installedPackages,
  runtimePackages,
} from "../scripts/build/packages.ts";
import { filePoints } from "../scripts/release/release_checklist.ts";

test("licences are allowed by their SPDX expression", () => {
  for (
    const good of [
      "MIT",
      "MIT OR GPL-3.0",
      "(BSD-3-Clause OR GPL-2.0)",
      "MIT AND Apache-2.0",
    ]
  ) {
    expect([good, isAllowed(good)]).toEqual([good, true]);
  }
  for (
    const bad of [
      "GPL-3.0-only",
      "MIT AND GPL-3.0",
      "",
      "UNLICENSED",
      "SEE LICENSE IN X",
    ]
  ) {
    expect([bad, isAllowed(bad)]).toEqual([bad, false]);
    expect([bad, isAllowed(bad, false)]).toEqual([bad, false]);
  }
});

test("what only tests load may have the MPL", () => {
  expect([isAllowed("MPL-2.0"), isAllowed("MPL-2.0", false)])
    .toEqual([false, true]);
});

test("every installed package has an allowed licence, and what a user installs is in the changelog", async () => {
  const all = await installedPackages();
  const names = await runtimePackages();
  const refused = all.filter(({ name, version, licence }) =>
    !isAllowed(licence, names.has(`${name}@${version}`))
  );
  expect(refused).toEqual([]);
  const runtime = all.filter(({ name, version }) =>
    names.has(`${name}@${version}`)
  );
  expect(runtime).toHaveLength(names.size);
  const changelog = await Deno.readTextFile(
    new URL("../CHANGELOG.md", import.meta.url),
  );
  expect(changelog.replace(/\s+/g, " ")).toContain(summary(runtime));
});

test("installedPackages() finds nested and scoped packages once, and follows no link", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const put = async (place: string, name: string, rest: object) => {
      await Deno.mkdir(`${folder}/${place}`, { recursive: true });
      await Deno.writeTextFile(
        `${folder}/${place}/package.json`,
        JSON.stringify({ name, version: "1.0.0", ...rest }),
      );
    };
    await put("a", "a", { license: "MIT" });
    await put("a/node_modules/b", "b", { license: { type: "ISC" } });
    await put("@s/c", "@s/c", { licenses: [{ type: "MIT" }, { type: "ISC" }] });
    await put(".deno/d@1.0.0/node_modules/d", "d", {});
    await Deno.symlink(`${folder}/.deno/d@1.0.0/node_modules/d`, `${folder}/d`);
    await Deno.writeTextFile(`${folder}/a/index.js`, "12345");
    const found = await installedPackages(folder);
    expect(found.map(({ name, licence }) => [name, licence])).toEqual([
      ["@s/c", "MIT OR ISC"],
      ["a", "MIT"],
      ["b", "ISC"],
      ["d", ""],
    ]);
    const size = (await Deno.stat(`${folder}/a/package.json`)).size;
    expect(found[1]!.bytes).toBe(size + 5);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

test("the release checklist sees a version that is not everywhere, and changes that have none", () => {
  const json = (version: string) => JSON.stringify({ version });
  const files = {
    denoJson: json(VERSION),
    packageJson: json(VERSION),
    lock: json(VERSION),
    changelog: `# Changelog\n\n## Unreleased\n\n## ${VERSION}\n\n- x\n`,
  };
  const open = (version: string, change: Partial<typeof files> = {}) =>
    filePoints(version, { ...files, ...change }).filter(({ done }) => !done)
      .map(({ text }) => text);
  expect(open(VERSION)).toEqual([]);
  expect(open(VERSION, { lock: json("0.0.1") })).toEqual([
    `package-lock.json says ${VERSION}`,
  ]);
  expect(
    open(VERSION, { changelog: "# Changelog\n\n## Unreleased\n\n- new\n" }),
  ).toEqual([
    `CHANGELOG.md has "## ${VERSION}"`,
    "CHANGELOG.md has nothing under Unreleased",
  ]);
  expect(open("v9")).toHaveLength(6);
});
