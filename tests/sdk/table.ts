/** The tests of rows: each makes its call under the real `authsome run`, with and without a sandbox. @module */
import { expect } from "expect";
import { after, test } from "node:test";
import { Secret } from "../../lib/secret.ts";
import { withBroker } from "../support/connected.ts";
import { missing } from "../support/missing.ts";
import { withMachine } from "../support/sandbox/machine_use.ts";
import { CACHE, noSandbox } from "../support/sandbox/sandbox.ts";
import { type Scenario, withScenario } from "../support/scenario.ts";
import { CONNECTIONS, MARK } from "./connections.ts";
import { ALL, FEW } from "./few.ts";
import { Imitation, problemsOf } from "./imitation.ts";
import { notInstalled, SDKS } from "./installed.ts";
import { LIMITS, PENDING } from "./pending.ts";
import { type Mode, MODES, type Row, rowName } from "./row.ts";

const NODE = Deno.env.get("AUTHSOME_TEST_NODE") || "node";
const OLDER_NODE = Deno.env.get("AUTHSOME_TEST_NODE_OLDEST");
const PYTHON = `${SDKS}/python/bin/python`;
const CHILD = new URL("child/", import.meta.url).pathname;
/** How long a package may take, in seconds. */
const LIMIT_S = 100;

const skips = {
  npm: notInstalled("npm") || await missing(
        NODE,
        "-e",
        "const [a, b] = process.versions.node.split('.').map(Number); process.exit(a > 24 || a === 24 && b >= 5 || a === 22 && b >= 21 ? 0 : 1)",
      ) &&
      "no Node that honours NODE_USE_ENV_PROXY: name one in AUTHSOME_TEST_NODE",
  pypi: notInstalled("pypi") || await missing(PYTHON),
};

/** Registers the tests of `rows`: the few, or all of them. */
export function testRows(rows: readonly Row[]): void {
  const machine = new Machine(rows);
  after(() => machine.close());
  for (const row of rows) {
    for (const mode of MODES) {
      const name = rowName(row);
      if (!ALL && !FEW[mode].includes(name)) continue;
      if (LIMITS[name]?.[mode]) continue;
      const skip = skips[row.from] ||
        row.olderNode && !OLDER_NODE &&
          "no Node 22.13: name one in AUTHSOME_TEST_NODE_OLDEST" ||
        mode === "sandbox" && noSandbox;
      test(
        `${name}, ${mode}`,
        { skip },
        () =>
          withMachine("shared", async () => {
            const problems = await machine.try(row, mode);
            if (PENDING[name] === undefined) {
              return expect(problems).toEqual([]);
            }
            if (problems.length === 0) {
              throw new Error(`${name} passes: take it from pending.ts`);
            }
          }),
      );
    }
  }
}

/** A person's machine that is connected with the providers of the rows. It is there once a row needs it. */
class Machine {
  readonly #rows: readonly Row[];
  readonly #imitation = new Imitation();
  readonly #end = Promise.withResolvers<void>();
  #scenario: Promise<Scenario> | undefined;
  #ended: Promise<void> | undefined;
  readonly #connected: Record<string, Promise<void>> = {};
  #count = 0;

  constructor(rows: readonly Row[]) {
    this.#rows = rows;
  }

  /** Makes the call of a row and says what is wrong with it. */
  async try(row: Row, mode: Mode): Promise<string[]> {
    const scenario = await (this.#scenario ??= this.#start());
    await (this.#connected[row.provider] ??= connect(scenario, row.provider));
    const work = `${scenario.folder}/work-${++this.#count}`;
    Deno.mkdirSync(work);
    Deno.symlinkSync(`${SDKS}/npm/node_modules`, `${work}/node_modules`);
    this.#imitation.expect(row);
    const options = mode === "sandbox"
      ? ["--sandbox", "--allow-read", SDKS]
      : [];
    if (mode === "sandbox" && row.writes !== undefined) {
      const own = `${scenario.folder}/${row.writes}`;
      Deno.mkdirSync(own, { recursive: true });
      options.push("--allow-write", own);
    }
    const { code, stdout, stderr } = await scenario.authsome(
      ["run", ...options, "--", ...commandOf(row, work)],
      {
        cwd: work,
        env: { ...row.env },
        ...row.stdin === undefined ? {} : { stdin: row.stdin },
      },
    );
    const { fields } = CONNECTIONS[row.provider]!;
    const problems = problemsOf(row, fields, this.#imitation.arrived);
    if (code !== 0 || !stdout.includes(row.prints)) {
      problems.unshift(
        `exit code ${code}: ${
          (stdout + stderr).trim().split("\n").slice(-12).join("\n")
        }`,
      );
    }
    return [...problems, ...heldBy(work, stdout + stderr)];
  }

  async close(): Promise<void> {
    this.#end.resolve();
    await this.#ended;
  }

  #start(): Promise<Scenario> {
    const { promise, resolve, reject } = Promise.withResolvers<Scenario>();
    const hosts = this.#rows.flatMap(({ request, hosts = [] }) => [
      new URL(request.split(" ")[1]!.replace(/[{}]/g, "")).host,
      ...hosts,
    ]);
    this.#ended = withScenario(
      {},
      [...new Set(hosts)],
      (request) => this.#imitation.respond(request),
      async (scenario) => {
        resolve(scenario);
        await this.#end.promise;
      },
      CACHE,
    );
    this.#ended.catch(reject);
    return promise;
  }
}

