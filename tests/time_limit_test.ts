// A test or a hook that hangs is a failure with a name.
import { expect } from "expect";
import * as nodeTest from "node:test";
import { DENO, DENO_ONLY } from "./support/program.ts";

const LIMIT = new URL("support/time_limit.ts", import.meta.url);
const CONFIG = new URL("../deno.json", import.meta.url);

/** What Deno says of test files that may take 100 ms, with the scopes of this project. */
async function outputOf(files: Record<string, string>): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/tests/support`, { recursive: true });
    const { scopes } = JSON.parse(await Deno.readTextFile(CONFIG));
    await Deno.writeTextFile(
      `${folder}/deno.json`,
      JSON.stringify({ scopes }),
    );
    await Deno.writeTextFile(
      `${folder}/tests/support/time_limit.ts`,
      (await Deno.readTextFile(LIMIT)).replace("180_000", "100"),
    );
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/tests/${name}_test.ts`, text);
    }
    const { code, stdout } = await new Deno.Command(DENO, {
      args: ["test", "--no-check", "--no-lock", "-A", "tests"],
      cwd: folder,
      env: { NO_COLOR: "1" },
      stderr: "null",
    }).output();
    expect(code).toBe(1);
    return new TextDecoder().decode(stdout);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const HANG = "() => new Promise((resolve) => setTimeout(resolve, 60_000))";

nodeTest.test("every test has a limit", { skip: DENO_ONLY }, () => {
  expect(nodeTest).toHaveProperty("TIME_LIMIT_MS", 180_000);
});

nodeTest.test("a test that hangs fails by its name, and the others go on", {
  skip: DENO_ONLY,
}, async () => {
  const output = await outputOf({
    body: `import { test } from "node:test";
      test("hangs", ${HANG});
      test("is skipped", { skip: "not today" }, ${HANG});
      test("is fine", () => {});`,
    hook: `import { before, test } from "node:test";
      before(${HANG});
      test("waits", () => {});`,
  });
  expect(output).toMatch(/^hangs \.\.\. FAILED/m);
  expect(output).toMatch(/^is skipped \(skipped: not today\) \.\.\. ignored/m);
  expect(output).toMatch(/^is fine \.\.\. ok/m);
  expect(output).toMatch(/timed out after 100ms/);
  expect(output).toMatch(/before\(\) timed out after 100ms/);
});
