// A command cannot do what the rules of its run refuse, and cannot change them: the real command line, curl and git.
import { expect } from "expect";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { sandboxTest } from "../support/sandbox/sandbox.ts";
import { missing, spawn, withScenario } from "../support/scenario.ts";
import { gitHttpBackend, noGitServer } from "../support/servers/git_server.ts";

const KEY = `sk-${"o1".repeat(20)}`;
const noCurl = await missing("curl");
const CURL =
  "curl -s -o /dev/null -w '%{http_code} ' https://api.openai.com/v1/models";
const DENY = rules({ id: "no-deletes", effect: "deny", method: "DELETE" });
const NONE = rules();

function rules(...list: unknown[]): string {
  return JSON.stringify({ v: 1, rules: list });
}

function put(path: string, text: string): void {
  Deno.writeTextFileSync(path, text, { mode: 0o600 });
}

test(
  "run --read-only lets curl read and not write, and the log names rule, operation and run",
  { skip: noCurl },
  () =>
    withScenario(
      { openai: KEY },
      ["api.openai.com"],
      () => new Response("ok"),
      async ({ authsome }) => {
        const script = `${CURL}; ${CURL} -X DELETE`;
        const { stdout, stderr } = await authsome([
          ...["run", "--read-only", "--", "sh", "-c", script],
        ]);
        expect(stdout).toBe("200 403 ");
        expect(stderr).toContain("This run only reads");
        await authsome(["run", "--", "sh", "-c", CURL]);
        const { entries } = JSON.parse(
          (await authsome(["log", "--json"])).stdout,
        );
        const [read, refused, other] = entries;
        expect(read).toMatchObject({ event: "inject", operation: "GET" });
        expect(refused).toMatchObject({
          ...{ event: "deny", reason: "rule", rule: "read-only" },
          operation: "DELETE",
        });
        expect(read.run).toMatch(/^[0-9a-f]{16}$/);
        expect([refused.run, other.run === read.run]).toEqual([
          read.run,
          false,
        ]);
        const one = JSON.parse(
          (await authsome(["log", "--json", "--run", read.run])).stdout,
        );
        expect(one.entries).toEqual([read, refused]);
        const explained = JSON.parse(
          (await authsome([
            ...["explain", "--json", "--read-only", "--method", "DELETE"],
            "https://api.openai.com/v1/models",
          ])).stdout,
        );
        expect(explained).toMatchObject({
          ...{ action: "refuse", reason: "rule" },
          rules: { decision: "deny", rule: "read-only", operation: "DELETE" },
        });
      },
    ),
);

test(
  "a command without a sandbox can write policy.json, and its run goes on by the rules that it began with",
  { skip: noCurl },
  () =>
    withScenario(
      { openai: KEY },
      ["api.openai.com"],
      () => new Response("ok"),
      async ({ authsome, home, folder }) => {
        put(`${home}/policy.json`, DENY);
        put(`${folder}/none.json`, NONE);
        const write =
          `cp '${folder}/none.json' '${home}/policy.json'; sleep 0.2`;
        const { stdout, stderr } = await authsome([
          ...["run", "--", "sh", "-c"],
          `${CURL} -X DELETE; ${write}; ${CURL} -X DELETE; rm '${home}/policy.json'; sleep 0.2; ${CURL} -X DELETE; ${CURL}`,
        ]);
        expect(stdout).toBe("403 403 403 200 ");
        expect(stderr.match(/stay as they were/g)).toHaveLength(1);
        const { entries } = JSON.parse(
          (await authsome(["log", "--json"])).stdout,
        );
        expect(
          entries.filter(({ event }: { event: string }) => event === "policy")
            .map(({ ok, reason }: Record<string, unknown>) => [ok, reason]),
        ).toEqual([[false, "not_accepted"], [false, "not_accepted"]]);
        // Nor may it accept what it wrote.
        put(`${home}/policy.json`, NONE);
        const refused = await authsome(["policy", "accept"], {
          env: { AUTHSOME_PROXY_MODE: "true" },
        });
        expect([refused.code, refused.stderr]).toEqual([
          4,
          expect.stringContaining("a command may not change the rules"),
        ]);
      },
    ),
);

