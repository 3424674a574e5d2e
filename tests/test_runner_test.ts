// The one line that a person and CI read of all tests.
import { expect } from "expect";
import { test } from "node:test";
import { countOf } from "../scripts/test.ts";
import { DENO, DENO_ONLY, processOf } from "./support/program.ts";

const RUNNER = new URL("../scripts/test.ts", import.meta.url).pathname;

/** How the runner ends with `args`, and the lines that it says. */
async function run(args: string[], env: Record<string, string> = {}) {
  const { code, stdout } = await processOf([
    ...[DENO, "run", "-A", RUNNER, ...args],
  ], {
    stdin: "null",
    stderr: "null",
    env: { NO_COLOR: "1", ...env },
  }).output();
  return { code, lines: new TextDecoder().decode(stdout).trim().split("\n") };
}

test("the counts of a file are read as deno test says them", () => {
  const count = (passed: number, failed: number, ignored: number) => ({
    passed,
    failed,
    ignored,
  });
  expect(countOf("ok | 3 passed | 0 failed (5ms)\n", true))
    .toEqual(count(3, 0, 0));
  expect(countOf("ok | 3 passed (2 steps) | 0 failed | 4 ignored (5s)", true))
    .toEqual(count(3, 0, 4));
  expect(countOf("ok | 1 passed | 0 failed | 9 filtered out (5ms)", true))
    .toEqual(count(1, 0, 0));
  expect(
    countOf(
      "FAILED | 3 passed | 2 failed (1 step) | 1 ignored (2m1s)\n",
      false,
    ),
  ).toEqual(count(3, 2, 1));
  // A test may print such a line, too: the last one counts.
  expect(
    countOf(
      "ok | 9 passed | 9 failed (1s)\nok | 1 passed | 0 failed (1s)",
      true,
    ),
  )
    .toEqual(count(1, 0, 0));
  // A process that ends before it counts, or although all tests passed.
  expect(countOf("error: no such module", false)).toEqual(count(0, 1, 0));
  expect(countOf("ok | 3 passed | 0 failed (5ms)", false))
    .toEqual(count(3, 1, 0));
});

test("files run in processes of their own, and every failure counts", {
  skip: DENO_ONLY,
}, async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/inner`);
    const file = (name: string, body: string) =>
      Deno.writeTextFile(
        `${folder}/${name}`,
        `import { test } from "node:test";\n${body}`,
      );
    await file(
      "umask_test.ts",
      `Deno.umask(0); test("sets the umask", () => {});`,
    );
    await file(
      "inner/umask_test.ts",
      `test("finds its own", () => { if (Deno.umask() === 0) throw "0"; });
       test("skipped", { skip: true }, () => {});`,
    );
    await file("fails_test.ts", `test("fails", () => { throw "no"; });`);
    await file("breaks_test.ts", `throw new Error("before any test");`);
    await file("no_tests.ts", `throw new Error("not a test");`);
    const all = await run(["--no-check", "--quiet", folder]);
    const report = all.lines.slice(all.lines.indexOf("✖ failing tests:"))
      .join("\n");
    expect(report).toContain("before any test");
    expect(report).toMatch(/^fails => .+\nerror: "no"$/m);
    expect([all.code, ...all.lines.slice(-3)]).toEqual([
      1,
      `== failed: ${folder}/breaks_test.ts`,
      `== failed: ${folder}/fails_test.ts`,
      expect.stringMatching(
        /^FAILED \| 2 passed \| 2 failed \| 1 ignored \(\d+s\)$/,
      ),
    ]);
    await file("types_test.ts", `test("is wrong", () => 1 as string);`);
    const types = await run([`${folder}/types_test.ts`]);
    expect([types.code, ...types.lines.slice(-2)]).toEqual([
      1,
      "== failed: types",
      expect.stringMatching(
        /^FAILED \| 1 passed \| 1 failed \| 0 ignored \(\d+s\)$/,
      ),
    ]);
    const some = await run([
      "--no-check",
      `${folder}/inner`,
      `${folder}/umask_test.ts`,
    ]);
    expect([some.code, some.lines.at(-1)]).toEqual([
      0,
      expect.stringMatching(
        /^ok \| 2 passed \| 0 failed \| 1 ignored \(\d+s\)$/,
      ),
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

test("a file that fails beside others runs once more by itself, and is named", {
  skip: DENO_ONLY,
}, async () => {
  const folder = await Deno.makeTempDir();
  const file = (name: string, body: string) =>
    Deno.writeTextFile(
      `${folder}/${name}_test.ts`,
      `import { test } from "node:test"; test("${name}", () => { ${body} });`,
    );
  /** Fails the first time. */
  const unsteady = (name: string) =>
    file(
      name,
      `try { Deno.readDirSync("${folder}/${name}"); }
       catch { Deno.mkdirSync("${folder}/${name}"); throw "${name} failed"; }`,
    );
  try {
    await file("good", "");
    await unsteady("a");
    const { code, lines } = await run(["--no-check", folder]);
    expect([code, lines.at(-1)]).toEqual([
      0,
      expect.stringMatching(/^ok \| 2 passed \| 0 failed /),
    ]);
    const said = lines.slice(
      lines.indexOf(
        "== unsteady, failed beside others and passed by themselves:",
      ),
    );
    expect(said[1]).toBe(`== ${folder}/a_test.ts`);
    expect(said.join("\n")).toContain("a failed");

    // Alone from the beginning, there is nothing beside it.
    await unsteady("b");
    expect((await run(["--no-check", `${folder}/b_test.ts`])).code).toBe(1);
    for (const name of ["c", "d", "e", "f"]) await unsteady(name);
    const many = await run(["--no-check", folder]);
    expect([many.code, many.lines.at(-1)]).toEqual([
      1,
      expect.stringMatching(/^FAILED \| 3 passed \| 4 failed /),
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

test(
  "with a bare path, what needs an absent program is skipped, and the end says which and how often",
  {
    skip: DENO_ONLY,
  },
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.mkdir(`${folder}/bin`);
      await Deno.symlink("/bin/sh", `${folder}/bin/sh`);
      const support = new URL("support/", import.meta.url).href;
      await Deno.writeTextFile(
        `${folder}/shells_test.ts`,
        `import { test } from "${support}time_limit.ts";
       import { missing } from "${support}missing.ts";
       for (const shell of ["sh", "zsh", "zsh", "fish"]) {
         test(shell, { skip: await missing(shell, "-c", "exit") }, () => {});
       }`,
      );
      const bare = (required: string) =>
        run(["--no-check", folder], {
          PATH: `${folder}/bin`,
          AUTHSOME_TEST_REQUIRED: required,
        });
      const { code, lines } = await bare("sh");
      expect([code, ...lines.slice(-4)]).toEqual([
        0,
        "== skipped here (tests and blocks of pages), and why:",
        "     2  zsh is not installed",
        "     1  fish is not installed",
        expect.stringMatching(/^ok \| 1 passed \| 0 failed \| 3 ignored /),
      ]);
      const required = await bare("sh fish");
      expect([required.code, ...required.lines.slice(-2)]).toEqual([
        1,
        "== failed: fish is not installed, and AUTHSOME_TEST_REQUIRED names it",
        expect.stringMatching(/^FAILED \| 1 passed \| 1 failed \| 3 ignored /),
      ]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
