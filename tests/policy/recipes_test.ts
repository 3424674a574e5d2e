// The rules of docs/guides/control.md do what the guide says.
import { expect } from "expect";
import { test } from "node:test";
import { parsePolicy } from "../../lib/policy/file/parse_policy.ts";
import { effectivePolicy } from "../../lib/policy/file/effective.ts";
import { compilePolicy } from "../../lib/policy/judge/compiled_policy.ts";
import { policyControl } from "../../lib/policy/judge/policy_control.ts";
import { operationsBy } from "../../lib/broker/policy/open_control.ts";
import { type Asked, nameOf, settled } from "./support.ts";

const GUIDE = await Deno.readTextFile(
  new URL("../../docs/guides/control.md", import.meta.url),
);
const RECIPES = new Map(
  GUIDE.split(/^## /m).slice(1).map((section) => [
    section.split("\n", 1)[0]!,
    /```json policy\.json\n([\s\S]*?)```/.exec(section)?.[1],
  ]),
);

/** The rules of a section of the guide, in a folder, on Saturday at an hour. */
async function recipe(section: string, { folder = "/", hour = 12 } = {}) {
  const file = await parsePolicy(RECIPES.get(section)!, "policy.json");
  const policy = await compilePolicy(effectivePolicy(file, "policy.json", {
    profile: "default",
    folder,
    realFolder: (path) => path.replace(/^~/, "/home/me"),
  }));
  const now = new Date(2026, 10, 28, hour).getTime();
  const control = policyControl({
    policy: () => policy,
    operationOf: operationsBy((provider) =>
      provider.startsWith("github")
        ? {
          protocols: [
            { protocol: "graphql", path: "/graphql", source: "" },
            { protocol: "git", host: "github.com", path: "/**", source: "" },
          ],
        }
        : undefined
    ),
    run: "0",
    circumstances: { profile: "default", program: "agent", folder },
    clock: { now: () => now },
    steady: () => 0,
  });
  return async (method: string, url: string, more: Asked = {}) => {
    const ruling = await settled(control, { method, url, ...more });
    return ruling.kind === "allow" ? "allow" : nameOf(ruling.refusal);
  };
}

const API = "https://api.github.com";
const REPO = `${API}/repos/me/site`;
const JSON_TYPE = { "Content-Type": "application/json" };

test("every block of rules is valid", async () => {
  const texts = [...GUIDE.matchAll(/```json policy\.json\n([\s\S]*?)```/g)];
  expect(texts.length).toBe(6);
  for (const [, text] of texts) await parsePolicy(text!, "policy.json");
});

test("a read-only agent", async () => {
  const ask = await recipe("A read-only agent");
  const graphql = (query: string) =>
    ask("POST", `${API}/graphql`, {
      headers: JSON_TYPE,
      body: JSON.stringify({ query }),
    });
  expect(await ask("GET", REPO)).toBe("allow");
  expect(await ask("POST", `${REPO}/issues`, { body: "{}" }))
    .toBe("rule github-reads");
  expect(await ask("DELETE", REPO)).toBe("rule github-reads");
  expect(await graphql("query { viewer { login } }")).toBe("allow");
  expect(await graphql("mutation { deleteIssue(input: {}) { id } }"))
    .toBe("rule github-reads");
  expect(
    await ask("POST", "https://api.openai.com/v1/responses", {
      provider: "openai",
      body: "{}",
    }),
  ).toBe("allow");
});

test("ask before it pushes", async () => {
  const ask = await recipe("Ask before it pushes");
  const git = "https://github.com/me/site.git";
  expect(await ask("GET", `${git}/info/refs?service=git-upload-pack`))
    .toBe("allow");
  expect(await ask("POST", `${git}/git-upload-pack`, { body: "x" }))
    .toBe("allow");
  expect(await ask("GET", `${git}/info/refs?service=git-receive-pack`))
    .toBe("approval push");
  expect(await ask("POST", `${git}/git-receive-pack`, { body: "x" }))
    .toBe("approval push");
  expect(await ask("PUT", `${REPO}/pulls/7/merge`, { body: "{}" }))
    .toBe("approval merge");
  expect(await ask("POST", `${REPO}/issues`, { body: "{}" })).toBe("allow");
});

test("only this repository", async () => {
  const inside = await recipe("Only this repository", {
    folder: "/home/me/work/site/src",
  });
  expect(await inside("DELETE", `${REPO}/issues/1`)).toBe("allow");
  expect(await inside("GET", `${API}/user`)).toBe("allow");
  expect(await inside("GET", "https://github.com/me/site.git/info/refs"))
    .toBe("allow");
  for (
    const other of [
      `${API}/repos/me/other`,
      `${API}/repos/me/site/../other`,
      `${API}/repos/me/site%2F..%2Fother/x`,
      `${API}/repos/me/Site/x`,
      "https://github.com/me/site.git.evil/info/refs",
    ]
  ) {
    expect([other, await inside("GET", other)]).toEqual([
      other,
      "rule default",
    ]);
  }
  expect(await inside("POST", `${API}/graphql`, { body: "{}" }))
    .toBe("rule default");
  expect(
    await inside("POST", "https://api.anthropic.com/v1/messages", {
      provider: "anthropic",
      body: "{}",
    }),
  ).toBe("allow");
  for (const folder of ["/home/me/work/site2", "/home/me/work"]) {
    const outside = await recipe("Only this repository", { folder });
    expect(await outside("GET", `${API}/repos/me/other`)).toBe("allow");
  }
});

test("a budget", async () => {
  const ask = await recipe("A budget");
  for (let count = 0; count < 30; count++) {
    expect(await ask("GET", `${REPO}/issues`)).toBe("allow");
  }
  expect(await ask("GET", `${REPO}/issues`)).toBe("limit not-so-fast");
  const upload = (bytes: number) =>
    ask("PUT", "https://api.example.com/x", {
      provider: "other",
      body: new Uint8Array(bytes),
    });
  expect(await upload(40_000_000)).toBe("allow");
  expect(await upload(20_000_000)).toBe("limit no-large-uploads");
});

test("deny everything but", async () => {
  const ask = await recipe("Deny everything but");
  expect(
    await ask("POST", "https://api.anthropic.com/v1/messages", {
      provider: "anthropic",
      body: "{}",
    }),
  ).toBe("allow");
  expect(
    await ask("GET", "https://api.anthropic.com/v1/files", {
      provider: "anthropic",
    }),
  ).toBe("rule default");
  expect(await ask("POST", `${REPO}/issues/1/comments`, { body: "{}" }))
    .toBe("allow");
  expect(await ask("DELETE", `${REPO}/issues/1`)).toBe("rule default");
  expect(await ask("GET", `${REPO}/pulls`)).toBe("rule default");
  const late = await recipe("Deny everything but", { hour: 20 });
  expect(await late("POST", `${REPO}/issues`, { body: "{}" }))
    .toBe("rule office-hours");
  expect(await late("GET", `${REPO}/issues`)).toBe("allow");
});

test("conditions", async () => {
  const ask = await recipe("Conditions");
  const gist = (body: string) =>
    ask("POST", `${API}/gists`, { headers: JSON_TYPE, body });
  expect(await gist('{"public":false}')).toBe("allow");
  expect(await gist("{}")).toBe("allow");
  expect(await gist('{"public":true}')).toBe("rule no-public-gists");
  expect(await gist('{"public":false,"public":true}'))
    .toBe("rule no-public-gists");
});
