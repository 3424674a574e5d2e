// What the audit log holds after a day's work, made by the real command line.
import { expect } from "expect";
import { test } from "node:test";
import { withHome } from "../support/home.ts";
import { cliCommand, processOf } from "../support/program.ts";
import { missing, type Scenario, withScenario } from "../support/scenario.ts";

const KEY = `sk-${"o1".repeat(20)}`;

test(
  "login, get, export, inject, deny and logout are in the log, chained, without a secret or a query value",
  {
    skip: await missing("curl"),
  },
  () =>
    withScenario(
      {},
      ["api.openai.com"],
      () => new Response("welcome"),
      async ({ home, authsome }) => {
        const say = async (args: string[], stdin?: string) => {
          const ended = await authsome(
            args,
            stdin === undefined ? {} : { stdin },
          );
          expect([args, ended.code, ended.stderr]).toEqual([
            args,
            0,
            ended.stderr,
          ]);
          return ended.stdout;
        };
        const url = "https://api.openai.com/v1/models?needle=haystack-7f3a";
        await say(["login", "openai", "--stdin"], `${KEY}\n`);
        await say(["get", "openai", "--show-secret", "--field", "api_key"]);
        await say(["export", "openai"]);
        await say(["run", "--", "curl", "-sS", url]);
        await say(["run", "--", "curl", "-sS", "-X", "TRACE", url]);
        await say(["logout", "openai"]);

        const text = Deno.readTextFileSync(`${home}/audit.log`);
        const entries = text.trimEnd().split("\n").map((line) =>
          JSON.parse(line)
        );
        const request = { host: "api.openai.com", path: "/v1/models" };
        const connection = { provider: "openai", connection: "default" };
        expect(entries).toMatchObject([
          { event: "login", ok: true, ...connection },
          { event: "get", ok: true, ...connection },
          { event: "export", ok: true, ...connection },
          {
            event: "inject",
            ok: true,
            ...connection,
            ...request,
            method: "GET",
            status: 200,
          },
          {
            event: "deny",
            ok: false,
            ...request,
            method: "TRACE",
            reason: "method_refused",
          },
          { event: "logout", ok: true, ...connection },
        ]);
        expect(entries.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
        entries.slice(1).forEach(({ prev }, at) => {
          expect(prev).toBe(entries[at].hash);
        });
        for (const hidden of [KEY, "needle", "haystack-7f3a"]) {
          expect(text).not.toContain(hidden);
        }

        await say(["log", "--verify"]);
        Deno.writeTextFileSync(
          `${home}/audit.log`,
          text.replace('"status":200', '"status":201'),
        );
        const verified = await authsome(["log", "--verify"]);
        expect(verified.code).not.toBe(0);
      },
    ),
);

/** Both files of the log, as they are. */
function copyOf(home: string): (() => void) & { text: string } {
  const files = [`${home}/audit.log`, `${home}/audit.log.last`];
  const texts = files.map((file) => Deno.readTextFileSync(file));
  const restore = () =>
    files.forEach((file, at) => {
      Deno.writeTextFileSync(file, texts[at]!, { mode: 0o600 });
    });
  return Object.assign(restore, { text: texts[0]! });
}

test("log --verify and doctor find what was cut off, edited, made anew or deleted", () =>
  withScenario({ openai: KEY }, [], () => new Response(), async (scenario) => {
    const { home, authsome } = scenario;
    const use = async () => {
      expect((await authsome(["export", "openai"])).code).toBe(0);
    };
    const wrong = async (message: RegExp) => {
      const { code, stderr } = await authsome(["log", "--verify"]);
      expect([code, stderr]).toEqual([9, expect.stringMatching(message)]);
      expect(stderr).toContain("authsome log --verify --accept");
      const json = await authsome(["log", "--verify", "--json"]);
      expect(JSON.parse(json.stdout)).toMatchObject({
        ...{ v: 1, error: "RecordCorrupt" },
      });
      const { stdout } = await authsome(["doctor", "--json"]);
      expect(JSON.parse(stdout).checks).toContainEqual(
        expect.objectContaining({ name: "audit log", ok: false }),
      );
    };
    await use();
    const short = copyOf(home);
    await use();
    await use();
    const whole = copyOf(home);
    const fine = await authsome(["log", "--verify", "--json"]);
    expect(JSON.parse(fine.stdout)).toEqual({
      ...{ v: 1, ok: true, entries: 3, first: 1, known: 3 },
    });
    short();
    await wrong(/entries from 2 on are missing at the end/);
    whole();
    for (const name of ["audit.log", "audit.log.last"]) {
      Deno.removeSync(`${home}/${name}`);
    }
    await wrong(/entries from 1 on are missing at the end/);
    whole();
    Deno.writeTextFileSync(
      `${home}/audit.log`,
      whole.text.replace("openai", "groq"),
    );
    await wrong(/line 1, entry 1 \(edited\)/);
    // A whole chain by itself, of another home with the same commands.
    await withHome(async (other) => {
      const AUTHSOME_HOME = `${other}/home`;
      const env = { env: { AUTHSOME_HOME } };
      await authsome(["login", "openai", "--stdin"], { stdin: KEY, ...env });
      for (let times = 0; times < 3; times++) {
        await authsome(["export", "openai"], env);
      }
      const forged = copyOf(AUTHSOME_HOME).text;
      Deno.writeTextFileSync(`${home}/audit.log`, forged);
      Deno.removeSync(`${home}/audit.log.last`);
    });
    await wrong(/entry 3 is not the one that the vault knows/);
    const accepted = await authsome(["log", "--verify", "--accept"]);
    expect([accepted.code, accepted.stdout]).toEqual([
      0,
      "accepted: entry 3 is not the one that the vault knows\n",
    ]);
    await use();
    expect((await authsome(["log", "--verify"])).stdout).toBe(
      "ok: 2 entries, from 5 on\n",
    );
    const refused = await authsome(["log", "--accept"]);
    expect(refused.code).toBe(2);
  }));

test("a vault that does not open is no proof of a whole log", () =>
  withScenario({ openai: KEY }, [], () => new Response(), async (scenario) => {
    const { home, authsome } = scenario;
    await authsome(["export", "openai"]);
    Deno.renameSync(`${home}/master.key`, `${home}/away`);
    const { code, stderr } = await authsome(["log", "--verify"]);
    expect([code, stderr]).toEqual([
      9,
      expect.stringMatching(/chain of the audit log holds \(1 entry\), but/),
    ]);
    // It is shown all the same.
    expect((await authsome(["log"])).stdout).toContain("export");
  }));

test("commands that append at once while files are set aside: one chain, nothing lost", () =>
  withScenario({ openai: KEY }, [], () => new Response(), async (scenario) => {
    const { home, authsome } = scenario;
    const config = JSON.parse(Deno.readTextFileSync(`${home}/config.json`));
    Deno.writeTextFileSync(
      `${home}/config.json`,
      JSON.stringify({ ...config, audit: { max_bytes: 600, keep: 3 } }),
    );
    const codes = await Promise.all(
      Array.from(
        { length: 12 },
        async () => (await authsome(["export", "openai"])).code,
      ),
    );
    expect(new Set(codes)).toEqual(new Set([0]));
    const { stdout } = await authsome(["log", "--verify", "--json"]);
    const { ok, first, entries } = JSON.parse(stdout);
    expect(ok).toBe(true);
    const shown = await authsome(["log", "-n", "1000", "--json"]);
    const all = JSON.parse(shown.stdout).entries;
    expect(all.map(({ seq }: { seq: number }) => seq)).toEqual(
      Array.from({ length: entries }, (_, at) => first + at),
    );
    const removed = all.filter(({ event }: { event: string }) =>
      event === "prune"
    ).length;
    expect(removed).toBeGreaterThan(0);
    const one = await authsome(["log", "-n", "1", "--json"]);
    expect(JSON.parse(one.stdout).entries).toEqual(all.slice(-1));
    const none = await authsome(["log", "--provider", "groq", "--json"]);
    expect(JSON.parse(none.stdout).entries).toEqual([]);
  }));

test("log --follow goes on over files that are set aside", () =>
  withScenario({ openai: KEY }, [], () => new Response(), async (scenario) => {
    const { home, authsome, env } = scenario;
    const config = JSON.parse(Deno.readTextFileSync(`${home}/config.json`));
    Deno.writeTextFileSync(
      `${home}/config.json`,
      JSON.stringify({ ...config, audit: { max_bytes: 500 } }),
    );
    await authsome(["export", "openai"]);
    const child = processOf(cliCommand("log", "--follow", "--json"), {
      ...{ env, clearEnv: true, stdin: "null" },
      ...{ stdout: "piped", stderr: "inherit" },
    }).spawn();
    try {
      const seen: number[] = [];
      const reader = child.stdout.pipeThrough(new TextDecoderStream())
        .getReader();
      const read = async (upTo: number) => {
        while ((seen.at(-1) ?? 0) < upTo) {
          const { value = "", done } = await reader.read();
          if (done) break;
          seen.push(
            ...value.trimEnd().split("\n").map((line) => JSON.parse(line).seq),
          );
        }
      };
      await read(1);
      for (let times = 0; times < 3; times++) {
        await Promise.all(
          [1, 2].map(() => authsome(["export", "openai"])),
        );
      }
      await read(7);
      expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7]);
      await reader.cancel();
    } finally {
      child.kill("SIGKILL");
      await child.status;
    }
  }));

