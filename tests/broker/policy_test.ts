// The files of rules, and which of them a person accepted.
import { expect } from "expect";
import { test } from "node:test";
import { Broker } from "../../lib/broker/broker.ts";
import { acceptedDigest } from "../../lib/broker/policy/accepted_digest.ts";
import {
  acceptPolicy,
  writePolicy,
} from "../../lib/broker/policy/accept_policy.ts";
import { keepAllowRule } from "../../lib/broker/approval/keep_allow_rule.ts";
import { checkLog } from "../../lib/broker/policy/check_log.ts";
import { readPolicy } from "../../lib/broker/policy/read_policy.ts";
import type { AuditEntry } from "../../lib/audit/chain.ts";
import { policyFiles } from "../../lib/host/policy/policy_files.ts";
import type { Runtime } from "../../lib/ports/runtime.ts";
import { memoryRuntime } from "../support/fakes/memory_runtime.ts";

const RULES = '{"v":1,"rules":[{"id":"a","effect":"deny"}]}';

/** A broker in memory whose `policy.json` is a real file. */
async function world(env: Record<string, string> = {}) {
  const home = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "authsome-policy-" }),
  );
  await Deno.chmod(home, 0o700);
  const path = `${home}/policy.json`;
  const base = memoryRuntime({ HOME: home, ...env });
  const runtime: Runtime = Object.assign(base, {
    home,
    workingFolder: () => home,
    hasPolicy: () => policyFiles(home, path, base.env).stamp(path) !== "",
    policyFiles: () => Promise.resolve(policyFiles(home, path, base.env)),
  });
  return { broker: await Broker.open(runtime), home, path };
}

const write = (path: string, text: string, mode = 0o600) =>
  Deno.writeTextFile(path, text).then(() => Deno.chmod(path, mode));

test("no file is no rules, and a file is read as it is", async () => {
  const { broker, path } = await world();
  expect((await readPolicy(broker)).effective)
    .toEqual({ rules: [], default: "allow" });
  await write(path, RULES);
  const { effective, files } = await readPolicy(broker);
  expect(effective.rules.map(({ rule }) => rule.id)).toEqual(["a"]);
  expect(files[0]!.digest).toMatch(/^[0-9a-f]{64}$/);
});

test("a file that is named holds beside that of the home", async () => {
  const { broker, home, path } = await world();
  await write(path, RULES);
  await write(
    `${home}/more.json`,
    '{"v":1,"default":"deny","rules":[{"id":"b","effect":"allow"}]}',
    0o644,
  );
  const { effective } = await readPolicy(broker, { file: `${home}/more.json` });
  expect([effective.rules.map(({ rule }) => rule.id), effective.default])
    .toEqual([["a", "b"], "deny"]);
  await expect(readPolicy(broker, { file: `${home}/none.json` })).rejects
    .toMatchObject({ code: "Usage" });
});

test("a file that others may write, a link, a folder and a torn one are refused", async () => {
  const { broker, home, path } = await world();
  await write(path, RULES, 0o622);
  await expect(readPolicy(broker)).rejects.toMatchObject({
    code: "StoreUnavailable",
  });
  await Deno.remove(path);
  await write(`${home}/elsewhere.json`, RULES);
  await Deno.symlink(`${home}/elsewhere.json`, path);
  await expect(readPolicy(broker)).rejects.toThrow("it is a link");
  await Deno.remove(path);
  await Deno.mkdir(path);
  await expect(readPolicy(broker)).rejects.toThrow("not a regular file");
  await Deno.remove(path);
  await write(path, RULES.slice(0, 20));
  await expect(readPolicy(broker)).rejects.toMatchObject({
    code: "InvalidPolicy",
  });
});

test("folders are compared by their real paths", async () => {
  const { broker, home, path } = await world();
  await Deno.mkdir(`${home}/work/api`, { recursive: true });
  await Deno.symlink(`${home}/work`, `${home}/link`);
  await write(
    path,
    '{"v":1,"rules":[],"folders":{"~/link":{"rules":[{"id":"f","effect":"deny"}]}}}',
  );
  const ids = async (folder: string) =>
    (await readPolicy(broker, { folder })).effective.rules
      .map(({ rule }) => rule.id);
  expect(await ids(`${home}/work/api`)).toEqual(["f"]);
  expect(await ids(`${home}/link/api`)).toEqual(["f"]);
  expect(await ids(home)).toEqual([]);
});

