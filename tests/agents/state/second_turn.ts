/**
 * Two turns of an agent, each in a sandbox that lets it keep its state: the second goes on with the session of the first.
 * The agent is started as a person does who ran `authsome setup <agent> --sandbox`: by its name, in a new shell.
 *
 * A process of its own, in a network that has nothing but loopback. Its argument is the name of the agent, its output a
 * {@linkcode SecondTurn} in JSON.
 *
 * @module
 */
import { readdirSync } from "node:fs";
import {
  type AgentName,
  programOf,
} from "../../../lib/sandbox/agents/agent_names.ts";
import { cliCommand } from "../../support/program.ts";
import { spawn } from "../../support/scenario.ts";
import { SAID } from "../agent.ts";
import { AGENTS } from "../installed.ts";
import { type Machine, withAgent } from "../place.ts";
import { AGENTS_TABLE } from "../table.ts";
import { AGAIN, GOES_ON } from "./goes_on.ts";
import { ASKED, type AtTerminal, atTerminal } from "./at_terminal.ts";

/** What came of it. */
export interface SecondTurn {
  codes: number[];
  /** Whether the model was sent what was asked in the first turn. */
  remembered: boolean;
  /** Whether the agent was in the sandbox. */
  sandboxed: boolean;
  output: string;
}

async function secondTurn(name: string): Promise<SecondTurn> {
  const agent = AGENTS_TABLE.find((agent) => agent.name === name)!;
  const goesOn = GOES_ON[name]!;
  return await withAgent(agent, "run", {}, async (machine) => {
    const { place, models } = machine;
    // What an agent finds is what it has made itself.
    for (const path of agent.writes) {
      const made = `${place.home}/${path}`;
      if (readdirSync(made).length === 0) Deno.removeSync(made);
    }
    const bodies: string[] = [];
    const respond = models.respond.bind(models);
    models.respond = async (request) => {
      const body = await request.clone().text();
      bodies.push(body);
      if (body.includes(AGAIN)) {
        Deno.writeTextFileSync(`${place.work}/${ASKED}`, "");
      }
      return await respond(request);
    };
    const command = agent.command(place);
    const start = command[0] === place.node ? 2 : command[1] === "-m" ? 3 : 1;
    const type = await setUp(machine, goesOn.agent, command.slice(0, start));
    const first = await type(command.slice(start));
    bodies.length = 0;
    models.take({ text: SAID });
    const args = goesOn.args(command.slice(start), place);
    const second = await type(args, goesOn.terminal);
    const environment = Deno.readTextFileSync(`${place.work}/environment`);
    return {
      sandboxed: environment.includes("AUTHSOME_SANDBOX=true"),
      codes: [first.code, second.code],
      remembered: bodies.some((body) =>
        body.includes("Write made.txt with your tool.") && body.includes(AGAIN)
      ),
      output: [first, second]
        .map(({ stdout, stderr }) => `${stdout}\n${stderr}`).join("\n---\n"),
    };
  });
}

/** Sets the agent up, whose program is `words`. Returns what types its name with arguments in a new shell. */
async function setUp(
  { place, folder, home, authsome, ...machine }: Machine,
  agent: AgentName,
  words: readonly string[],
) {
  const program = programOf(agent);
  script(`${folder}/bin/authsome`, [`exec ${quoted(cliCommand())} "$@"`]);
  script(`${folder}/bin/${program}`, [
    "env > environment",
    `exec ${quoted(words)} "$@"`,
  ]);
  Deno.writeTextFileSync(
    `${home}/sandbox.json`,
    JSON.stringify({ allow_read: [AGENTS] }),
  );
  const env = {
    ...machine.env,
    PATH: `${folder}/bin:${machine.env.PATH}`,
    SHELL: "/bin/bash",
  };
  const done = await authsome(["setup", agent, "--sandbox", "--yes"], { env });
  if (done.code !== 0) throw new Error(done.stderr);
  return (args: readonly string[], terminal?: AtTerminal) => {
    const shell = ["bash", "-ic", `${program} "$@"`, "bash", ...args];
    return spawn(
      [
        ...["timeout", "-k", "5", "250"],
        ...terminal ? atTerminal(shell, terminal) : shell,
      ],
      env,
      undefined,
      place.work,
    );
  };
}

function script(path: string, lines: readonly string[]): void {
  Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  Deno.writeTextFileSync(path, ["#!/bin/sh", ...lines, ""].join("\n"));
  Deno.chmodSync(path, 0o755);
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(" ");
}

console.log(JSON.stringify(await secondTurn(Deno.args[0]!)));
