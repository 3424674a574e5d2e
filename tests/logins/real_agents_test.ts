// The logins of the real agents against imitated vendors, in the versions that are installed: what they write to their files
// is what authsome reads, and under run they work with placeholders alone.
import { expect } from "expect";
import { findProgram } from "../../lib/host/run/programs.ts";
import { test } from "node:test";
import { agentLoginOf } from "../../lib/connection/agents/agent_logins.ts";
import { withBroker } from "../support/connected.ts";
import { missing } from "../support/missing.ts";
import { CACHE, noSandbox } from "../support/sandbox/sandbox.ts";
import { cliCommand, DENO_ONLY } from "../support/program.ts";
import { type Scenario, spawn, withScenario } from "../support/scenario.ts";
import { model, SAID } from "./imitated_models.ts";
import {
  type Kind,
  LoginVendor,
  type TokenRequest,
  VENDOR_HOSTS,
} from "./login_vendor.ts";

/** Where the agents are installed. */
const FOLDER = Deno.env.get("AUTHSOME_TEST_AGENTS_FOLDER") ??
  Deno.env.get("AUTHSOME_TEST_AGENTS") ??
  new URL("../../build/agents", import.meta.url).pathname;
/** Sessions at once: each is a program of some hundred megabytes. */
const AT_ONCE = 3;

const AGENTS = {
  claude: {
    folder: ".claude",
    file: ".credentials.json",
    programs: [
      "@anthropic-ai/claude-code-linux-x64/claude",
      "@anthropic-ai/claude-code/bin/claude.exe",
      ".bin/claude",
    ],
    words: ["-p", "Say hello"],
    inSandbox: [],
    allow: [".claude", ".claude.json"],
    // What a person has who has used it before.
    files: {
      ".claude.json": JSON.stringify({
        hasCompletedOnboarding: true,
        oauthAccount: {
          accountUuid: "account-1",
          emailAddress: "you@example.com",
          organizationUuid: "organization-1",
        },
      }),
    },
  },
  codex: {
    folder: ".codex",
    file: "auth.json",
    programs: [
      "@openai/codex-linux-x64/vendor/x86_64-unknown-linux-musl/bin/codex",
      ".bin/codex",
    ],
    words: ["exec", "--skip-git-repo-check"],
    inSandbox: ["--sandbox", "danger-full-access"],
    allow: [".codex"],
    files: {},
  },
  gemini: {
    folder: ".gemini",
    file: "oauth_creds.json",
    programs: ["@google/gemini-cli/bundle/gemini.js"],
    words: ["--skip-trust", "-m", "gemini-2.5-flash", "-p", "Say hello"],
    inSandbox: [],
    allow: [".gemini"],
    files: {
      ".gemini/settings.json": JSON.stringify({
        security: { auth: { selectedType: "oauth-personal" } },
        privacy: { usageStatisticsEnabled: false },
        general: { disableAutoUpdate: true },
      }),
      ".gemini/google_accounts.json": JSON.stringify({
        active: "you@example.com",
        old: [],
      }),
    },
  },
  copilot: {
    folder: ".copilot",
    file: "config.json",
    programs: ["@github/copilot-linux-x64/copilot"],
    words: ["-p", "Say hello", "--model", "gpt-5-mini"],
    inSandbox: [],
    allow: [".copilot"],
    files: {
      ".copilot/settings.json": JSON.stringify({ storeTokenPlaintext: true }),
    },
  },
} as const;

function programOf(kind: Kind): string {
  const places = AGENTS[kind].programs.flatMap((
    path,
  ) => [
    `${FOLDER}/npm/node_modules/${path}`,
    `${FOLDER}/node_modules/${path}`,
  ]);
  return places.find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  }) ?? places[0]!;
}

