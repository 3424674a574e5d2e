/**
 * Two turns of an agent, each in a sandbox that lets it keep its state: the second goes on with the session of the first.
 * A process of its own, in a network that has nothing but loopback. Its argument is the name of the agent, its output a
 * {@linkcode SecondTurn} in JSON.
 *
 * @module
 */
import { readdirSync } from "node:fs";
import { SAID } from "../agent.ts";
import { AGENTS } from "../installed.ts";
import { withAgent } from "../place.ts";
import { AGENTS_TABLE } from "../table.ts";
import { AGAIN, GOES_ON } from "./goes_on.ts";

/** What came of it. */
export interface SecondTurn {
  codes: number[];
  /** Whether the model was sent what was asked in the first turn. */
  remembered: boolean;
  output: string;
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
