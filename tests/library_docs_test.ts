// Every example of the library: docs/library.md and the docstrings, as programs in a home of their own, over loopback.
import { expect } from "expect";
import { test } from "node:test";
import { bundle, OLDEST_NODE } from "../scripts/build/bundle.ts";
import { type Block, parsePage } from "../scripts/docs/page.ts";
import { Secret } from "../lib/secret.ts";
import { DENO_ONLY } from "./support/program.ts";
import { withBroker } from "./support/connected.ts";
import { type Scenario, spawn, withScenario } from "./support/scenario.ts";

const ROOT = new URL("..", import.meta.url).pathname;
const PAGE = "docs/library.md";
const DOCUMENTED = ["mod.ts", "lib/errors.ts", "lib/secret.ts"];
const OPENAI_KEY = `sk-${"o1".repeat(20)}`;
const HOSTS = ["api.github.com", "api.openai.com"];

/** Whom a credential belongs to. */
const ACCOUNTS: Record<string, string> = {
  "token-of-default": "you",
  "token-of-work": "you-at-work",
  [OPENAI_KEY]: "openai",
};

const blocks = parsePage(PAGE, Deno.readTextFileSync(`${ROOT}${PAGE}`)).blocks;
const typescript = blocks.filter(({ language }) => language === "ts");
const javascript = blocks.filter(({ language }) => language === "js");

/** The APIs: without a credential of the vault the answer is 401. */
async function answer(request: Request): Promise<Response> {
  const { host, pathname } = new URL(request.url);
  const account = accountOf(request);
  if (!account) return Response.json({ error: "bad key" }, { status: 401 });
  switch (`${host}${pathname}`) {
    case "api.github.com/user":
      return Response.json({ login: account });
    case "api.github.com/user/repos":
      return Response.json([{ full_name: `${account}/repository` }]);
    case "api.openai.com/v1/models":
      return Response.json({ object: "list", data: [{ id: "gpt-5-mini" }] });
    case "api.openai.com/v1/chat/completions": {
      const { stream, model } = await request.json();
      expect(stream).toBe(true);
      const chunk = (content: string) =>
        `data: ${
          JSON.stringify({ model, choices: [{ index: 0, delta: { content } }] })
        }\n\n`;
      return new Response(
        `${chunk("Hel")}${chunk("lo.")}data: [DONE]\n\n`,
        { headers: { "content-type": "text/event-stream" } },
      );
    }
  }
  return Response.json({ error: "not found" }, { status: 404 });
}

function accountOf({ headers }: { headers: Headers }): string | undefined {
  const secret = headers.get("authorization")?.replace(/^(Bearer|token) /, "");
  return ACCOUNTS[secret ?? ""];
}

function inScenario(body: (scenario: Scenario) => Promise<void>) {
  return () =>
    withScenario({ openai: OPENAI_KEY }, HOSTS, answer, async (scenario) => {
      await withBroker(scenario.home, async ({ connections }) => {
        for (const name of ["default", "work"]) {
          await connections.save({
            provider: "github",
            name,
            revision: 0,
            credential: {
              type: "oauth2",
              accessToken: new Secret(`token-of-${name}`),
              scopes: [],
              requestedScopes: [],
              captured: {},
            },
            state: "connected",
            createdAt: 1,
            updatedAt: 1,
          });
        }
      });
      await body(scenario);
    });
}

/** Requests by whom, each once. */
function seen({ api }: Scenario): string[] {
  return [
    ...new Set(
      api.requests.map((request) =>
        `${
          accountOf(request)
        } ${request.method} ${request.url.host}${request.url.pathname}`
      ),
    ),
  ].sort();
}

