// J1: no command shows a secret that was not asked for by name, in any format, in its talk, its log or the audit log.
import { expect } from "expect";
import { test } from "node:test";
import { hasUnprintable } from "../../lib/cli/kit/terminal_text.ts";
import { Secret } from "../../lib/secret.ts";
import { CALLS } from "../support/calls.ts";
import { connect, withBroker } from "../support/connected.ts";
import { leaks, leaksInFolder } from "../support/leaks.ts";
import { missing } from "../support/missing.ts";
import { Session } from "../support/terminal/terminal_script.ts";

const canary = (what: string) =>
  `${what}+/${crypto.getRandomValues(new Uint8Array(12)).toHex()}=~`;
const SECRETS = {
  key: canary("key"),
  second: canary("second"),
  access: canary("access"),
  refresh: canary("refresh"),
  client: canary("client"),
};

/** These show the secret that they are asked for, and no other. */
const SHOWS: Readonly<Record<string, (keyof typeof SECRETS)[]>> = {
  "credential docker": ["access"],
  "credential git": ["access"],
  "export": ["key"],
  "get": ["key"],
  "token": ["key"],
};

/** These print what is in the vault, or errors about it. */
const TELLS = ["login", "export", "list", "get", "explain", "log", "doctor"];

async function fill(home: string): Promise<void> {
  await withBroker(home, async (broker) => {
    const { connections, clock } = broker;
    await connect(broker, "openai", SECRETS.key);
    await connect(broker, "openai", SECRETS.second, "side");
    await connections.save({
      provider: "github",
      name: "default",
      revision: 0,
      credential: {
        type: "oauth2",
        accessToken: new Secret(SECRETS.access),
        refreshToken: new Secret(SECRETS.refresh),
        expiresAt: clock.now() + 3_600_000,
        scopes: ["repo"],
        requestedScopes: ["repo"],
        captured: {},
      },
      state: "connected",
      createdAt: clock.now(),
      updatedAt: clock.now(),
    });
    await connections.saveClient({
      provider: "github",
      revision: 0,
      clientId: "client-id",
      clientSecret: new Secret(SECRETS.client),
    });
    await broker.profiles.create("second");
  });
}

/** So many commands to a test: each starts a few programs. */
const AT_ONCE = 15;
const NAMES = Object.keys(CALLS);

for (let from = 0; from < NAMES.length; from += AT_ONCE) {
  const names = NAMES.slice(from, from + AT_ONCE);
  test(
    `no command shows a secret but the one it was asked for, with --verbose and --json and in its log: ${
      names[0]
    } to ${names.at(-1)}`,
    async () => {
      await using session = await Session.open();
      const home = `${session.work}/home`;
      const found: string[] = [];
      Deno.writeTextFileSync(`${session.work}/acme.json`, "{}");
      for (const name of names) {
        const { argv, stdin } = CALLS[name]!;
        // What was asked for may destroy what is asked next, so each begins with the same home.
        await fill(home);
        const ways = ["--verbose --log-file log"];
        if (TELLS.includes(name)) ways.push("--json --verbose");
        for (const flags of ways) {
          const ended = await session.run(`authsome ${flags} ${argv}`, {
            stdin,
          });
          for (const [what, secret] of Object.entries(SECRETS)) {
            if (!SHOWS[name]?.includes(what as keyof typeof SECRETS)) {
              found.push(
                ...leaks(`${name}: ${what} on stdout`, ended.stdout, secret),
              );
            }
            found.push(
              ...leaks(`${name}: ${what} on stderr`, ended.stderr, secret),
            );
            found.push(...leaksInFolder(session.work, secret));
          }
        }
        Deno.removeSync(home, { recursive: true });
      }
      expect(found).toEqual([]);
      expect(Deno.readTextFileSync(`${session.work}/log`))
        .toContain(`command ${names[0]}`);
    },
  );
}

test("what a command shows is found", async () => {
  await using session = await Session.open();
  await fill(`${session.work}/home`);
  const { stdout } = await session.run(`authsome ${CALLS.get!.argv}`);
  expect(leaks("get", stdout, SECRETS.key)).not.toEqual([]);
});

test("the secret in a URL's query or user part is never shown", async () => {
  await using session = await Session.open();
  await fill(`${session.work}/home`);
  const secret = canary("query");
  const url = `https://me:${encodeURIComponent(secret)}@api.openai.com/v1?key=${
    encodeURIComponent(secret)
  }`;
  for (
    const command of [
      `explain '${url}' --verbose`,
      `explain '${url}' --json`,
      `run --policy deny -- curl -s '${url}'`,
      `run --policy deny -- curl -s 'https://x.example/?key=${secret}'`,
      "explain --last",
      "log --raw",
      // Nobody answers at the addresses below.
      ...[url, `https://me:${secret}@x`, `${url}#`]
        .flatMap((url) => [
          `login '${url}' --timeout 1`,
          `login gitlab --base-url '${url}' --timeout 1`,
          `provider new mine --oauth '${url}' --yes`,
          `provider new mine --host '${url}' --yes`,
          `register '${url}' --yes`,
        ]),
    ]
  ) {
    const { stdout, stderr } = await session.run(
      `authsome --log-file log ${command}`,
      { env: { AUTHSOME_NO_BROWSER: "1" } },
    );
    expect(leaks(command, stdout + stderr, secret)).toEqual([]);
  }
  expect(leaksInFolder(session.work, secret)).toEqual([]);
});

test(
  "names with line ends, escapes and marks that reorder make no line of the log or the terminal",
  {
    skip: await missing("curl"),
  },
  async () => {
    await using session = await Session.open();
    await session.run("seed openai");
    const path = "/%1b%5b2J/x\u202etxt";
    await session.run(
      `authsome run -- curl -s -g --path-as-is 'https://api.openai.com/a%0a{"v":1,"event":"login"}' "https://api.openai.com${path}"`,
    );
    const raw = Deno.readTextFileSync(`${session.work}/home/audit.log`);
    const lines = raw.trimEnd().split("\n");
    expect(lines.length).toBe(2);
    for (const line of lines) {
      expect(JSON.parse(line)).toMatchObject({ provider: "openai" });
    }
    expect(hasUnprintable(raw.replaceAll("\n", ""))).toBe(false);
    for (
      const command of ["log", "log --raw", "log --json", "explain --last"]
    ) {
      const { stdout, code } = await session.run(`authsome ${command}`);
      expect([command, code]).toEqual([command, 0]);
      expect(hasUnprintable(stdout.replaceAll("\n", ""))).toBe(false);
    }
    expect((await session.run("authsome log --verify")).code).toBe(0);
  },
);
