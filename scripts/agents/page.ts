/** The page that says which agents were tried, and what was seen: `docs/integrations/README.md`. @module */
import { type Agent, type Mode, MODES } from "../../tests/agents/agent.ts";
import type { Noted } from "../../tests/agents/recorded.ts";
import { AGENTS_TABLE } from "../../tests/agents/table.ts";
import { code, codes, formatted, table } from "../generate/markdown.ts";

/** What was recorded, and when: `2026-11-27`. */
export interface Record {
  date: string;
  /** By the name of the agent. */
  versions: { [agent: string]: string };
  noted: Noted[];
}

type Turn = Extract<Noted, { kind: "turn" }>;

/** The page's text, formatted as the project is. */
export async function agentsPage(record: Record): Promise<string> {
  const { date, versions } = record;
  const text = `# Integrations

Agents: [Claude Code](claude-code.md), [Codex](codex.md),
[Gemini CLI](gemini-cli.md), [GitHub Copilot CLI](copilot-cli.md),
[Cursor](cursor.md), [OpenCode](opencode.md). Libraries: [LangChain](langchain.md),
[LlamaIndex](llamaindex.md), [OpenAI Agents SDK](openai-agents.md),
[Anthropic SDK](anthropic-sdk.md), [plain Python](python.md).

## Agents that were tried

Real packages at fixed versions, each taking a turn with an API key under
\`authsome run\`, plain and with \`--sandbox\`, against imitations of the model
vendors' APIs on this machine. A row says yes if the API saw the real key in the
vendor's place, the answer was streamed, the agent wrote a file by a tool of its
own, and neither its environment, its files, its output nor the environment of
its tool held the key. CI tries them all; last recorded on ${date}.
[Testing](../testing.md#agents) has the details.

${
    table([
      ["Agent", "Version", "`run`", "`run --sandbox`", "What was seen"],
      ...AGENTS_TABLE.map((agent) => [
        `${agent.name} (${code(agent.package)})`,
        versions[agent.name] ?? "",
        ...MODES.map((mode) => turnOf(record, agent, mode) ? "yes" : "no"),
        seen(agent, turnOf(record, agent, "run")),
      ]),
    ])
  }

With \`--sandbox\`, each had \`--allow-write\` for the folders of its state:

${
    table([
      ["Agent", "Folders in the home"],
      ...AGENTS_TABLE.map(({ name, writes }) => [name, codes(writes)]),
    ])
  }

## A second session in the sandbox

Each was set up by \`authsome setup <agent> --sandbox\` and ran twice by its own
name, each time in a sandbox of its own. The second run was told to go on with the session of the
first, and sent the model what had been asked in it. Cline does so at a terminal
only; the number of the session is in \`cline history\`. aider keeps its
conversation in the working folder.

${
    table([
      ["Agent", "Second session knows the first", "What you type"],
      ...AGENTS_TABLE.map(({ name }) => {
        const typed = record.noted.flatMap((noted) =>
          noted.kind === "second turn" && noted.agent === name
            ? [noted.typed]
            : []
        );
        return [name, typed.length > 0 ? "yes" : "no", codes(typed)];
      }),
    ])
  }

## Other hosts

Agents also ask hosts that have nothing to do with the model: telemetry,
updates, lists of models. authsome does not read those connections. Each host is
in \`authsome log\`: \`tunnel\` if it was passed through, \`deny\` if it could
not be reached or \`--policy deny\` refused it. A run that had refused requests
says so at its end, and \`authsome explain --last\` says why. All of these agents
took their turn both with those hosts passed through and with none of them
there.

${
    table([
      ["Agent", "Hosts", "Log when passed through", "Log when absent"],
      ...AGENTS_TABLE.map(({ name }) => {
        const turns = MODES.map((mode) =>
          record.noted.find((noted): noted is Turn =>
            noted.kind === "turn" && noted.agent === name &&
            noted.mode === mode
          )
        );
        const hosts = [
          ...new Set(turns.flatMap((turn) => Object.keys(turn?.hosts ?? {}))),
        ].sort();
        const said = turns.flatMap((turn) => Object.values(turn?.hosts ?? {}));
        const of = (event: string) =>
          codes([...new Set(said.filter((said) => said.startsWith(event)))]);
        return [name, codes(hosts), of("tunnel"), of("deny")];
      }),
    ])
  }

Requests to the hosts of a connected provider get its credential, telemetry
too: Claude Code's go to \`api.anthropic.com\`, Copilot's to
\`api.githubcopilot.com\`. aider ran with \`--analytics-disable\`: by chance,
it asks \`us.i.posthog.com\` too.

## Refused requests

If authsome refuses a request, its answer says in one sentence what the agent
should tell its user: why, and what to do. What the agents print of it was read:

${
    table([
      ["Agent", "Prints the sentence", "Tried with"],
      ...AGENTS_TABLE.map(({ name }) => {
        const flaws = record.noted.flatMap((noted) =>
          noted.kind === "refusal" && noted.agent === name
            ? WHAT[noted.flaw]!
            : []
        );
        return [name, flaws.length > 0 ? "yes" : "no", flaws.join(", ")];
      }),
    ])
  }

A host that \`--policy deny\` refuses is refused before there is a request. Then
the sentence is in the status line, which programs in Python and Go show; others
show the status 403 alone. The run says why at its end.
`;
  return (await formatted(new Map([["README.md", text]]))).get("README.md")!;
}

const WHAT: { [flaw: string]: string } = {
  missing: "no credential",
  expired: "an expired login",
  tie: "two providers for the host",
};

function turnOf(
  { noted }: Record,
  { name }: Agent,
  mode: Mode,
): Turn | undefined {
  return noted.find((noted): noted is Turn =>
    noted.kind === "turn" && noted.agent === name && noted.mode === mode
  );
}

function seen({ request }: Agent, turn?: Turn): string {
  if (!turn) return "";
  const how = turn.tool === undefined
    ? "it edits files by what the model says"
    : `tool ${code(turn.tool)}`;
  return `${code(request.split(" ")[1]!)}, ${turn.streamed} streamed ${
    turn.streamed === 1 ? "answer" : "answers"
  }, ${how}`;
}