/** A person with the agent and its login, who works with authsome or without. */
function withAgent(
  kind: Kind,
  body: (
    agent: {
      scenario: Scenario;
      vendor: LoginVendor;
      /** Its login file. */
      path: string;
      turn(
        options?: readonly string[],
        words?: readonly string[],
      ): ReturnType<Scenario["authsome"]>;
      /** Without authsome. */
      alone(words?: readonly string[]): ReturnType<Scenario["authsome"]>;
      words: readonly string[];
    },
  ) => Promise<void>,
): Promise<void> {
  const vendor = new LoginVendor(kind);
  vendor.serve = model;
  const { folder: dot, file, files, words, inSandbox } = AGENTS[kind];
  return withScenario({}, VENDOR_HOSTS, vendor.handle, async (scenario) => {
    const { folder, authsome, api } = scenario;
    const work = `${folder}/work`;
    const path = `${folder}/${dot}/${file}`;
    Deno.mkdirSync(work);
    Deno.mkdirSync(`${folder}/${dot}`);
    Deno.writeTextFileSync(path, vendor.file(), { mode: 0o600 });
    for (const [name, text] of Object.entries(files)) {
      Deno.writeTextFileSync(`${folder}/${name}`, text);
    }
    const node = kind === "gemini"
      ? [Deno.env.get("AUTHSOME_TEST_NODE") || "node"]
      : [];
    const own = [...node, programOf(kind), ...words, ...inSandbox];
    const command = kind === "codex" ? [...own, "Say hello"] : own;
    const env = {
      DISABLE_AUTOUPDATER: "1",
      RUST_LOG: "error",
      COPILOT_AUTO_UPDATE: "false",
      // It unpacks itself there, once.
      XDG_CACHE_HOME: `${FOLDER}/cache`,
      NO_BROWSER: "true",
    };
    await body({
      ...{ scenario, vendor, path, words: command },
      turn: (options = [], words = command) =>
        authsome(["run", ...options, "--", ...words], {
          ...{ cwd: work, stdin: "", env },
        }),
      alone: (words = command) =>
        spawn(
          words,
          {
            ...{ ...scenario.env, ...env },
            HTTPS_PROXY: api.proxyUrl,
            NODE_EXTRA_CA_CERTS: `${folder}/ca.pem`,
            SSL_CERT_FILE: `${folder}/ca.pem`,
          },
          "",
          work,
        ),
    });
  }, CACHE);
}

async function imported(
  kind: Kind,
  { scenario, vendor }: { scenario: Scenario; vendor: LoginVendor },
): Promise<() => Promise<void>> {
  const { stderr } = await scenario.authsome(["import", kind, "--yes"]);
  expect(stderr).toContain(`Imported ${kind}/default`);
  return () =>
    withBroker(scenario.home, async ({ connections }) => {
      vendor.expire();
      const connection = await connections.get(kind);
      await connections.save({
        ...connection,
        credential: { ...connection.credential, expiresAt: Date.now() - 1 },
      });
    });
}

/** Files below `folder` that hold `text`, but for `known`. */
function holding(folder: string, text: string, known: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(
    ({ name, isDirectory, isFile }) => {
      const path = `${folder}/${name}`;
      if (isDirectory) return holding(path, text, known);
      if (!isFile || path === known) return [];
      const found = new TextDecoder("latin1").decode(Deno.readFileSync(path));
      return found.includes(text) ? [path] : [];
    },
  );
}

