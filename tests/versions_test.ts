// The Deno of this project is the one in package.json, and every other place says the same.
import { expect } from "expect";
import { test } from "node:test";
import { OLDEST_NODE } from "../scripts/build/bundle.ts";
import { missing, spawn } from "./support/scenario.ts";
import { withHome } from "./support/home.ts";

const ROOT = new URL("../", import.meta.url);
const VERSION: string =
  JSON.parse(Deno.readTextFileSync(new URL("package.json", ROOT)))
    .devDependencies.deno;

function filesIn(folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder, ROOT))].flatMap((
    { name, isDirectory },
  ) => isDirectory ? filesIn(`${folder}${name}/`) : [`${folder}${name}`]);
}

/** Everything but records of what was, or is to come. */
const FILES = [
  "README.md",
  "package.json",
  "deno.json",
  ".ci/run",
  ...filesIn(".github/"),
  ...filesIn("scripts/"),
  ...filesIn("docs/").filter((file) =>
    file !== "docs/benchmarks.md" && !file.startsWith("docs/decisions/")
  ),
].filter((file) => /\.(?:md|json|ya?ml|ts|sh|ps1|rb)$|\/run$/.test(file));

/** The versions of Deno that `text` names, whole or in part. */
function versionsIn(text: string): string[] {
  return [...text.matchAll(/\bdeno[@ ]v?(\d+(?:\.\d+)+)/gi)].map((
    [, version],
  ) => version!);
}

test("versionsIn() finds a command and a sentence", () => {
  expect(versionsIn("npx -y deno@2.9.5 task test; with Deno 2.9, or deno@x"))
    .toEqual(["2.9.5", "2.9"]);
});

test("every file names the Deno of package.json", () => {
  expect(VERSION).toMatch(/^\d+\.\d+\.\d+$/);
  const named = FILES.flatMap((file) =>
    versionsIn(Deno.readTextFileSync(new URL(file, ROOT)))
      .map((version) => ({ file, version }))
  );
  for (const { file, version } of named) {
    expect([file, `${VERSION}.`]).toEqual([
      file,
      expect.stringMatching(`^${version.replaceAll(".", "\\.")}\\.`),
    ]);
  }
  const files = new Set(named.map(({ file }) => file));
  for (
    const file of ["README.md", "package.json", ".github/workflows/test.yml"]
  ) {
    expect([file, files.has(file)]).toEqual([file, true]);
  }
});

test("the README's commands run a whole version", () => {
  const text = Deno.readTextFileSync(new URL("README.md", ROOT));
  for (const task of ["demo", "test"]) {
    expect(text).toContain(`npx -y deno@${VERSION} task ${task} `);
  }
});

/** Pages that say which Node the program needs, and where it says so itself. */
const NODE_PLACES = [
  "README.md",
  "docs/install.md",
  "docs/library.md",
  "CHANGELOG.md",
];

test("the README, the packages and the program want the same Node", () => {
  const read = (name: string) => Deno.readTextFileSync(new URL(name, ROOT));
  const { engines } = JSON.parse(read("package.json"));
  expect(engines).toEqual({ node: `>=${OLDEST_NODE}` });
  expect(JSON.parse(read("package-lock.json")).packages[""].engines)
    .toEqual(engines);
  for (const page of NODE_PLACES) {
    const named = [
      ...read(page).replace(/\s+/g, " ").matchAll(
        /\bNode (\d+(?:\.\d+)*) (?:or|and) (?:later|newer)/g,
      ),
    ].map(([, version]) => version);
    expect([page, new Set(named)]).toEqual([page, new Set([OLDEST_NODE])]);
  }
  // A file by itself, in words that old Nodes know.
  expect(read("lib/host/node/start.ts")).toContain(
    `const OLDEST = [${OLDEST_NODE.replace(".", ", ")}];`,
  );
});

test(
  "the root cannot be packed, published or installed in the place of dist/",
  {
    skip: await missing("npm"),
  },
  () =>
    withHome(async (folder) => {
      const text = Deno.readTextFileSync(new URL("package.json", ROOT));
      expect(JSON.parse(text)).toMatchObject({ private: true });
      const root = `${folder}/root`;
      Deno.mkdirSync(root);
      Deno.writeTextFileSync(`${root}/package.json`, text);
      // It turns off the scripts that could refuse.
      Deno.copyFileSync(new URL(".npmrc", ROOT), `${root}/.npmrc`);
      const env = { PATH: Deno.env.get("PATH")!, HOME: folder };
      for (
        const words of [
          ["npm", "pack", "--offline"],
          ["npm", "publish", "--dry-run", "--offline"],
          ["npm", "install", "--global", "--offline", `--prefix=${folder}/p`],
        ]
      ) {
        const args = words[1] === "install" ? [...words, "."] : words;
        const { code } = await spawn(args, env, undefined, root);
        expect([words[1], code === 0]).toEqual([words[1], false]);
      }
      expect([...Deno.readDirSync(root)].map(({ name }) => name).sort())
        .toEqual([".npmrc", "package.json"]);
    }),
);
