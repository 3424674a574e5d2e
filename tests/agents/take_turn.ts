/** Turns of agents under the real `authsome run`, against imitated models. @module */
import type { AuditEntry } from "../../lib/audit/chain.ts";
import {
  type ImitatedModels,
  MODEL_HOSTS,
} from "../support/models/imitated_models.ts";
import { type Agent, type Flaw, MADE, type Mode } from "./agent.ts";
import { KEYS, MARK } from "./keys.ts";
import { type Machine, withAgent } from "./place.ts";
import { AGENTS_TABLE, OTHER_HOSTS } from "./table.ts";

/** What to do: whose turn, how, and what is wrong with the connection. */
export interface Job {
  agent: string;
  mode: Mode;
  flaw?: Flaw;
}

/** What came of it. */
export interface Outcome {
  problems: string[];
  /** What the agent printed. */
  output: string;
  /** Answers of the model that were streamed. */
  streamed: number;
  /** The tool of the agent that the model had it use; none if it edits by what the model says. */
  tool?: string;
  /** Hosts besides the model's that the agent asked for, and what the audit log says of them. */
  hosts: Record<string, string>;
}

/** Takes a turn. */
export async function takeTurn(
  { agent: name, mode, flaw }: Job,
): Promise<Outcome> {
  const agent = AGENTS_TABLE.find((agent) => agent.name === name)!;
  // Without the sandbox the other hosts are there, and passed through; with it they are not.
  const passed = mode === "run" && !flaw ? OTHER_HOSTS : [];
  return await withAgent(
    agent,
    mode,
    { passed, ...flaw === undefined ? {} : { flaw } },
    async (machine) => {
      if (flaw === "tie") await connectRival(machine, agent);
      const { code, stdout, stderr } = await machine.run(["--quiet"]);
      const output = `${stdout}\n${stderr}`;
      const { entries } = JSON.parse(
        (await machine.authsome(["log", "--json", "-n", "1000"])).stdout,
      ) as { entries: AuditEntry[] };
      const { asked } = machine.models;
      const hosts = loggedHosts(machine, entries);
      return {
        problems: [
          ...code === 0 || flaw ? [] : [`exit code ${code}`],
          ...flaw ? [] : problemsOf(agent, machine),
          ...Object.entries(hosts).filter(([, said]) => !said)
            .map(([host]) => `the log says nothing of ${host}`),
          ...heldBy(machine.folder),
          ...output.includes(MARK) ? ["a key was printed"] : [],
        ],
        output,
        streamed: asked.filter(({ streamed }) => streamed).length,
        ...asked.some(({ tool }) => tool === "called")
          ? { tool: agent.turn(machine.place).tool!.name }
          : {},
        hosts,
      };
    },
  );
}

/** A second provider for the host of the agent's API, so that its requests are refused. */
async function connectRival(
  { authsome }: Machine,
  agent: Agent,
): Promise<void> {
  const host = agent.request.split(" ")[1]!.split("/")[0]!;
  const made = await authsome([
    ...["provider", "new", "rival", "--host", host, "--yes"],
  ]);
  const login = await authsome(["login", "rival", "--stdin"], {
    stdin: `${MARK.repeat(3)}\n`,
  });
  if (made.code !== 0 || login.code !== 0) {
    throw new Error(made.stderr + login.stderr);
  }
}

/** What the log says of each host besides the models' that was asked for; nothing where it is silent. */
function loggedHosts(
  { api, models }: Machine,
  entries: readonly AuditEntry[],
): Record<string, string> {
  const model = new Set<string>(MODEL_HOSTS);
  const asked = [
    ...api.tunnels.map((target) => target.replace(/:443$/, "")),
    ...models.others.map((line) => line.split(/[ /]/)[1]!),
  ].filter((host) => !model.has(host));
  return Object.fromEntries(
    [...new Set(asked)].sort().map((host) => {
      const entry = entries.find((entry) => entry.host === host);
      return [host, entry ? `${entry.event} ${entry.reason ?? ""}`.trim() : ""];
    }),
  );
}

/** What is wrong with what the API saw, and with what the tool did. */
function problemsOf(
  { request, header: [name, template], provider, turn }: Agent,
  { models: { asked }, place }:
    & { models: ImitatedModels }
    & Pick<Machine, "place">,
): string[] {
  const key = template.replace("{key}", KEYS[provider]);
  const problems = asked.filter(({ headers }) => headers.get(name) !== key)
    .map(({ line, headers }) =>
      `${line} came with ${name}: ${headers.get(name)}`
    );
  const meant = asked.filter(({ line }) =>
    request.endsWith("*")
      ? line.startsWith(request.slice(0, -1))
      : line === request
  );
  if (!meant.some(({ streamed }) => streamed)) {
    problems.push(`no streamed ${request}`);
  }
  const made = textOf(`${place.work}/made.txt`);
  if (made?.trim() !== MADE) problems.push(`made.txt is ${made}`);
  const environments = turn(place).tool ? ["agent", "tool"] : ["agent"];
  for (const whose of environments) {
    const environment = textOf(`${place.work}/${whose}-environment`) ?? "";
    if (!environment.includes("AUTHSOME_PROXY_MODE=true")) {
      problems.push(`the environment of the ${whose} is not known`);
    }
  }
  return problems;
}

/** Files of the home that hold a key; the environments are files of the working folder. The vault is left out. */
function heldBy(home: string): string[] {
  return [...filesIn(home, "home")].filter((path) =>
    new TextDecoder("latin1").decode(Deno.readFileSync(path)).includes(MARK)
  ).map((path) => `${path} holds a key`);
}

function* filesIn(folder: string, except?: string): Generator<string> {
  for (const { name, isDirectory, isFile } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory && name !== except) yield* filesIn(path);
    else if (isFile) yield path;
  }
}

function textOf(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}
