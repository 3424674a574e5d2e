// Real clients under the real command line: the API sees the key, the client only the placeholder.
import { expect } from "expect";
import { test } from "node:test";
import { gitHttpBackend, noGitServer } from "../support/servers/git_server.ts";
import {
  type Ended,
  missing,
  type RunOptions,
  type Scenario,
  spawn,
  withScenario,
} from "../support/scenario.ts";
import { DENO } from "../support/program.ts";

const OPENAI_KEY = `sk-${"o1".repeat(20)}`;
const GITHUB_KEY = `ghp_${"g2".repeat(20)}`;
const KEYS = { openai: OPENAI_KEY, "github-pat": GITHUB_KEY };
const HOSTS = [
  "api.openai.com",
  "api.github.com",
  "github.com",
  "unrouted.example",
];
const BASIC = `Basic ${btoa(`x-access-token:${GITHUB_KEY}`)}`;
const EXPECTED: Record<string, string> = {
  "api.openai.com": `Bearer ${OPENAI_KEY}`,
  "api.github.com": `Bearer ${GITHUB_KEY}`,
  "github.com": BASIC,
};

const PYTHON = "/usr/bin/python3";
const NODE = Deno.env.get("AUTHSOME_TEST_NODE") || "node";

/** Every server: a request without the right credential gets 401. */
async function internet(request: Request, repositories: string) {
  const { host, pathname } = new URL(request.url);
  const authorization = request.headers.get("authorization");
  if (host === "unrouted.example") {
    return Response.json({ authorization });
  }
  if (authorization !== EXPECTED[host]) {
    return Response.json({ error: "who are you?" }, { status: 401 });
  }
  if (host === "github.com") return await gitHttpBackend(repositories, request);
  if (pathname === "/user") {
    return Response.json({ login: "octocat", id: 1 });
  }
  if (pathname === "/v1/chat/completions") {
    const { stream, messages } = await request.json();
    expect(stream).toBe(true);
    return new Response(chunks(messages[0].content), {
      headers: { "content-type": "text/event-stream" },
    });
  }
  if (request.method === "POST") {
    return Response.json({ length: (await request.arrayBuffer()).byteLength });
  }
  return Response.json({ hello: pathname });
}

/** A chat completion that comes word by word. */
function chunks(question: string): ReadableStream<Uint8Array> {
  const words = ["You ", "asked: ", question];
  return new ReadableStream({
    async pull(controller) {
      const word = words.shift();
      await new Promise((resolve) => setTimeout(resolve, 20));
      const event = word === undefined ? "[DONE]" : JSON.stringify({
        id: "1",
        object: "chat.completion.chunk",
        created: 1,
        model: "m",
        choices: [{ index: 0, delta: { content: word }, finish_reason: null }],
      });
      controller.enqueue(new TextEncoder().encode(`data: ${event}\n\n`));
      if (word === undefined) controller.close();
    },
  });
}

/** A test of one client: `command` must succeed and print `output`, through the proxy, knowing no key. */
function clientTest(
  name: string,
  skip: string | false,
  command: readonly string[],
  output: string,
  options: RunOptions = {},
) {
  test(
    name,
    { skip },
    () =>
      inScenario(async (scenario) => {
        const ended = await scenario.client(command, options);
        expectSuccess(ended);
        expect(ended.stdout.trim()).toBe(output);
        expectInjected(scenario, ended);
      }),
  );
}

function inScenario(body: (scenario: Scenario) => Promise<void>) {
  let repositories = "";
  return withScenario(
    KEYS,
    HOSTS,
    (request) => internet(request, repositories),
    async (scenario) => {
      repositories = `${scenario.folder}/repositories`;
      await body(scenario);
    },
  );
}

function expectSuccess({ code, stdout, stderr }: Ended) {
  expect([code, code === 0 ? "" : stdout + stderr]).toEqual([0, ""]);
}