const URL_OF_MODELS = "https://api.openai.com/v1/models";
const CURL = `curl -s -o "$TMPDIR/body" -w '%{http_code}\n' ${URL_OF_MODELS}`;

/** A run of which the log is a folder for a while, and the codes of its requests: before, meanwhile at last, and after. */
async function runWithBrokenLog(
  { home, authsome }: Scenario,
  audit: object,
  last: string,
): Promise<{ codes: string[]; stdout: string }> {
  Deno.writeTextFileSync(
    `${home}/config.json`,
    JSON.stringify({ spec_version: 1, audit }),
    { mode: 0o600 },
  );
  const script = [
    CURL,
    // Not in the middle of a write: a new log would be made then.
    `until grep -q inject ${home}/audit.log; do sleep 0.1; done`,
    `mv ${home}/audit.log ${home}/away; mkdir ${home}/audit.log`,
    `for i in 1 2 3 4 5 6 7 8 9; do code=$(${CURL})`,
    `[ $code = ${last} ] && break; sleep 1; done; echo $code`,
    'cat "$TMPDIR/body"; echo',
    `rmdir ${home}/audit.log; mv ${home}/away ${home}/audit.log`,
    CURL,
  ].join("\n");
  await authsome(["export", "openai"]);
  const { stdout } = await authsome(["run", "--", "sh", "-c", script]);
  return {
    codes: stdout.split("\n").filter((line) => /^\d{3}$/.test(line)),
    stdout,
  };
}

