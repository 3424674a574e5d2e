// The workflows cannot run here; their form can be checked.
import { expect } from "expect";
import { test } from "node:test";
import { missing, spawn } from "./support/scenario.ts";

const ROOT = new URL("..", import.meta.url).pathname;
const FOLDER = `${ROOT}.github/workflows`;
const workflows = [...Deno.readDirSync(FOLDER)].map(({ name }) => ({
  name,
  text: Deno.readTextFileSync(`${FOLDER}/${name}`),
}));

test("every action of another is pinned by its commit, and says which version that is", () => {
  let actions = 0;
  for (const { name, text } of workflows) {
    for (const [, action] of text.matchAll(/uses: (.+)/g)) {
      if (action!.startsWith("./")) continue;
      actions++;
      expect([name, action]).toEqual([
        name,
        expect.stringMatching(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/),
      ]);
    }
  }
  expect(actions).toBeGreaterThan(5);
});

test("a workflow may read, and a job says what else it needs", () => {
  for (const { name, text } of workflows) {
    expect([name, text]).toEqual([
      name,
      expect.stringContaining("\npermissions:\n  contents: read\n\n"),
    ]);
    // A step that runs code of a pull request must find no credential of the checkout.
    expect([name, text.match(/actions\/checkout@/g)?.length]).toEqual([
      name,
      text.match(/persist-credentials: false/g)?.length,
    ]);
  }
});

const actionlint = await missing("actionlint");
test("actionlint", {
  skip: actionlint,
}, async () => {
  const { code, stdout } = await spawn(["actionlint"], {
    PATH: Deno.env.get("PATH")!,
    HOME: ROOT,
  });
  expect([code, stdout]).toEqual([0, ""]);
});