for (const kind of ["claude", "codex", "gemini", "copilot"] as const) {
  const needs = DENO_ONLY || await missing(programOf(kind));

  test(
    `${kind}: the real agent works with placeholders, and makes no difference to its own file`,
    { skip: needs },
    () =>
      withAgent(kind, async (agent) => {
        const { vendor, path, turn, scenario } = agent;
        await imported(kind, agent);
        const before = Deno.readTextFileSync(path);
        const { code, stdout, stderr } = await turn();
        expect({ code, said: stdout.includes(SAID) })
          .toEqual({ code: 0, said: true });
        expect(stdout + stderr).not.toContain(vendor.canary);
        expect(vendor.refreshes).toEqual([]);
        expect(Deno.readTextFileSync(path)).toBe(before);
        // Not in what the agent wrote, nor in what it was shown.
        expect(holding(scenario.folder, vendor.canary, path)).toEqual([]);
        // And the agent still works alone.
        expect((await agent.alone()).stdout).toContain(SAID);
      }),
  );

  test(
    `${kind}: in the sandbox, too, where its own file is not to be seen`,
    { skip: needs || noSandbox },
    () =>
      withAgent(kind, async (agent) => {
        const { vendor, path, turn, scenario, words } = agent;
        const expire = await imported(kind, agent);
        if (kind !== "copilot") await expire();
        const allow = AGENTS[kind].allow.flatMap((name) => [
          ...["--allow-write", `${scenario.folder}/${name}`],
        ]);
        const options = [
          "--sandbox",
          // It replaces its file, which is its login, so its folder is laid out.
          ...kind === "copilot" ? ["--agent", kind] : allow,
        ];
        const { code, stdout, stderr } = await turn(options, [
          ...["sh", "-c", `env; cat ${path}; echo; exec "$@"`, "sh", ...words],
        ]);
        expect({ code, said: stdout.includes(SAID) })
          .toEqual({ code: 0, said: true });
        expect(stdout + stderr).not.toContain(vendor.canary);
        expect(stdout).toContain("authsomeproxymanaged");
        expect(vendor.refreshes).toHaveLength(kind === "copilot" ? 0 : 1);
        expect(Deno.readTextFileSync(path)).toContain(vendor.tokens.refresh);
      }),
  );
}

for (const kind of ["claude", "codex", "gemini"] as const) {
  const needs = DENO_ONLY || await missing(programOf(kind));

  test(
    `${kind}: the installed version writes what authsome reads, and asks as authsome asks`,
    { skip: needs },
    () =>
      withAgent(kind, async ({ alone, turn, vendor, path, scenario }) => {
        const agent = agentLoginOf(kind)!;
        Deno.writeTextFileSync(path, vendor.file(Date.now() - 1000));
        vendor.expire();
        const { stdout } = await alone();
        expect(stdout).toContain(SAID);
        const [own] = vendor.refreshes;
        const written = agent.read(Deno.readTextFileSync(path))!;
        expect([
          written.accessToken.reveal(),
          written.refreshToken!.reveal(),
        ]).toEqual([vendor.tokens.access, vendor.tokens.refresh]);
        const expire = await imported(kind, { scenario, vendor });
        await expire();
        expect((await turn()).stdout).toContain(SAID);
        const [, ours] = vendor.refreshes;
        const asked = ({ type, body }: TokenRequest) => ({
          json: type!.includes("json"),
          // The token differs, and Codex says why it asks.
          body: { ...body, refresh_token: "", refresh_reason: "" },
        });
        expect(asked(ours!)).toEqual(asked(own!));
      }),
  );

  test(
    `${kind}: 20 real sessions and 3 expiries are 3 refreshes, and no login is asked for`,
    { skip: needs, timeout: 900_000 },
    () =>
      withAgent(kind, async (agent) => {
        const { vendor, turn, scenario, path } = agent;
        const expire = await imported(kind, agent);
        let started = 0;
        const session = async () => {
          while (started < 20) {
            const number = started++;
            // The three expiries come while others are at work.
            if ([2, 8, 14].includes(number)) await expire();
            const { code, stdout, stderr } = await turn();
            expect({ number, code, said: stdout.includes(SAID) })
              .toEqual({ number, code: 0, said: true });
            expect(stdout + stderr).not.toContain(vendor.canary);
          }
        };
        await Promise.all(Array.from({ length: AT_ONCE }, session));
        expect({ refreshes: vendor.refreshes.length, reused: vendor.reused })
          .toEqual({ refreshes: 3, reused: false });
        expect(Deno.readTextFileSync(path)).toContain(vendor.tokens.refresh);
        expect(holding(scenario.folder, vendor.canary, path)).toEqual([]);
      }),
  );
}

const noCopilot = DENO_ONLY || await missing(programOf("copilot"));