test(
  "the examples for Deno are checked and run",
  { skip: DENO_ONLY },
  inScenario(async (scenario) => {
    const { code, stdout, stderr } = await spawn([
      Deno.execPath(),
      "test",
      "--frozen",
      "--allow-all",
      "--doc",
      ...DOCUMENTED,
      PAGE,
      // For the examples with the runtime's own fetch.
    ], { ...scenario.env, DENO_CERT: scenario.env.AUTHSOME_CA_BUNDLE! });
    expect([code, code === 0 ? "" : stdout + stderr]).toEqual([0, ""]);
    const docstrings = DOCUMENTED.map((path) =>
      Deno.readTextFileSync(`${ROOT}${path}`).match(/^ *\* ```ts$/gm)?.length ??
        0
    );
    // An example that is not found is not run.
    expect(docstrings.every((count) => count > 0)).toBe(true);
    const all = docstrings.reduce((sum, count) => sum + count, 0) +
      typescript.length;
    expect(stdout).toContain(`ok | ${all} passed | 0 failed`);
    expect(stdout.match(/you-at-work$/gm)).toHaveLength(1);
    for (
      const text of [
        "Hello, you\n",
        "you/repository\n",
        "Hel\nlo.\n",
        '{ login: "you" }\n',
        "authsome-proxy-managed\n0\n",
      ]
    ) expect(stdout).toContain(text);
    expect(seen(scenario)).toEqual([
      "openai GET api.openai.com/v1/models",
      "openai POST api.openai.com/v1/chat/completions",
      "you GET api.github.com/user",
      "you GET api.github.com/user/repos",
      "you-at-work GET api.github.com/user",
    ]);
  }),
);

const NODE = Deno.env.get("AUTHSOME_TEST_NODE") || "node";
const tooOld = await nodeIsTooOld();

test(
  "the examples for Node run",
  { skip: tooOld },
  inScenario(async (scenario) => {
    const folder = `${scenario.folder}/project`;
    await installPackages(folder);
    const run = async (file: string, ...blocks: (Block | string)[]) => {
      Deno.writeTextFileSync(
        `${folder}/${file}`,
        blocks.map((part) => typeof part === "string" ? part : part.text)
          .join("\n"),
      );
      const ended = await spawn([NODE, `${folder}/${file}`], scenario.env);
      expect([ended.code, ended.code ? ended.stderr : ""]).toEqual([0, ""]);
      return ended.stdout;
    };
    const [script, server, ...more] = javascript;
    expect(more).toEqual([]);
    expect(await run("script.mjs", script!)).toBe("Hello, you\n");
    const anyPort = { ...server!, text: server!.text.replace("3000", "0") };
    expect(anyPort.text).not.toBe(server!.text);
    expect(
      await run(
        "server.mjs",
        anyPort,
        `await new Promise((resolve) => server.once("listening", resolve));
         const response = await fetch(\`http://127.0.0.1:\${server.address().port}/me\`);
         console.log(response.status, await response.text());
         process.kill(process.pid, "SIGINT");`,
      ),
    ).toBe('200 {"login":"you"}\n');
    expect(seen(scenario)).toEqual(["you GET api.github.com/user"]);
  }),
);

/** The package as `build:npm` makes it, and Express. */
async function installPackages(folder: string): Promise<void> {
  const modules = `${folder}/node_modules`;
  await bundle({
    entryPoints: { mod: "mod.ts" },
    outdir: `${modules}/authsome`,
    outExtension: { ".js": ".mjs" },
    format: "esm",
    splitting: true,
  });
  Deno.writeTextFileSync(
    `${modules}/authsome/package.json`,
    '{"name":"authsome","type":"module","exports":"./mod.mjs"}',
  );
  Deno.symlinkSync(`${ROOT}node_modules/express`, `${modules}/express`);
}

async function nodeIsTooOld(): Promise<string | false> {
  const { stdout } = await new Deno.Command(NODE, { args: ["--version"] })
    .output().catch(() => ({ stdout: new Uint8Array() }));
  const version = new TextDecoder().decode(stdout).trim();
  const [major = 0, minor = 0] = version.slice(1).split(".").map(Number);
  const [oldest = 0, least = 0] = OLDEST_NODE.split(".").map(Number);
  return major > oldest || major === oldest && minor >= least
    ? false
    : `no Node ${OLDEST_NODE}: name one in AUTHSOME_TEST_NODE`;
}
