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
import { type Ended, spawn } from "../../support/scenario.ts";
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
  /** Whether nothing of the set-up changed when it was done again, and nothing was left when it was undone. */
  undone: boolean;
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
    const { type, undo } = await setUp(
      machine,
      goesOn.agent,
      command.slice(0, start),
    );
    const first = await type(command.slice(start));
    bodies.length = 0;
    models.take({ text: SAID });
    const args = goesOn.args(command.slice(start), place);
    const second = await type(args, goesOn.terminal);
    const environment = Deno.readTextFileSync(`${place.work}/environment`);
    return {
      undone: await undo(),
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

/** An agent that is set up. */
interface SetUp {
  /** Types its name with arguments in a new shell. */
  type(args: readonly string[], terminal?: AtTerminal): Promise<Ended>;
  /** Sets it up again and undoes that; see {@linkcode SecondTurn.undone}. */
  undo(): Promise<boolean>;
}

/** Sets the agent up, whose program is `words`. */
async function setUp(
  { place, folder, home, authsome, ...machine }: Machine,
  agent: AgentName,
  words: readonly string[],
): Promise<SetUp> {
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
  const setup = async (...args: string[]) => {
    const { code, stdout, stderr } = await authsome(
      ["setup", agent, ...args, "--yes", "--json"],
      { env },
    );
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout).outcome as string;
  };
  await setup("--sandbox");
  return {
    type(args, terminal) {
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
    },
    async undo() {
      const outcomes = [await setup("--sandbox"), await setup("--undo")];
      return outcomes.join() === "unchanged,removed" &&
        readdirSync(`${home}/bin`).length === 0 &&
        !readdirSync(folder).includes(".bashrc");
    },
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
