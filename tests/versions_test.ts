// The Deno of this project is the one in package.json, and every other place says the same.
import { expect } from "expect";
import { test } from "node:test";

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
