// Real coding agents in the sandbox: with --agent, a second run goes on with the session of the first.
import { expect } from "expect";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { AGENT_NAMES } from "../../../lib/sandbox/agents/agent_names.ts";
import { missing } from "../../support/missing.ts";
import { withMachine } from "../../support/sandbox/machine_use.ts";
import { noSandbox } from "../../support/sandbox/sandbox.ts";
import { notTried, privateProcess, TURN_LIMIT_MS } from "../private_turn.ts";
import { noteSecondTurn } from "../recorded.ts";
import { AGENTS_TABLE } from "../table.ts";
import { GOES_ON } from "./goes_on.ts";
import type { SecondTurn } from "./second_turn.ts";

const noPython = await missing("python3", "-c", "import pty");

for (const { name } of AGENTS_TABLE) {
  const skip = notTried(name) || noSandbox || noPython;
  test(
    `${name} goes on with its session in the sandbox`,
    { skip, timeout: 2 * TURN_LIMIT_MS },
    () =>
      withMachine("shared", async () => {
        const { output, ...turn } = await privateProcess<SecondTurn>(
          new URL("second_turn.ts", import.meta.url),
          name,
        );
        const wanted: Omit<SecondTurn, "output"> = {
          codes: [0, 0],
          ...{ undone: true, sandboxed: true, remembered: true },
        };
        const isFine = isDeepStrictEqual(turn, wanted);
        expect([turn, isFine ? "" : output]).toEqual([wanted, ""]);
        noteSecondTurn(name, GOES_ON[name]!.typed);
      }),
  );
}

test("every agent has a profile, and goes on with a session", () => {
  expect(AGENTS_TABLE.map(({ name }) => GOES_ON[name]?.agent))
    .toEqual(AGENT_NAMES);
});
