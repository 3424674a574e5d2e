// What a program that drives authsome without a terminal relies on.
import { expect } from "expect";
import { test } from "node:test";
import { portOwner } from "../../lib/host/login/port_owner.ts";
import { CALLS } from "../support/calls.ts";
import { Session } from "../support/terminal/terminal_script.ts";
import { missing } from "../support/missing.ts";

/** Calls that would ask a person, and the flag that answers in advance. */
const ASKS: readonly (readonly [argv: string, flag: string])[] = [
  ["register acme.json", "--yes"],
  ["remove mine", "--yes"],
  ["import netrc", "--yes"],
  ["scan --import", "--yes"],
  ["onboard", "--yes"],
  ["provider new fresh", "--host"],
  ["profile delete second", "--yes"],
];

/** Makes a pipe that, opened for both, is open and silent: who reads it waits. */
const SILENT = "rm -f silent; mkfifo silent";

async function prepared(): Promise<Session> {
  const session = await Session.open();
  const acme = (name: string) =>
    JSON.stringify({
      schema_version: 1,
      name,
      display_name: "Acme",
      auth_type: "api_key",
      flow: "api_key",
      api_url: `api.${name}-notes.com`,
      api_key: {},
    });
  const { work } = session;
  await Deno.writeTextFile(`${work}/acme.json`, acme("acme"));
  await Deno.writeTextFile(`${work}/mine.json`, acme("mine"));
  await Deno.writeTextFile(`${work}/.env`, "ANTHROPIC_API_KEY=sk-ant-1\n");
  await Deno.writeTextFile(
    `${work}/.netrc`,
    "machine api.github.com login me password ghp_1\n",
    { mode: 0o600 },
  );
  const { code, stderr } = await session.run(
    "set -e; authsome register mine.json --yes --quiet; authsome profile create second --quiet; seed openai side",
  );
  expect([code, stderr]).toEqual([0, ""]);
  return session;
}

test("nothing waits for an answer on a stdin that is no terminal: exit code 2, and the flag to use", async () => {
  await using session = await prepared();
  for (const [argv, flag] of ASKS) {
    const { code, stderr } = await session.run(
      `${SILENT}; timeout 30 authsome ${argv} <>silent`,
    );
    expect({ argv, code }).toEqual({ argv, code: 2 });
    expect({ argv, stderr }).toEqual({
      argv,
      stderr: expect.stringMatching(
        new RegExp(`Error: .+\\nHint: .*${flag}`),
      ),
    });
  }
});

test("a login without a terminal waits for its page, no longer than --timeout, and names the flags that do not wait", async () => {
  await using session = await Session.open();
  for (const provider of ["openai", "github"]) {
    const { code, stdout, stderr } = await session.run(
      `${SILENT}; timeout 30 authsome login ${provider} --timeout 9 --json <>silent`,
      { env: { AUTHSOME_NO_BROWSER: "1" } },
    );
    expect({ provider, code }).toEqual({ provider, code: 2 });
    expect(stderr).toMatch(
      /Waiting up to \d seconds? \(until \d{4}-\d\d-\d\dT[\d:]+Z\) .*--timeout.*--detach.*--stdin.*\n(.*\n)*Open this page .*\n {2}http:\/\/127\.0\.0\.1:\d+\/login\//,
    );
    expect(JSON.parse(stdout)).toMatchObject({
      v: 1,
      error: "InputCancelled",
      message: expect.stringMatching(/nobody answered within 9 seconds$/),
    });
  }
});

test(
  "an API key that nobody can be asked for is an error at once, with and without --json",
  {
    skip: await missing("bash"),
  },
  async () => {
    await using session = await Session.open();
    const env = { AUTHSOME_NO_BROWSER: "1", OPENAI_API_KEY: "$OPENAI_API_KEY" };
    for (const flags of ["", "--json", "--quiet", "--no-browser --force"]) {
      const { code, stdout, stderr } = await session.run(
        `timeout 30 authsome login openai ${flags} < <(exec sleep 60 2>/dev/null)`,
        { shell: "/bin/bash", env },
      );
      expect({ flags, code }).toEqual({ flags, code: 2 });
      const said = flags === "--json" ? JSON.parse(stdout).hint : stderr;
      for (
        const way of ["--stdin", "--detach", "--timeout", "OPENAI_API_KEY"]
      ) {
        expect({ flags, said }).toEqual({
          flags,
          said: expect.stringContaining(way),
        });
      }
      expect(stdout + stderr).not.toContain("Open this page");
      // A variable that holds no key is named, and is no answer.
      if (flags !== "--quiet") {
        expect(stderr).toContain("OPENAI_API_KEY is not used: API key is");
      }
    }
  },
);

test(
  "a login that waits is known as one, whatever proxy the environment names",
  {
    skip: Deno.build.os === "linux" ? false : "it looks into /proc",
  },
  async () => {
    await using session = await Session.open();
    const env = {
      AUTHSOME_NO_BROWSER: "1",
      HTTP_PROXY: "http://127.0.0.1:1",
      http_proxy: "http://127.0.0.1:1",
      NODE_USE_ENV_PROXY: "1",
    };
    const detached = await session.run(
      "authsome login openai --detach --timeout 60",
      { env },
    );
    const checked = await session.run("authsome doctor | grep port:", { env });
    expect(checked.stdout).toMatch(/^ok .* is used by a login \(openai\)/);
    const second = await session.run("authsome login groq --timeout 8", {
      env,
    });
    expect(second.stderr).toContain(
      "in use by another authsome login (openai)",
    );
    // Nothing may be left behind that still writes to the home.
    const owner = await portOwner(session.port);
    Deno.kill(Number(/process (\d+)/.exec(owner!)![1]), "SIGTERM");
    const { login_id } = JSON.parse(detached.stdout);
    const ended = await session.run(`authsome login --resume ${login_id}`);
    expect({ ended, failed: ended.code !== 0 }).toEqual({
      ended,
      failed: true,
    });
  },
);

test("--json prints one object with v first, from every command", async () => {
  await using session = await prepared();
  await session.run("seed openai; cp -rp home full");
  for (const [name, { argv, stdin }] of Object.entries(CALLS)) {
    // Their output is somebody else's.
    if (["run", "ssh-agent", "mcp", "completions"].includes(name)) continue;
    const { code, stdout } = await session.run(
      `rm -rf home; cp -rp full home; authsome ${argv} --json`,
      { stdin },
    );
    let object: Record<string, unknown> = {};
    try {
      object = JSON.parse(stdout);
    } catch {
      // Shown below.
    }
    expect({ name, stdout, first: Object.entries(object)[0] }).toEqual({
      name,
      stdout,
      first: ["v", 1],
    });
    expect({ name, failed: code !== 0 }).toEqual({
      name,
      // The session has no network, which doctor finds.
      failed: "error" in object || object.ok === false,
    });
    const odd = Object.keys(object).filter((key) => !/^[a-z_]+$/.test(key));
    expect({ name, odd }).toEqual({ name, odd: [] });
  }
});