test(
  "with audit.required nothing is sent while the log cannot be written, and everything once it can",
  { skip: await missing("curl") },
  () => {
    let served = 0;
    return withScenario(
      { openai: KEY },
      ["api.openai.com"],
      () => (served++, new Response("welcome")),
      async (scenario) => {
        const { codes, stdout } = await runWithBrokenLog(
          scenario,
          { required: true },
          "503",
        );
        expect(codes).toEqual(["200", "503", "200"]);
        expect(stdout).toContain('"reason":"audit_unwritable"');
        expect(stdout).toContain("audit.required is set");
        const { stdout: log } = await scenario.authsome(["log", "--json"]);
        const events = JSON.parse(log).entries.map((
          { event, reason = "" }: Record<string, string>,
        ) => `${event} ${reason}`.trim());
        // Those too that were on their way before anybody knew.
        expect(events.filter((event: string) => event === "inject").length)
          .toBe(served);
        expect(events.slice(-2)).toEqual(["deny audit_unwritable", "inject"]);
        const verified = await scenario.authsome(["log", "--verify"]);
        expect(verified.stdout).toBe(`ok: ${events.length} entries\n`);
        // From the first request on.
        const before = served;
        Deno.removeSync(`${scenario.home}/audit.log`);
        Deno.mkdirSync(`${scenario.home}/audit.log`);
        const first = await scenario.authsome(["run", "--", "sh", "-c", CURL]);
        expect(first.stdout).toBe("503\n");
        expect(served).toBe(before);
      },
    );
  },
);

test(
  "without audit.required requests go on, and the log has them once it can be written",
  { skip: await missing("curl") },
  () =>
    withScenario(
      { openai: KEY },
      ["api.openai.com"],
      () => new Response("welcome"),
      async (scenario) => {
        const { codes } = await runWithBrokenLog(scenario, {}, "200");
        expect(codes).toEqual(["200", "200", "200"]);
        const { stdout, stderr } = await scenario.authsome(["log", "--verify"]);
        expect([stdout, stderr]).toEqual(["ok: 4 entries\n", ""]);
      },
    ),
);

test(
  "newlines, escape sequences and bidi characters of a request are shown as text",
  { skip: await missing("curl") },
  () =>
    withScenario(
      { openai: KEY },
      ["api.openai.com"],
      () => new Response("welcome"),
      async ({ home, authsome }) => {
        const hidden = "\u202e\u2066\ufeff";
        const path = `/v1/%0a%1b[2J/${encodeURI(hidden)}`;
        const urls = [
          `https://api.openai.com${path}`,
          `https://api.openai.com/v1/${hidden}\x1b[31m`,
        ];
        await authsome(["run", "--", "curl", "-sg", ...urls]);
        // What a file holds, also if it was not authsome that wrote it.
        const text = Deno.readTextFileSync(`${home}/audit.log`);
        Deno.writeTextFileSync(
          `${home}/audit.log`,
          text.replace('"path":"/v1/', '"path":"/v1/\\n\\u001b[2J\u202e'),
        );
        const unsafe = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
        expect(text).not.toMatch(unsafe);
        const shown = await authsome(["log"]);
        expect(shown.stdout).not.toMatch(unsafe);
        const entries = text.trimEnd().split("\n").length;
        expect(shown.stdout.trimEnd().split("\n").length).toBe(entries);
      },
    ),
);
