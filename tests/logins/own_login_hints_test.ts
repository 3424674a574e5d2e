// What a person is told of an agent's own login that works no longer: how the agent logs in, and how authsome gets to know of it.
// `authsome login` cannot make such a login, so no hint may name it.
import { expect } from "expect";
import { test } from "node:test";
import { agentLoginOf } from "../../lib/connection/agents/agent_logins.ts";
import { withBroker } from "../support/connected.ts";
import { runCommand } from "../support/fakes/fake_machine.ts";
import { missing } from "../support/missing.ts";
import { type Scenario, withScenario } from "../support/scenario.ts";
import { type Kind, LoginVendor, VENDOR_HOSTS } from "./login_vendor.ts";

const needs = await missing("curl");
const AGENTS: readonly { kind: Kind; file: string; api: string }[] = [
  {
    kind: "claude",
    file: ".claude/.credentials.json",
    api: "https://api.anthropic.com/v1/messages",
  },
  {
    kind: "codex",
    file: ".codex/auth.json",
    api: "https://chatgpt.com/backend-api/codex/responses",
  },
  {
    kind: "gemini",
    file: ".gemini/oauth_creds.json",
    api: "https://cloudcode-pa.googleapis.com/v1internal:generateContent",
  },
  {
    kind: "copilot",
    file: ".copilot/config.json",
    api: "https://api.githubcopilot.com/chat/completions",
  },
];

/** A person who imported the login of an agent as `work`. */
function withLogin(
  kind: Kind,
  file: string,
  body: (
    scenario: Scenario & {
      vendor: LoginVendor;
      /** A request with the placeholder of the agent's file, as the agent makes it. */
      call(url: string): ReturnType<Scenario["authsome"]>;
      /** The vault says that the vendor refused the login for good. */
      end(): Promise<void>;
    },
  ) => Promise<void>,
): Promise<void> {
  const vendor = new LoginVendor(kind);
  return withScenario({}, VENDOR_HOSTS, vendor.handle, async (scenario) => {
    const path = `${scenario.folder}/${file}`;
    Deno.mkdirSync(path.replace(/\/[^/]*$/, ""));
    Deno.writeTextFileSync(path, vendor.file(), { mode: 0o600 });
    const imported = await scenario.authsome([
      ...["import", kind, "--connection", "work", "--yes"],
    ]);
    expect({ code: imported.code, stderr: imported.stderr }).toEqual({
      code: 0,
      stderr: expect.stringContaining(`Imported ${kind}/work`),
    });
    const stored = <T>(
      use: (
        broker: Parameters<Parameters<typeof withBroker>[1]>[0],
      ) => Promise<T>,
    ) => withBroker(scenario.home, use);
    await body({
      ...scenario,
      vendor,
      async call(url) {
        let token = "";
        await stored(async ({ connections }) => {
          const { credential } = await connections.get(kind, "work");
          const kept = credential.type === "oauth2" ? credential.captured : {};
          token = agentLoginOf(kind)!.placeholders(kept).access_token;
        });
        return await scenario.authsome([
          ...["run", "--", "curl", "-s", "-d", "{}"],
          ...["-H", `Authorization: Bearer ${token}`, url],
        ]);
      },
      end: () =>
        stored(async ({ connections }) => {
          // What the file holds is no newer one.
          const connection = await connections.get(kind, "work");
          await connections.save({ ...connection, state: "expired" });
        }),
    });
  });
}

for (const { kind, file, api } of AGENTS) {
  const { loginCommand } = agentLoginOf(kind)!;
  const again =
    `Log in with: ${loginCommand}, outside of a run. Then: authsome import ${kind} --connection work`;

  test(
    `${kind}: every hint about a dead login names the agent's own`,
    { skip: needs },
    () =>
      withLogin(kind, file, async ({ call, end, authsome, home }) => {
        await end();
        const { stdout, stderr } = await call(api);
        expect(stdout).toContain(again);
        expect(stderr).toContain(again);
        const listed = await runCommand(["list", "--connected"], {
          home,
          tty: true,
        });
        expect(listed.stderr).toContain(again);
        const explained = await authsome(["explain", api]);
        expect(explained.stdout).toContain(again);
        for (
          const text of [stdout, stderr, listed.stderr, explained.stdout]
        ) expect(text).not.toContain("authsome login");
      }),
  );

  test(
    `${kind}: explain says that the login is the agent's alone, and what to do`,
    () =>
      withLogin(kind, file, async ({ authsome, vendor }) => {
        const { code, stdout } = await authsome(["explain", "--json", api]);
        expect({ code, explained: JSON.parse(stdout) }).toEqual({
          code: 0,
          explained: expect.objectContaining({
            action: "forward",
            provider: kind,
            connection_name: "work",
            message: expect.stringContaining("for that program alone"),
            hint: `authsome run -- ${kind}`,
          }),
        });
        expect(stdout).not.toContain(vendor.canary);
      }),
  );
}

test(
  "copilot: a token that GitHub refuses, and that nothing refreshes, leads to Copilot's login",
  { skip: needs },
  () =>
    withLogin("copilot", ".copilot/config.json", async ({ call, vendor }) => {
      vendor.expire();
      const { stderr } = await call(AGENTS[3]!.api);
      expect(stderr).toContain(
        "Log in with: copilot login, outside of a run. Then: authsome import copilot --connection work --force",
      );
      expect(stderr).not.toContain("authsome login");
    }),
);

test(
  "gemini: a refresh that Google refuses leads to the login of the Gemini CLI",
  { skip: needs },
  () =>
    withLogin("gemini", AGENTS[2]!.file, async ({ call, vendor, home }) => {
      vendor.refreshOutside();
      vendor.revoke();
      await withBroker(home, async ({ connections }) => {
        const connection = await connections.get("gemini", "work");
        await connections.save({
          ...connection,
          credential: { ...connection.credential, expiresAt: Date.now() - 1 },
        });
      });
      const { stdout } = await call(AGENTS[2]!.api);
      expect(stdout).toContain(
        "Then: authsome import gemini --connection work",
      );
      expect(stdout).not.toContain("authsome login");
    }),
);

test(
  "claude and anthropic: the API key serves what does not carry the placeholder, and explain says so",
  () =>
    withLogin("claude", AGENTS[0]!.file, async ({ authsome }) => {
      await authsome(["login", "anthropic", "--stdin", "--no-verify"], {
        stdin: `sk-ant-api03-${"a".repeat(93)}AA\n`,
      });
      const { stdout } = await authsome([
        ...["explain", "--json", AGENTS[0]!.api],
      ]);
      expect(JSON.parse(stdout)).toMatchObject({
        action: "inject",
        provider: "anthropic",
      });
      const { stdout: preferred } = await authsome([
        ...["prefer", "anthropic", "--json"],
      ]);
      expect(preferred).not.toContain("claude");
    }),
);