function expectInjected(
  { api }: Scenario,
  { stdout, stderr, childEnv }: Awaited<ReturnType<Scenario["client"]>>,
) {
  expect(api.requests.length).toBeGreaterThan(0);
  for (const { url, headers } of api.requests) {
    expect(headers.get("authorization")).toBe(EXPECTED[url.host] ?? null);
    expect(headers.has("proxy-authorization")).toBe(false);
  }
  // The parent's proxy was used, so the names were never resolved here.
  expect(api.tunnels.length).toBeGreaterThan(0);
  expect(childEnv).toMatchObject({
    OPENAI_API_KEY: "authsome-proxy-managed",
    GITHUB_TOKEN: "authsome-proxy-managed",
    AUTHSOME_PROXY_MODE: "true",
  });
  const seen = JSON.stringify([stdout, stderr, childEnv]);
  for (const key of [OPENAI_KEY, GITHUB_KEY, BASIC.slice(6)]) {
    expect(seen).not.toContain(key);
  }
}

const MODELS = "https://api.openai.com/v1/models";
const HELLO = '{"hello":"/v1/models"}';
/** What these clients send is the placeholder, as an agent's own code would. */
const AUTHORIZATION = "Authorization: Bearer authsome-proxy-managed";

clientTest(
  "curl",
  await missing("curl"),
  ["curl", "-sS", "--fail", "-H", AUTHORIZATION, MODELS],
  HELLO,
  { env: { OPENAI_API_KEY: OPENAI_KEY, GITHUB_TOKEN: GITHUB_KEY } },
);

clientTest(
  "curl over HTTP/1.1 without any Authorization of its own, and a body of 3 MB",
  await missing("curl"),
  [
    "sh",
    "-c",
    `head -c 3000000 /dev/zero | curl -sS --fail --http1.1 --data-binary @- ${MODELS}`,
  ],
  '{"length":3000000}',
);

clientTest(
  "curl that offers HTTP/1.0 and nothing else",
  await missing("curl"),
  ["curl", "-sS", "--fail", "--http1.0", "-H", AUTHORIZATION, MODELS],
  HELLO,
);

clientTest(
  "wget",
  await missing("wget"),
  ["wget", "-q", "-O", "-", "--header", AUTHORIZATION, MODELS],
  HELLO,
);

const URLLIB = `
import os, urllib.request
key = os.environ["OPENAI_API_KEY"]
request = urllib.request.Request("${MODELS}", headers={"Authorization": f"Bearer {key}"})
print(urllib.request.urlopen(request).read().decode())`;
clientTest(
  "Python urllib",
  await missing(PYTHON),
  [PYTHON, "-c", URLLIB],
  HELLO,
);

for (const library of ["requests", "httpx"]) {
  const script = `
import os, ${library}
response = ${library}.get("${MODELS}", headers={"Authorization": "Bearer " + os.environ["OPENAI_API_KEY"]})
response.raise_for_status()
print(response.text)`;
  clientTest(
    `Python ${library}`,
    await missing(PYTHON, "-c", `import ${library}`),
    [PYTHON, "-c", script],
    HELLO,
  );
}

/** Node reads the proxy's variables since 22.21 and 24.5. */
const node = await missing(
  NODE,
  "-e",
  "const [a, b] = process.versions.node.split('.').map(Number); process.exit(a > 24 || a === 24 && b >= 5 || a === 22 && b >= 21 ? 0 : 1)",
) && `no Node that honours NODE_USE_ENV_PROXY: name one in AUTHSOME_TEST_NODE`;

const FETCH = `
const key = process.env.OPENAI_API_KEY;
const response = await fetch("${MODELS}", { headers: { Authorization: "Bearer " + key } });
console.log(response.ok ? await response.text() : response.status);`;
const HTTPS = `
import https from "node:https";
https.get("${MODELS}", (response) => response.pipe(process.stdout));`;
const OPENAI = `
import OpenAI from "openai";
const client = new OpenAI({ maxRetries: 0 });
const stream = await client.chat.completions.create({
  model: "m", stream: true, messages: [{ role: "user", content: "why?" }],
});
let count = 0;
for await (const chunk of stream) {
  count++;
  process.stdout.write(chunk.choices[0].delta.content ?? "");
}
process.stdout.write(" (" + count + ")");`;
const OCTOKIT = `
import { Octokit } from "@octokit/rest";
const octokit = new Octokit({ auth: process.env.GITHUB_TOKEN });
console.log((await octokit.rest.users.getAuthenticated()).data.login);`;

