// Real coding agents in the sandbox: with --agent, a second run goes on with the session of the first.
import { expect } from "expect";
import { test } from "node:test";
import { AGENT_NAMES } from "../../../lib/sandbox/agents/agent_names.ts";
import { withMachine } from "../../support/sandbox/machine_use.ts";
import { noSandbox } from "../../support/sandbox/sandbox.ts";
import { notTried, privateProcess } from "../private_turn.ts";
import { AGENTS_TABLE } from "../table.ts";
import { GOES_ON } from "./goes_on.ts";
import type { SecondTurn } from "./second_turn.ts";

for (const name of Object.keys(GOES_ON)) {
  const skip = notTried(name) || noSandbox;
  test(
    `${name} goes on with its session in the sandbox`,
    { skip },
    () =>
      withMachine("shared", async () => {
        const { codes, remembered, output } = await privateProcess<SecondTurn>(
          new URL("second_turn.ts", import.meta.url),
          name,
        );
        expect([codes, remembered, remembered ? "" : output])
          .toEqual([[0, 0], true, ""]);
      }),
  );
}

test("every agent that is tried has a profile", () => {
  expect(AGENTS_TABLE.length).toBe(AGENT_NAMES.length);
});
