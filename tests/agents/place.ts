/** A person's machine with an agent on it, and the imitated models. @module */
import { fileURLToPath } from "node:url";
import type { Broker } from "../../lib/broker/broker.ts";
import { DEFAULT_CONNECTION } from "../../lib/names.ts";
import { Secret } from "../../lib/secret.ts";
import { withBroker } from "../support/connected.ts";
import {
  ImitatedModels,
  MODEL_HOSTS,
} from "../support/models/imitated_models.ts";
import { CACHE } from "../support/sandbox/sandbox.ts";
import {
  type Ended,
  type Scenario,
  withScenario,
} from "../support/scenario.ts";
import type { Agent, Flaw, Mode, Place } from "./agent.ts";
import { AGENTS } from "./installed.ts";
import { KEYS } from "./keys.ts";

/** How long an agent may take, in seconds. */
const LIMIT_S = 240;

/** What a turn is taken with. */
export interface Machine extends Scenario {
  place: Place;
  models: ImitatedModels;
  /** Runs the agent by `authsome run`, with these options. */
  run(options: readonly string[]): Promise<Ended>;
}

/** Runs `body` on such a machine; `passed` are hosts that are there besides the models' and answer 404. */
export async function withAgent<T>(
  agent: Agent,
  mode: Mode,
  { passed = [], flaw }: { passed?: readonly string[]; flaw?: Flaw },
  body: (machine: Machine) => Promise<T>,
): Promise<T> {
  const models = new ImitatedModels();
  let result: T;
  await withScenario(
    {},
    [...MODEL_HOSTS, ...passed],
    (request) => models.respond(request),
    async (scenario) => {
      await withBroker(
        scenario.home,
        (broker) => connectAgent(broker, agent.provider, flaw),
      );
      const place = furnish(agent, scenario.folder);
      models.take(agent.turn(place));
      const sandbox = mode === "run" ? [] : [
        ...["--sandbox", "--allow-read", AGENTS],
        ...agent.writes.flatMap((
          path,
        ) => ["--allow-write", `${place.home}/${path}`]),
      ];
      result = await body({
        ...scenario,
        place,
        models,
        run: (options) =>
          scenario.authsome([
            ...["run", ...sandbox, ...options, "--"],
            ...["sh", "-c", 'env > agent-environment; exec "$@"', "sh"],
            ...["timeout", "-k", "5", String(LIMIT_S), ...agent.command(place)],
          ], { cwd: place.work }),
      });
    },
    CACHE,
  );
  return result!;
}

/** The folders and files that the agent finds. */
function furnish(agent: Agent, home: string): Place {
  const work = `${home}/work`;
  Deno.mkdirSync(work);
  for (const path of agent.writes) {
    Deno.mkdirSync(`${home}/${path}`, { recursive: true });
  }
  for (const [path, text] of Object.entries(agent.files ?? {})) {
    Deno.mkdirSync(fileURLToPath(new URL(".", `file://${home}/${path}`)), {
      recursive: true,
    });
    Deno.writeTextFileSync(`${home}/${path}`, text);
  }
  return {
    home,
    work,
    modules: `${AGENTS}/npm/node_modules`,
    python: AGENTS,
    node: Deno.env.get("AUTHSOME_TEST_NODE") || "node",
  };
}

/** Connects the provider of an agent, as a login would have. */
async function connectAgent(
  { clock, connections }: Broker,
  provider: Agent["provider"],
  flaw?: Flaw,
): Promise<void> {
  const now = clock.now();
  const key = new Secret(KEYS[provider]);
  await connections.save({
    provider,
    name: DEFAULT_CONNECTION,
    revision: 0,
    credential: flaw === "missing"
      ? { type: "api_key", fields: {} }
      : provider === "github"
      ? {
        type: "oauth2",
        accessToken: key,
        scopes: [],
        requestedScopes: [],
        captured: {},
      }
      : { type: "api_key", fields: { api_key: key } },
    state: flaw === "expired" ? "expired" : "connected",
    createdAt: now,
    updatedAt: now,
  });
}
