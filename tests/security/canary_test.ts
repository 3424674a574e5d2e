// A random key goes through a whole day of use. Afterwards it must be nowhere in clear but at the API.
import { expect } from "expect";
import { test } from "node:test";
import { leaks, leaksInFolder, spellings } from "../support/leaks.ts";
import { missing, type Scenario, withScenario } from "../support/scenario.ts";
import { withHome } from "../support/home.ts";
import { Session } from "../support/terminal/terminal_script.ts";

const HOST = "api.openai.com";
const URL_ = `https://${HOST}/v1/models`;

/** Keys hold characters that each encoding changes. */
function canary(): string {
  return `sk-canary+/${crypto.getRandomValues(new Uint8Array(16)).toHex()}=~`;
}

test("the search finds a planted secret in every spelling, and nothing else", () =>
  withHome((folder) => {
    const secret = canary();
    const bytes = new TextEncoder().encode(secret);
    const other = canary();
    Deno.mkdirSync(`${folder}/deep`);
    const planted: Record<string, string> = {
      raw: `before ${secret} after`,
      hex: `0x${bytes.toHex()}`,
      url: `?key=${encodeURIComponent(secret)}`,
      base64: btoa(secret),
      basic: btoa(`user:${secret}`),
      basic1: btoa(`x-user:${secret}`),
      basic2: btoa(`xx-user:${secret}:more`),
      base64url: btoa(secret).replaceAll("+", "-").replaceAll("/", "_"),
    };
    for (const [name, content] of Object.entries(planted)) {
      expect([name, leaks(name, content, secret).length > 0]).toEqual([
        name,
        true,
      ]);
      expect(leaks(name, content, other)).toEqual([]);
      Deno.writeTextFileSync(`${folder}/deep/${name}`, content);
      const found = leaksInFolder(folder, secret);
      expect(found.some((leak) => leak.startsWith(`${folder}/deep/${name}:`)))
        .toBe(true);
    }
    Deno.writeTextFileSync(`${folder}/${bytes.toHex()}`, "");
    expect(leaksInFolder(folder, secret)).toContainEqual(
      `name of ${folder}/${bytes.toHex()}: hex`,
    );
    expect(spellings(secret).every(({ text }) => text.length > 20)).toBe(true);
    return Promise.resolve();
  }));

test(
  "after login, get, run, errors, doctor and logout only the API has seen the key",
  { skip: await missing("curl") },
  async () => {
    const secret = canary();
    const rejected = canary();
    await withScenario({}, [HOST], (request) => {
      const { pathname } = new URL(request.url);
      return request.headers.get("authorization") === `Bearer ${secret}`
        ? new Response("welcome", {
          status: pathname === "/v1/broken" ? 500 : 200,
        })
        : new Response("who are you?", { status: 401 });
    }, async (scenario) => {
      const found: string[] = [];
      const say = async (
        args: string[],
        { code = 0, ...options }: { code?: number; stdin?: string } = {},
      ) => {
        const ended = await scenario.authsome(args, options);
        const line = args.join(" ");
        expect([line, ended.code, ended.stderr]).toEqual([
          line,
          code,
          ended.stderr,
        ]);
        found.push(...leaks(line, ended.stdout + ended.stderr, secret));
        found.push(...leaks(line, ended.stdout + ended.stderr, rejected));
        return ended;
      };
      const log = `${scenario.folder}/tmp/log`;

      await say(["login", "openai", "--stdin", "--verbose"], {
        stdin: `${secret}\n`,
      });
      await say(["login", "openai", "--stdin"], {
        stdin: `${rejected}\n`,
        code: 6,
      });
      await say(["login", "openai", rejected], { code: 2 });
      for (
        const args of [
          ["list"],
          ["list", "--json"],
          ["get", "openai"],
          ["get", "openai", "--json", "--verbose"],
          ["inspect", "openai", "--json"],
          ["whoami"],
          ["log", "--json"],
        ]
      ) await say([...args, "--log-file", log]);
      await say(["get", "openai", "--connection", "nope"], { code: 3 });

      await watchRun(scenario, found, secret);
      const broken = ["curl", "-sS", "--fail", `https://${HOST}/v1/broken`];
      await say(["run", "--verbose", "--", ...broken], { code: 22 });
      await say(["run", "--", "no-such-command-here"], { code: 127 });

      const doctor = await scenario.authsome(["doctor", "--verbose"]);
      found.push(...leaks("doctor", doctor.stdout + doctor.stderr, secret));
      await say(["log"]);
      found.push(...leaksInFolder(scenario.folder, secret));
      found.push(...leaksInFolder(scenario.folder, rejected));
      // What the upstream got is the one place; the vault gives it back when it is asked by name.
      expect(scenario.api.requests.length).toBeGreaterThan(1);
      for (const { method, headers } of scenario.api.requests) {
        // doctor asks for the time, and tells nothing.
        expect(headers.get("authorization")).toBe(
          method === "HEAD" ? null : `Bearer ${secret}`,
        );
      }
      const exported = await scenario.authsome([
        "export",
        "openai",
        "--format",
        "json",
      ]);
      expect(exported.stdout).toContain(secret);
      found.push(...leaks("export's stderr", exported.stderr, secret));

      await say(["logout", "openai"]);
      found.push(...leaksInFolder(scenario.folder, secret));
      expect(found).toEqual([]);
    });
  },
);