test("rules that cannot be read start no command", () =>
  withScenario({ openai: KEY }, [], () => new Response(), async (scenario) => {
    const { authsome, home, folder } = scenario;
    for (const text of ["{", '{"v":1,"rules":[{"id":"x","effect":"no"}]}']) {
      put(`${home}/policy.json`, text);
      const { code, stdout } = await authsome([
        "run",
        "--",
        "touch",
        `${folder}/ran`,
      ]);
      expect([code > 0, stdout, existsSync(`${folder}/ran`)])
        .toEqual([true, "", false]);
    }
    put(`${home}/policy.json`, NONE);
    Deno.chmodSync(`${home}/policy.json`, 0o666);
    const { code } = await authsome(["run", "--", "touch", `${folder}/ran`]);
    expect([code, existsSync(`${folder}/ran`)]).toEqual([9, false]);
  }));

sandboxTest(
  "a sandboxed command neither sees nor changes policy.json, and what the person changes holds from the next request on",
  { openai: KEY },
  ["api.openai.com"],
  () => new Response("ok"),
  async ({ sh, home, work }) => {
    put(`${home}/policy.json`, DENY);
    const running = sh(
      `cat '${home}/policy.json' 2>/dev/null; (echo x > '${home}/policy.json') 2>/dev/null; ${CURL} -X DELETE; touch ready; ` +
        `while [ ! -e go ]; do sleep 0.05; done; sleep 0.2; ${CURL} -X DELETE`,
    );
    while (!existsSync(`${work}/ready`)) await pause();
    expect(Deno.readTextFileSync(`${home}/policy.json`)).toBe(DENY);
    put(`${home}/policy.json`, NONE);
    Deno.writeTextFileSync(`${work}/go`, "");
    expect((await running).stdout).toBe("403 200 ");
  },
  noCurl,
);

sandboxTest(
  "a --policy-file that a sandboxed command can write keeps its rules for the run",
  { openai: KEY },
  ["api.openai.com"],
  () => new Response("ok"),
  async ({ sh, work }) => {
    put(`${work}/rules.json`, DENY);
    put(`${work}/none.json`, NONE);
    const { stdout, stderr } = await sh(
      `cp none.json rules.json; sleep 0.2; ${CURL} -X DELETE`,
      { options: ["--policy-file", `${work}/rules.json`] },
    );
    expect([stdout, stderr]).toEqual([
      "403 ",
      expect.stringContaining("stay as they were"),
    ]);
  },
  noCurl,
);

const pause = () => new Promise((resolve) => setTimeout(resolve, 20));

test(
  "git fetches under run --read-only, and its push is refused",
  { skip: noGitServer },
  () => {
    let repositories = "";
    return withScenario(
      { "github-pat": `ghp_${"g2".repeat(20)}` },
      ["github.com"],
      (request) => gitHttpBackend(repositories, request),
      async ({ authsome, folder, env }) => {
        repositories = `${folder}/repositories`;
        const git =
          "git -c user.name=Ada -c user.email=a@example.com -c init.defaultBranch=main";
        const made = await spawn([
          ...["sh", "-ec"],
          `git init -q --bare ${repositories}/p.git; git -C ${repositories}/p.git config http.receivepack true
           git -C ${repositories}/p.git symbolic-ref HEAD refs/heads/main
           ${git} init -q ${folder}/seed; cd ${folder}/seed; ${git} commit -q --allow-empty -m one
           git push -q ${repositories}/p.git HEAD:main`,
        ], env);
        expect([made.code, made.stderr]).toEqual([0, ""]);
        const script =
          `git clone -q https://github.com/p.git ${folder}/copy && cd ${folder}/copy && git fetch -q && ` +
          `${git} commit -q --allow-empty -m two && git push -q origin HEAD:main; echo push $?`;
        const { stdout, stderr } = await authsome([
          ...["run", "--read-only", "--", "sh", "-c", script],
        ]);
        expect(stdout).toBe("push 128\n");
        expect(stderr).toContain("git-receive-pack of github-pat writes");
        const { stdout: pushed } = await authsome([
          ...["run", "--", "sh", "-c"],
          `cd ${folder}/copy && git push -q origin HEAD:main; echo push $?`,
        ]);
        expect(pushed).toBe("push 0\n");
      },
    );
  },
);
