/**
 * What rules cost a request: the time from its head to the plan that sends it, with its body read where that decides, in
 * the planner of the proxy. The ways take turns, request by request.
 *
 *     deno run -A scripts/bench/rules.ts
 *
 * @module
 */
import { loadavg } from "node:os";
import { Broker } from "../../lib/broker/broker.ts";
import { LiveRules } from "../../lib/broker/policy/live_rules.ts";
import { openRuntime } from "../../lib/host/wiring.ts";
import type { Rule } from "../../lib/policy/rule.ts";
import { tunnelPlanner } from "../../lib/proxy/plan.ts";
import type { Planner } from "../../lib/proxy/planner.ts";
import { buildRoutes } from "../../lib/request/routes.ts";
import { Secret } from "../../lib/secret.ts";
import type { RequestHead } from "../../lib/wire/http1.ts";
import { median } from "./statistics.ts";

const ROUNDS = 5_000;
const WARM = 500;
const HOST = "api.github.com";
const encode = (text: string) => new TextEncoder().encode(text);

/** About the provider that is asked, so that each of them is looked at. */
const PLAIN: Rule[] = Array.from({ length: 200 }, (_, at) => ({
  id: `rule-${at}`,
  effect: at % 2 ? "deny" : "allow",
  provider: "github-pat",
  method: at % 3 ? "GET" : ["POST", "PUT"],
  path: `/repos/org-${at}/**`,
}));
const RICH: Rule[] = Array.from(
  { length: 200 },
  (_, at): Rule =>
    at % 4 === 0
      ? {
        id: `limit-${at}`,
        effect: "limit",
        provider: "github-pat",
        limit: { per_run: 1e9, bytes_up: 1e12 },
      }
      : at % 4 === 1
      ? {
        id: `operation-${at}`,
        effect: "deny",
        provider: "github-pat",
        operation: `mutation delete${at}*`,
      }
      : at % 4 === 2
      ? {
        id: `write-${at}`,
        effect: "deny",
        provider: "github-pat",
        reads: false,
        path: `/repos/org-${at}/**`,
      }
      : { ...PLAIN[at]!, effect: "allow" },
);

const REQUESTS: readonly { what: string; head: RequestHead; body?: string }[] =
  [
    { what: "GET /user", head: headOf("GET", "/user") },
    {
      what: "POST an issue",
      ...post("/repos/me/mine/issues", {
        title: "A title",
        body: "word ".repeat(60),
      }),
    },
    {
      what: "POST /graphql, a query",
      ...post("/graphql", {
        query:
          "query($n: String!) { viewer { login repository(name: $n) { id issues(first: 20) { nodes { title } } } } }",
        variables: { n: "mine" },
      }),
    },
  ];

const home = Deno.makeTempDirSync();
try {
  await measure();
} finally {
  Deno.removeSync(home, { recursive: true });
}

async function measure(): Promise<void> {
  const broker = await Broker.open(await openRuntime({ home }), {});
  const { definition } = await broker.registry.get("github-pat");
  const table = buildRoutes([{ definition, connection: "default" }]);
  const rules = async (list?: Rule[]) => {
    const policyFile = `${home}/${list?.[0]!.id}.json`;
    if (list) {
      Deno.writeTextFileSync(
        policyFile,
        JSON.stringify({ v: 1, rules: list }),
        { mode: 0o600 },
      );
    }
    return await LiveRules.open(broker, {
      ...{ run: "0", program: "bench", folder: "/" },
      ...list && { policyFile },
      isOutOfReach: () => true,
      definitionOf: () => definition,
      warn: console.error,
    });
  };
  const ways: [string, Planner][] = [
    ["nothing that asks", planner()],
    ["a run without rules", planner(await rules())],
    ["200 rules", planner(await rules(PLAIN))],
    ["200 with operations and limits", planner(await rules(RICH))],
  ];
  console.log(
    `Deno ${Deno.version.deno}, ${ROUNDS} requests each, load average ${
      loadavg().map((each) => each.toFixed(2)).join(" ")
    }\n`,
  );
  for (const { what, head, body } of REQUESTS) {
    const times = ways.map((): number[] => []);
    for (let round = -WARM; round < ROUNDS; round++) {
      for (let turn = 0; turn < ways.length; turn++) {
        const at = (turn + round + WARM) % ways.length;
        const taken = await once(ways[at]![1], head, body);
        if (round >= 0) times[at]!.push(taken);
      }
    }
    const medians = times.map(median);
    console.log(`| ${what} | median, ms | more than nothing, ms |`);
    console.log("| --- | --- | --- |");
    ways.forEach(([name], at) =>
      console.log(
        `| ${name} | ${medians[at]!.toFixed(4)} | ${
          (medians[at]! - medians[0]!).toFixed(4)
        } |`,
      )
    );
    console.log();
  }
  await broker.close();

  function planner(control?: LiveRules): Planner {
    return tunnelPlanner({
      routes: () => table,
      credentials: {
        fresh: () =>
          Promise.resolve({
            ok: true,
            credential: {
              type: "api_key",
              fields: { api_key: new Secret("ghp_bench") },
            },
            values: {},
          }),
        rejected: () => Promise.resolve(false),
      },
      audit: { record() {}, flush: () => Promise.resolve() },
      profile: "default",
      policy: "open",
      dial: () => Promise.reject(new Error("nothing is sent")),
      ...control && { control },
    }, { host: HOST, port: 443 });
  }
}

async function once(
  plan: Planner,
  head: RequestHead,
  body: string | undefined,
): Promise<number> {
  const bytes = body === undefined ? undefined : encode(body);
  const begun = performance.now();
  let planned = await plan(head);
  while (planned.kind === "hold") planned = await planned.decide(bytes);
  const taken = performance.now() - begun;
  if (planned.kind !== "forward") {
    throw new Error(`refused: ${planned.refusal.message}`);
  }
  planned.answered?.(200);
  planned.passing?.end();
  return taken;
}

function post(target: string, body: unknown) {
  const text = JSON.stringify(body);
  const { length } = encode(text);
  const head = headOf("POST", target);
  head.fields.push(
    { name: "Content-Type", value: "application/json" },
    { name: "Content-Length", value: String(length) },
  );
  return {
    head: { ...head, framing: { kind: "length", length } } as RequestHead,
    body: text,
  };
}

function headOf(method: string, target: string): RequestHead {
  return {
    ...{ method, target, minor: 1 },
    fields: [
      { name: "Host", value: HOST },
      { name: "User-Agent", value: "bench/1" },
      { name: "Accept", value: "application/vnd.github+json" },
      { name: "Authorization", value: "Bearer authsome-proxy-managed" },
    ],
    framing: { kind: "none" },
  };
}