test("what a person accepts is kept in the vault, and no command of a run can", async () => {
  const { broker, path } = await world();
  expect(await acceptedDigest(broker)).toBe(undefined);
  await write(path, RULES);
  const accepted = await acceptPolicy(broker);
  expect(await acceptedDigest(broker)).toBe(accepted!.digest);
  await write(path, `${RULES}\n`);
  expect(await acceptedDigest(broker)).toBe(accepted!.digest);
  expect((await readPolicy(broker)).files[0]!.digest)
    .not.toBe(accepted!.digest);
  await writePolicy(broker, `${RULES} `);
  expect((await readPolicy(broker)).files[0]!.digest)
    .toBe(await acceptedDigest(broker));
  await expect(writePolicy(broker, "{")).rejects.toMatchObject({
    code: "InvalidPolicy",
  });
  expect(await Deno.readTextFile(path)).toBe(`${RULES} `);
  expect((await Deno.stat(path)).mode! & 0o777).toBe(0o600);
  await Deno.remove(path);
  expect(await acceptPolicy(broker)).toBe(undefined);
  expect(await acceptedDigest(broker)).toBe("");
});

test("beneath a run nothing is accepted, by the environment or by what started it", async () => {
  const inside = await world({ AUTHSOME_PROXY_MODE: "true" });
  const below = await world();
  below.broker.runtime.lineage = () =>
    Promise.resolve({
      self: () => Promise.resolve({ pid: 3, started: "3" }),
      hasEnded: () => Promise.resolve(false),
      above: () =>
        Promise.resolve([
          { pid: 3, started: "3", inRun: false },
          { pid: 2, started: "2", inRun: true },
        ]),
      homeOwner: () => undefined,
    });
  for (const { broker, path } of [inside, below]) {
    await write(path, RULES);
    for (
      const attempt of [
        () => acceptPolicy(broker),
        () => writePolicy(broker, RULES),
      ]
    ) {
      await expect(attempt()).rejects.toMatchObject({
        code: "OperationNotAllowed",
      });
    }
    expect(await acceptedDigest(broker)).toBe(undefined);
  }
});

test("an answer for good is added to the file, whose comments stay", async () => {
  const { broker, path } = await world();
  const request = {
    ...{
      id: "abc",
      run: "0",
      at: 0,
      expires: 1,
      rule: "a",
      profile: "default",
    },
    ...{ provider: "github", connection: "default", program: "agent" },
    ...{ folder: "/", method: "POST", host: "api.github.com" },
    ...{ digest: "0", subject: "0" },
    ...{ path: "/repos/me/site/issues?draft", operations: [] },
  };
  const text = `{
  // mine
  "v": 1,
  "rules": [
    { "id": "a", "effect": "ask" }, // each
  ],
}
`;
  await write(path, text);
  const { digest } = (await acceptPolicy(broker))!;
  await keepAllowRule(broker, request, digest);
  const changed = await Deno.readTextFile(path);
  expect(changed).toContain("// mine");
  expect(changed).toContain("// each");
  const { files, effective } = await readPolicy(broker);
  expect(effective.rules.map(({ rule }) => [rule.effect, rule.path]))
    .toEqual([["ask", undefined], ["allow", "/repos/me/site/issues"]]);
  expect(files[0]!.digest).toBe(await acceptedDigest(broker));
  // Without a file it is made.
  await Deno.remove(path);
  await keepAllowRule(broker, request, "");
  expect((await readPolicy(broker)).effective.rules.length).toBe(1);
});

test("a log is judged by the rules as they are now", async () => {
  const { broker } = await world();
  const entry = (more: Partial<AuditEntry>): AuditEntry => ({
    ...{ v: 1, seq: 1, ts: "", prev: "", hash: "", profile: "default" },
    ...{ event: "inject", ok: true, provider: "openai", connection: "default" },
    ...{ host: "api.openai.com", method: "POST", path: "/v1/responses" },
    ...more,
  });
  const entries = async function* () {
    yield entry({ method: "GET" });
    yield entry({ path: "/v1/files", operation: "upload" });
    yield entry({ event: "login" });
    yield entry({ method: "CONNECT" });
  };
  const checked = await checkLog(broker, {
    default: "allow",
    rules: [{
      rule: { id: "a", effect: "deny", method: "POST" },
      section: "",
    }],
  }, entries());
  expect(checked.map(({ judgement }) => [judgement.decision, judgement.rule]))
    .toEqual([["allow", undefined], ["deny", "a"]]);
});
