// What real agents print when authsome refuses their request: the one sentence that their person needs.
import { expect } from "expect";
import { test } from "node:test";
import { withMachine } from "../support/sandbox/machine_use.ts";
import { notTried, privateTurn, TURN_LIMIT_MS } from "./private_turn.ts";
import { noteRefusal } from "./recorded.ts";
import { flat } from "./printed.ts";
import { AGENTS_TABLE } from "./table.ts";

/** What is wrong, and what the agent is to tell of it, by the name of the provider. */
const FLAWS = {
  missing: (provider: string) =>
    [
      /Cannot use connection [\w-]+\/default: it has no field/,
      `authsome login ${provider} --force`,
    ] as const,
  expired: (provider: string) =>
    [
      /it has expired, and [\w-]+ wants a new login/,
      `authsome login ${provider} --force`,
    ] as const,
  tie: (provider: string) =>
    [
      / serve this request, so it gets no credential/,
      `authsome prefer ${[provider, "rival"].sort()[0]}`,
    ] as const,
};

for (const { name, provider, flaws } of AGENTS_TABLE) {
  for (const flaw of flaws) {
    test(`${name} prints what to tell its person, ${flaw}`, {
      skip: notTried(name),
      timeout: TURN_LIMIT_MS,
    }, () =>
      withMachine("shared", async () => {
        const { problems, output } = await privateTurn({
          agent: name,
          mode: "run",
          flaw,
        });
        expect(problems).toEqual([]);
        const printed = flat(output);
        expect(printed).toMatch(
          /Tell your user that authsome could not complete this request: /,
        );
        const [why, todo] = FLAWS[flaw](provider);
        expect(printed).toMatch(why);
        expect(printed).toContain(`what to do: ${todo}`);
        noteRefusal(name, flaw);
      }));
  }
}
