// A run whose rules ask, and a person who answers: in another terminal, on the run's own, for longer.
import { expect } from "expect";
import { test } from "node:test";
import { cliCommand } from "../support/program.ts";
import { missing } from "../support/missing.ts";
import { noSandbox } from "../support/sandbox/sandbox.ts";
import { type Scenario, withScenario } from "../support/scenario.ts";
import {
  NO_PSEUDO_TERMINAL,
  PseudoTerminal,
} from "../support/terminal/pseudo_terminal.ts";

const NO_CURL = await missing("curl");
const ASK = {
  v: 1,
  rules: [{
    id: "ask-writes",
    effect: "ask",
    provider: "groq",
    method: ["POST", "DELETE"],
  }],
};
const BODY = '{"title":"A new issue","token":"gsk_0123456789abcdef0123456789"}';

function curl(path: string, ...options: string[]): string[] {
  return ["curl", "-sS", ...options, `https://api.groq.com${path}`];
}

const POST = curl("/openai/v1/files", "-d", BODY, "-Hcontent-type:text/json");

function withRules(body: (scenario: Scenario) => Promise<void>) {
  return withScenario(
    { groq: "gsk_canary" },
    ["api.groq.com"],
    async (request) => new Response(`got ${(await request.text()).length}`),
    async (scenario) => {
      await Deno.writeTextFile(
        `${scenario.home}/policy.json`,
        JSON.stringify(ASK),
        { mode: 0o600 },
      );
      await body(scenario);
    },
  );
}

/** The requests that wait, once there is one. */
async function waiting(
  { authsome }: Scenario,
): Promise<Record<string, unknown>[]> {
  for (const end = Date.now() + 60_000; Date.now() < end;) {
    const { stdout } = await authsome(["approve", "list", "--json"]);
    const { requests } = JSON.parse(stdout);
    if (requests.length > 0) return requests;
  }
  throw new Error("nothing waits");
}

test("a request is sent once a person says so, and shown without its secrets", {
  skip: NO_CURL,
}, async () => {
  await withRules(async (scenario) => {
    const { authsome, api } = scenario;
    const run = authsome(["run", "--", ...POST]);
    const [request] = await waiting(scenario);
    expect(request).toMatchObject({
      ...{ method: "POST", host: "api.groq.com", path: "/openai/v1/files" },
      ...{ provider: "groq", connection: "default", rule: "ask-writes" },
      ...{ program: "curl", channels: ["terminal"] },
      body: { size: BODY.length, sha256: expect.stringMatching(/^\w{64}$/) },
    });
    expect(JSON.stringify(request)).not.toContain("gsk_");
    expect(JSON.stringify(request)).toContain("A new issue");
    expect(api.requests).toEqual([]);
    const { code } = await authsome(["approve", String(request!.id)]);
    expect(code).toBe(0);
    expect(await run).toMatchObject({
      ...{ code: 0, stdout: `got ${BODY.length}` },
      stderr: expect.stringMatching(
        /A request waits for your answer: POST https:\/\/api\.groq\.com\/openai\/v1\/files\. Answer in another terminal: authsome approve/,
      ),
    });
    // Once is once.
    const again = authsome(["run", "--", ...POST]);
    const [other] = await waiting(scenario);
    expect(other!.digest).toBe(request!.digest);
    await authsome(["approve", "deny", String(other!.id)]);
    expect((await again).stdout).toMatch(/ask-writes/);
    expect(api.requests.length).toBe(1);
  });
});

test("for this run is for this run, this path and any body", {
  skip: NO_CURL,
}, async () => {
  await withRules(async (scenario) => {
    const { authsome } = scenario;
    const words = (command: string[]) =>
      command.map((word) => `'${word}'`).join(" ");
    const run = authsome([
      ...["run", "--", "sh", "-c"],
      [
        words(POST),
        words(curl("/openai/v1/files", "-d", "other")),
        words(curl("/openai/v1/other", "-d", "other")),
      ].join("; echo; "),
    ]);
    const [request] = await waiting(scenario);
    await authsome(["approve", String(request!.id), "--for", "run"]);
    const [other] = await waiting(scenario);
    expect(other!.path).toBe("/openai/v1/other");
    await authsome(["approve", "deny", String(other!.id)]);
    expect((await run).stdout).toMatch(
      new RegExp(`^got ${BODY.length}\ngot 5\n.*ask-writes`, "s"),
    );
  });
});