/** Logs in as a person does by script; a token of an OAuth provider comes from no server here. */
async function connect(
  { home, authsome }: Scenario,
  provider: string,
): Promise<void> {
  const { fields, oauth, baseUrl } = CONNECTIONS[provider]!;
  if (oauth) {
    return await withBroker(home, async ({ connections, clock }) => {
      await connections.save({
        provider,
        name: "default",
        revision: 0,
        credential: {
          type: "oauth2",
          accessToken: new Secret(fields.access_token!),
          scopes: [],
          requestedScopes: [],
          captured: {},
        },
        state: "connected",
        createdAt: clock.now(),
        updatedAt: clock.now(),
      });
    });
  }
  const { api_key, ...others } = fields;
  const alone = api_key !== undefined && Object.keys(others).length === 0;
  const { code, stderr } = await authsome(
    [
      ...["login", provider, "--stdin", "--quiet"],
      ...baseUrl === undefined ? [] : ["--base-url", baseUrl],
    ],
    { stdin: `${alone ? api_key : JSON.stringify(fields)}\n` },
  );
  if (code !== 0) throw new Error(`login ${provider}: ${stderr}`);
}

/** The command of a row, whose program is put into the folder `work`. */
function commandOf(
  { from, program, command, native, ...row }: Row,
  work: string,
): string[] {
  const limit = ["timeout", String(LIMIT_S)];
  const modules = `${work}/node_modules/${row.package}`;
  if (native) {
    return [
      ...["sh", "-c", 'env -0 > environment; exec "$@"', "sh", ...limit],
      ...[`${modules}/${command![0]}`, ...command!.slice(1)],
    ];
  }
  if (from === "npm") {
    Deno.copyFileSync(`${CHILD}report.mjs`, `${work}/report.mjs`);
    if (program !== undefined) {
      Deno.writeTextFileSync(`${work}/main.mjs`, program);
    }
    const [file, ...args] = command ?? [];
    return [
      ...[...limit, row.olderNode ? OLDER_NODE! : NODE],
      ...["--import", "./report.mjs"],
      file === undefined ? "main.mjs" : `${modules}/${file}`,
      ...args,
    ];
  }
  Deno.copyFileSync(`${CHILD}report.py`, `${work}/report.py`);
  if (program !== undefined) Deno.writeTextFileSync(`${work}/main.py`, program);
  return [
    ...[...limit, PYTHON, "report.py"],
    ...command === undefined ? ["main.py"] : ["-m", ...command],
  ];
}

/** What the child had of a secret: in its environment, its memory, its output. */
function heldBy(work: string, output: string): string[] {
  const { env, memory } = reportIn(work);
  return [
    ...Object.entries(env).filter(([, value]) => isSecret(value))
      .map(([name]) => `${name} holds the credential`),
    ...env.AUTHSOME_PROXY_MODE === "true"
      ? []
      : ["the child did not say what it was given"],
    ...memory.map((where) => `a credential in memory: ${where}`),
    ...isSecret(output) ? ["a credential was printed"] : [],
  ];
}

/** What the child said: `report.json`, or of a program that is no script the environment alone. */
function reportIn(
  work: string,
): { env: Record<string, string>; memory: string[] } {
  const read = (name: string) => {
    try {
      return Deno.readTextFileSync(`${work}/${name}`);
    } catch {
      return undefined;
    }
  };
  const report = read("report.json");
  if (report !== undefined) {
    const { env, memory } = JSON.parse(report);
    return { env, memory: memory ?? [] };
  }
  const entries = (read("environment") ?? "").split("\0").filter(Boolean);
  return {
    env: Object.fromEntries(entries.map((entry) => {
      const at = entry.indexOf("=");
      return [entry.slice(0, at), entry.slice(at + 1)];
    })),
    memory: [],
  };
}

function isSecret(text: string): boolean {
  return text.includes(MARK);
}
