/**
 * `deno task agents`: installs the agents, lets each take its turns, and writes `tests/agents/recorded.json` and
 * `docs/integrations/README.md` if all went well.
 *
 * @module
 */
import { lockedVersion } from "../../tests/agents/installed.ts";
import { detailOf, type Noted, RECORDED } from "../../tests/agents/recorded.ts";
import { AGENTS_TABLE } from "../../tests/agents/table.ts";
import { installAgents } from "./install.ts";
import { agentsPage, type Record } from "./page.ts";

const PAGE = new URL("../../docs/integrations/README.md", import.meta.url);

if (!await installAgents()) Deno.exit(1);
const lines = Deno.makeTempFileSync();
try {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "scripts/test.ts", "--no-check"],
      ...["turns_test.ts", "refusals_test.ts", "state/state_test.ts"]
        .map((name) => `tests/agents/${name}`),
    ],
    cwd: new URL("../..", import.meta.url).pathname,
    env: {
      AUTHSOME_TEST_AGENTS: "all",
      AUTHSOME_TEST_AGENTS_RECORD: lines,
    },
  }).spawn().status;
  if (!success) Deno.exit(1);
  const record: Record = {
    date: new Date().toISOString().slice(0, 10),
    versions: Object.fromEntries(
      AGENTS_TABLE.map((agent) => [
        agent.name,
        lockedVersion(agent.part, agent.package),
      ]),
    ),
    noted: Deno.readTextFileSync(lines).trim().split("\n")
      .map((line) => JSON.parse(line) as Noted)
      .sort((a, b) => order(a) < order(b) ? -1 : 1),
  };
  Deno.writeTextFileSync(RECORDED, `${JSON.stringify(record, null, 2)}\n`);
  Deno.writeTextFileSync(PAGE, await agentsPage(record));
} finally {
  Deno.removeSync(lines);
}

/** Tests end in any order. */
function order(noted: Noted): string {
  return [noted.kind, noted.agent, detailOf(noted)].join(" ");
}
