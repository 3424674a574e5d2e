/**
 * Two turns of an agent, each in a sandbox that lets it keep its state: the second goes on with the session of the first.
 * A process of its own, in a network that has nothing but loopback. Its argument is the name of the agent, its output a
 * {@linkcode SecondTurn} in JSON.
 *
 * @module
 */
import { readdirSync } from "node:fs";
import type { AgentName } from "../../../lib/sandbox/agents/agent_names.ts";
import { SAID } from "../agent.ts";
import { AGENTS } from "../installed.ts";
import { withAgent } from "../place.ts";
import { AGENTS_TABLE } from "../table.ts";

/** What came of it. */
export interface SecondTurn {
  codes: number[];
  /** Whether the model was sent what was asked in the first turn. */
  remembered: boolean;
  output: string;
}

/** What is asked in the second turn. */
const AGAIN = "Say it again.";

/** How each goes on with its last session: the command of the first turn, and what is asked. */
const GOES_ON: Readonly<
  Record<
    string,
    [AgentName, (first: string[]) => string[]]
  >
> = {
  "Claude Code": ["claude", (first) => [...asking(first), "--continue"]],
  "Codex": ["codex", (first) => [
    ...first.slice(0, -1),
    ...["resume", "--last", AGAIN],
  ]],
  "Gemini CLI": ["gemini", (first) => [
    ...asking(first),
    ...["--resume", "latest"],
  ]],
  "opencode": ["opencode", (first) => [...asking(first), "--continue"]],
};

/** The first turn's command with another question. */
function asking(first: readonly string[]): string[] {
  return first.map((word) =>
    word === "Write made.txt with your tool." ? AGAIN : word
  );
}

async function secondTurn(name: string): Promise<SecondTurn> {
  const agent = AGENTS_TABLE.find((agent) => agent.name === name)!;
  const [profile, goOn] = GOES_ON[name]!;
  return await withAgent(agent, "run", {}, async ({ place, ...machine }) => {
    const { models, authsome } = machine;
    // What an agent finds is what it has made itself.
    for (const path of agent.writes) {
      const made = `${place.home}/${path}`;
      if (readdirSync(made).length === 0) Deno.removeSync(made);
    }
    const bodies: string[] = [];
    const respond = models.respond.bind(models);
    models.respond = async (request) => {
      bodies.push(await request.clone().text());
      return await respond(request);
    };
    const run = (command: readonly string[]) =>
      authsome([
        ...["run", "--sandbox", "--agent", profile, "--allow-read", AGENTS],
        ...["--keep", "--", "timeout", "-k", "5", "250", ...command],
      ], { cwd: place.work });
    const command = agent.command(place);
    const first = await run(command);
    bodies.length = 0;
    models.take({ text: SAID });
    const second = await run(goOn(command));
    return {
      codes: [first.code, second.code],
      remembered: bodies.some((body) =>
        body.includes("Write made.txt with your tool.") && body.includes(AGAIN)
      ),
      output: [first, second]
        .map(({ stdout, stderr }) => `${stdout}\n${stderr}`).join("\n---\n"),
    };
  });
}

console.log(JSON.stringify(await secondTurn(Deno.args[0]!)));