/** Looks at every process of the run while it lasts, then at what it printed. */
async function watchRun(
  { folder, client, home }: Scenario,
  found: string[],
  secret: string,
): Promise<void> {
  const ready = `${folder}/tmp/ready`;
  const go = `${folder}/tmp/go`;
  const script = `curl -sS --verbose ${URL_}; echo $$ > '${ready}'
    i=0; while [ ! -e '${go}' ] && [ $i -lt 300 ]; do sleep 0.1; i=$((i+1)); done`;
  const running = client(["sh", "-c", script], {
    env: { OPENAI_API_KEY: secret },
  });
  let pid = "";
  for (let tries = 0; tries < 400 && !pid; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    pid = await Deno.readTextFile(ready).catch(() => "");
  }
  try {
    pid = pid.trim();
    expect(pid).not.toBe("");
    if (Deno.build.os === "linux") {
      for (const file of ["environ", "cmdline"]) {
        const content = Deno.readFileSync(`/proc/${pid}/${file}`);
        expect(content.length).toBeGreaterThan(0);
        found.push(...leaks(`/proc of the command: ${file}`, content, secret));
      }
      // authsome itself was given the key in its environment; its arguments must not repeat it.
      const parent = /^PPid:\s*(\d+)$/m.exec(
        Deno.readTextFileSync(`/proc/${pid}/status`),
      )![1];
      found.push(
        ...leaks(
          "authsome's arguments",
          Deno.readFileSync(`/proc/${parent}/cmdline`),
          secret,
        ),
      );
    }
    const [run] = [...Deno.readDirSync(`${home}/run`)];
    const bundle = Deno.readTextFileSync(`${home}/run/${run.name}/ca.pem`);
    expect(bundle).toContain("BEGIN CERTIFICATE");
    expect(bundle).not.toContain("PRIVATE");
    found.push(...leaksInFolder(folder, secret));
  } finally {
    Deno.writeTextFileSync(go, "");
  }
  const ended = await running;
  expect(ended).toMatchObject({ code: 0, stdout: "welcome" });
  found.push(...leaks("run", JSON.stringify(ended), secret));
  expect(ended.childEnv.OPENAI_API_KEY).toBe("authsome-proxy-managed");
  expect([...Deno.readDirSync(`${home}/run`)]).toEqual([]);
}

test("a passphrase and a master key from variables are in no argument, environment, output, log or file", async () => {
  const passphrase = `passphrase ${canary()}`;
  const key = crypto.getRandomValues(new Uint8Array(32)).toBase64();
  // What is running when the command runs: every argument, and the environment that it got.
  const look =
    'for p in /proc/[0-9]*; do tr "\\0" "\\n" < $p/cmdline; done 2>/dev/null; env';
  for (
    const [secret, name, mode] of [
      [passphrase, "AUTHSOME_PASSPHRASE", "passphrase"],
      [key, "AUTHSOME_MASTER_KEY", "environment"],
    ] as const
  ) {
    await using session = await Session.open();
    const env = { [name]: secret, AND_AGAIN: secret };
    const log = `${session.work}/log.txt`;
    for (
      const line of [
        `authsome init --encryption ${mode}`,
        "echo sk-1 | authsome login openai --stdin",
        "authsome list --json",
        "authsome key status",
        "authsome whoami --json",
        "authsome doctor",
        "authsome login openai --from-nowhere",
        "authsome init --encryption file",
        `authsome run -- sh -c '${look}'`,
        "authsome log --json",
      ]
    ) {
      const { stdout, stderr } = await session.run(
        `${line.replace("authsome", `authsome --verbose --log-file ${log}`)}`,
        { env },
      );
      expect([line, leaks(line, stdout + stderr, secret)]).toEqual([line, []]);
    }
    expect(Deno.readTextFileSync(log).length).toBeGreaterThan(0);
    expect(leaksInFolder(session.work, secret)).toEqual([]);
  }
});
