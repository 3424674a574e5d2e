// The page of agents says what was recorded, of the versions that are pinned.
import { expect } from "expect";
import { test } from "node:test";
import { agentsPage, type Record } from "../../scripts/agents/page.ts";
import { tableLines } from "../../scripts/sdk/page.ts";
import { DENO_ONLY } from "../support/program.ts";
import { MODES } from "./agent.ts";
import { lockedVersion } from "./installed.ts";
import { KEYS, MARK } from "./keys.ts";
import { detailOf, RECORDED } from "./recorded.ts";
import { GOES_ON } from "./state/goes_on.ts";
import { AGENTS_TABLE } from "./table.ts";

const record: Record = JSON.parse(Deno.readTextFileSync(RECORDED));

test(
  "docs/integrations/README.md is in step with the record",
  { skip: DENO_ONLY },
  async () => {
    const page = await Deno.readTextFile(
      new URL("../../docs/integrations/README.md", import.meta.url),
    );
    expect(tableLines(page)).toEqual(tableLines(await agentsPage(record)));
  },
);

test("the record is of the pinned versions, and whole", () => {
  expect(record.versions).toEqual(Object.fromEntries(
    AGENTS_TABLE.map((agent) => [
      agent.name,
      lockedVersion(agent.part, agent.package),
    ]),
  ));
  for (const { name, flaws } of AGENTS_TABLE) {
    const of = (kind: string) =>
      record.noted.flatMap((noted) =>
        noted.kind === kind && noted.agent === name ? [detailOf(noted)] : []
      ).sort();
    expect([name, of("turn"), of("refusal"), of("second turn")]).toEqual([
      ...[name, [...MODES].sort(), [...flaws].sort()],
      [GOES_ON[name]!.typed],
    ]);
  }
});

test("every key holds what is searched for", () => {
  for (const [provider, key] of Object.entries(KEYS)) {
    expect([provider, key.includes(MARK)]).toEqual([provider, true]);
  }
});