test("always writes the narrowest rule, which answers from then on", {
  skip: NO_CURL,
}, async () => {
  await withRules(async (scenario) => {
    const { authsome, home } = scenario;
    const run = authsome(["run", "--", ...POST]);
    const [request] = await waiting(scenario);
    await authsome(["approve", String(request!.id), "--for", "always"]);
    expect((await run).stdout).toBe(`got ${BODY.length}`);
    const { rules } = JSON.parse(
      await Deno.readTextFile(`${home}/policy.json`),
    );
    // The operation is there too if the definition names it.
    delete rules[1].operation;
    expect(rules).toEqual([...ASK.rules, {
      id: expect.stringMatching(/^allow-/),
      ...{ effect: "allow", provider: "groq", connection: "default" },
      ...{ method: "POST", host: "api.groq.com", path: "/openai/v1/files" },
      answers: "ask-writes",
    }]);
    expect(await authsome(["run", "--", ...POST]))
      .toMatchObject({ stdout: `got ${BODY.length}`, stderr: "" });
    // Neither another method nor another path.
    for (
      const command of [
        curl("/openai/v1/files", "-XDELETE"),
        curl("/openai/v1/files/1", "-d", "x"),
      ]
    ) {
      const asked = authsome(["run", "--", ...command]);
      const [request] = await waiting(scenario);
      await authsome(["approve", "deny", String(request!.id)]);
      expect((await asked).stdout).toMatch(/ask-writes/);
    }
  });
});

test("always accepts nothing that the command has written to the rules", {
  skip: NO_CURL,
}, async () => {
  await withRules(async (scenario) => {
    const { authsome, home } = scenario;
    const forged = JSON.stringify({ v: 1, rules: [] });
    const script = `printf %s '${forged}' > '${home}/policy.json'; exec "$@"`;
    const run = authsome(["run", "--", "sh", "-c", script, "sh", ...POST]);
    const [request] = await waiting(scenario);
    await authsome(["approve", String(request!.id), "--for", "always"]);
    expect((await run).stdout).toBe(`got ${BODY.length}`);
    expect(await Deno.readTextFile(`${home}/policy.json`)).toBe(forged);
  });
});

test("the person answers on the terminal of the run", {
  skip: NO_CURL || NO_PSEUDO_TERMINAL,
}, async () => {
  await withRules(async ({ env, folder }) => {
    await using terminal = new PseudoTerminal(
      cliCommand("run", "--", ...POST),
      { env, cwd: folder },
    );
    await terminal.shows("Or n and Enter to deny it.");
    await terminal.shows("> ");
    expect(terminal.screen).toContain("POST https://api.groq.com/openai/v1");
    const [, code] = /y(\w\w) once/.exec(terminal.screen)!;
    await terminal.type(`y${code}\r`);
    await terminal.shows(`got ${BODY.length}`);
    expect(await terminal.ended()).toEqual({ code: 0, restored: true });
    const log = await Deno.readTextFile(`${env.AUTHSOME_HOME}/audit.log`);
    expect(log).toMatch(
      /"event":"approval".*allow once by terminal; asked: vault, terminal/,
    );
  });
});

test("in the sandbox too the person answers on the terminal of the run", {
  skip: NO_CURL || NO_PSEUDO_TERMINAL || noSandbox,
}, async () => {
  await withRules(async ({ env, folder }) => {
    const work = `${folder}/work`;
    await Deno.mkdir(work);
    await using terminal = new PseudoTerminal(
      cliCommand("run", "--sandbox", "--", ...POST),
      { env, cwd: work },
    );
    await terminal.shows("Or n and Enter to deny it.");
    await terminal.shows("> ");
    expect(terminal.screen).toContain("POST https://api.groq.com/openai/v1");
    const [, code] = /y(\w\w) once/.exec(terminal.screen)!;
    await terminal.type(`y${code}\r`);
    await terminal.shows(`got ${BODY.length}`);
    expect(await terminal.ended()).toEqual({ code: 0, restored: true });
  });
});