test(
  "copilot: the installed version writes what authsome reads",
  { skip: noCopilot },
  () =>
    withAgent("copilot", async (agent) => {
      const { alone, path, vendor, turn } = agent;
      Deno.removeSync(path);
      const { code } = await alone([
        ...[programOf("copilot"), "login", "--device-code"],
      ]);
      expect(code).toBe(0);
      const text = Deno.readTextFileSync(path);
      const written = agentLoginOf("copilot")!.read(text)!;
      expect({ ...written, accessToken: written.accessToken.reveal() })
        .toEqual({
          accessToken: vendor.tokens.access,
          scopes: [],
          clientId: "Ov23ctDVkRmgkPke0Mmm",
          kept: { account_id: "octocat" },
        });
      // There is nothing to refresh it with.
      expect(text).not.toMatch(/refresh|expir/i);
      expect(vendor.refreshes.map(({ body }) => body.client_id))
        .toEqual([written.clientId]);
      await imported("copilot", agent);
      expect((await turn()).stdout).toContain(SAID);
      expect(vendor.calls.map(({ place }) => place))
        .not.toContain("api.github.com/copilot_internal/v2/token");
    }),
);

test(
  "copilot: 20 real sessions and 3 logins anew, and no session asks for one",
  { skip: noCopilot, timeout: 900_000 },
  () =>
    withAgent("copilot", async (agent) => {
      const { vendor, turn, scenario, path } = agent;
      vendor.keepsOlder = true;
      await imported("copilot", agent);
      let started = 0;
      const session = async () => {
        while (started < 20) {
          const number = started++;
          if ([2, 8, 14].includes(number)) {
            const text = Deno.readTextFileSync(path);
            const { access } = vendor.tokens;
            vendor.refreshOutside();
            Deno.writeTextFileSync(
              path,
              text.replaceAll(access, vendor.tokens.access),
            );
          }
          const { code, stdout, stderr } = await turn();
          expect({ number, code, said: stdout.includes(SAID) })
            .toEqual({ number, code: 0, said: true });
          expect(stdout + stderr).not.toContain(vendor.canary);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, session));
      expect(vendor.refreshes).toEqual([]);
      expect(new Set(vendor.calls.map(({ token }) => token)).size).toBe(4);
      expect(Deno.readTextFileSync(path)).toContain(vendor.tokens.access);
      expect(holding(scenario.folder, vendor.canary, path)).toEqual([]);
    }),
);

test(
  "copilot: a token that it keeps in the system's keychain is found there",
  {
    skip: noCopilot || await missing("id", "-un") ||
      await missing("dbus-run-session") ||
      await missing("gnome-keyring-daemon", "--version") ||
      !findProgram("secret-tool", Deno.env) && "secret-tool is not installed",
  },
  () =>
    withAgent("copilot", async ({ scenario, vendor, path, turn }) => {
      const { folder, env, api } = scenario;
      for (const name of ["config.json", "settings.json"]) {
        Deno.removeSync(`${folder}/.copilot/${name}`);
      }
      const program = programOf("copilot");
      const { code, stdout } = await spawn(
        [
          ...["dbus-run-session", "--", "sh", "-c"],
          `printf 'x\\n' | gnome-keyring-daemon --unlock --components=secrets > unlocked
HTTPS_PROXY=${api.proxyUrl} SSL_CERT_FILE=${folder}/ca.pem '${program}' login --device-code || exit 7
exec "$@"`,
          ...["sh", ...cliCommand("import", "copilot", "--yes")],
        ],
        {
          ...env,
          NODE_EXTRA_CA_CERTS: `${folder}/ca.pem`,
          XDG_CACHE_HOME: `${FOLDER}/cache`,
          COPILOT_AUTO_UPDATE: "false",
          XDG_RUNTIME_DIR: `${folder}/tmp`,
          XDG_DATA_HOME: `${folder}/share`,
        },
        "",
        folder,
      );
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: expect.stringContaining("copilot keychain"),
      });
      expect(Deno.readTextFileSync(path)).not.toContain(vendor.canary);
      const ended = await turn();
      expect(ended.stdout).toContain(SAID);
      expect(ended.stdout + ended.stderr).not.toContain(vendor.canary);
    }),
);
