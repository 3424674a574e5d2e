// Real coding agents, each taking a turn under the real `authsome run`: the imitated API alone sees the key.
import { expect } from "expect";
import { test } from "node:test";
import { withMachine } from "../support/sandbox/machine_use.ts";
import { noSandbox } from "../support/sandbox/sandbox.ts";
import { MODES } from "./agent.ts";
import { notTried, privateTurn, TURN_LIMIT_MS } from "./private_turn.ts";
import { noteTurn } from "./recorded.ts";
import { AGENTS_TABLE } from "./table.ts";

for (const { name } of AGENTS_TABLE) {
  for (const mode of MODES) {
    const skip = notTried(name) || mode === "sandbox" && noSandbox;
    test(
      `${name} takes a turn with a tool of its own, ${mode}`,
      { skip, timeout: TURN_LIMIT_MS },
      () =>
        withMachine("shared", async () => {
          const outcome = await privateTurn({ agent: name, mode });
          const { problems, output } = outcome;
          expect([problems, problems.length > 0 ? output : ""])
            .toEqual([[], ""]);
          noteTurn(name, mode, outcome);
        }),
    );
  }
}