const nodeScript = (script: string) => [
  NODE,
  "--input-type=module",
  "-e",
  script,
];
const denoScript = (script: string) => [
  DENO,
  "eval",
  "--ext=js",
  `import process from "node:process";\n${script}`,
];
for (
  const [name, skip, command] of [
    ["Node", node, nodeScript],
    ["Deno", false, denoScript],
  ] as const
) {
  clientTest(`${name} fetch`, skip, command(FETCH), HELLO);
  if (name === "Node") {
    clientTest(`${name} https`, skip, command(HTTPS), HELLO);
  }
  clientTest(
    `npm openai on ${name}, streaming`,
    skip,
    command(OPENAI),
    "You asked: why? (3)",
  );
  clientTest(`@octokit/rest on ${name}`, skip, command(OCTOKIT), "octocat");
}

test(
  "git clones and pushes over smart HTTP",
  {
    skip: noGitServer,
  },
  () =>
    inScenario(async (scenario) => {
      const { folder, env } = scenario;
      const git = (...args: string[]) =>
        spawn(["git", ...args], { PATH: env.PATH, HOME: folder });
      Deno.writeTextFileSync(
        `${folder}/.gitconfig`,
        "[user]\nname = T\nemail = t@example.com\n[init]\ndefaultBranch = main\n",
      );
      const bare = `${folder}/repositories/team/project.git`;
      await git("init", "--bare", bare);
      await git("-C", bare, "config", "http.receivepack", "true");
      const seed = `${folder}/seed`;
      await git("init", seed);
      Deno.writeTextFileSync(`${seed}/file`, "content\n".repeat(10_000));
      await git("-C", seed, "add", "file");
      await git("-C", seed, "commit", "-m", "first");
      expect((await git("-C", seed, "push", bare, "main")).code).toBe(0);

      const clone = `${folder}/clone`;
      const url = "https://github.com/team/project.git";
      const cloned = await scenario.client(["git", "clone", url, clone]);
      expectSuccess(cloned);
      expect(Deno.readTextFileSync(`${clone}/file`).length).toBe(80_000);
      expectInjected(scenario, cloned);

      await git("-C", clone, "commit", "--allow-empty", "-m", "second");
      const pushed = await scenario.client(["git", "-C", clone, "push"]);
      expectSuccess(pushed);
      expectInjected(scenario, pushed);
      expect((await git("-C", bare, "log", "--format=%s", "main")).stdout).toBe(
        "second\nfirst\n",
      );
      expect(Deno.readTextFileSync(`${clone}/.git/config`)).not.toContain(
        GITHUB_KEY,
      );
    }),
);

test(
  "a host without a route is tunnelled untouched, or refused with --policy deny",
  { skip: await missing("curl") },
  () =>
    inScenario(async (scenario) => {
      const curl = ["curl", "-sS", "--fail", "https://unrouted.example/"];
      const own = ["-H", "Authorization: Bearer my-own"];
      // The tunnel is blind: the server's certificate is checked by curl itself, against the bundle.
      expect(await scenario.client([...curl, ...own])).toMatchObject({
        code: 0,
        stdout: '{"authorization":"Bearer my-own"}',
      });
      const count = scenario.api.requests.length;
      const refused = await scenario.client(curl, {
        options: ["--policy", "deny"],
      });
      expect(refused.code).not.toBe(0);
      expect(scenario.api.requests.length).toBe(count);
    }),
);

test(
  "after a logout the proxy answers 401 and names the command that mends it",
  { skip: await missing("curl") },
  () =>
    inScenario(async (scenario) => {
      const { folder, api } = scenario;
      const script = `curl -sS -o /dev/null -w '%{http_code} ' ${MODELS}
        touch '${folder}/ready'
        i=0; while [ ! -e '${folder}/go' ] && [ $i -lt 300 ]; do sleep 0.1; i=$((i+1)); done
        curl -sS -w ' %{http_code}' ${MODELS}`;
      const running = scenario.client(["sh", "-c", script]);
      for (let tries = 0; tries < 300 && !exists(`${folder}/ready`); tries++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      expect(await scenario.authsome(["logout", "openai"])).toMatchObject({
        code: 0,
      });
      Deno.writeTextFileSync(`${folder}/go`, "");
      const { stdout } = await running;
      expect(stdout).toMatch(/^200 .*authsome login openai.* 401$/s);
      expect(api.requests.length).toBe(1);
    }),
);

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
