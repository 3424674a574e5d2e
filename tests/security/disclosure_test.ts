// No way out of the vault that the audit log does not know: the library's as well as the command line's.
import { expect } from "expect";
import { test } from "node:test";
import {
  Authsome,
  AuthsomeError,
  type Connection,
  type Credential,
  type ProviderDefinition,
  Secret,
} from "../../mod.ts";
import { bundledProviders } from "../../providers/mod.ts";
import { withBroker } from "../support/connected.ts";
import { runCommand } from "../support/fakes/fake_machine.ts";
import { withHome } from "../support/home.ts";

const CREDENTIALS: Record<string, Credential> = {
  github: {
    type: "oauth2",
    accessToken: new Secret("canary-access"),
    refreshToken: new Secret("canary-refresh"),
    scopes: [],
    requestedScopes: [],
    captured: {},
  },
  openai: {
    type: "api_key",
    fields: { api_key: new Secret("canary-key") },
  },
};

const GITHUB: ProviderDefinition = JSON.parse(
  bundledProviders.text("github")!,
);
/** Every variable of the definition that holds the access token. */
const EXPORTED = Object.entries(GITHUB.export!.env)
  .filter(([, field]) => field === "access_token")
  .map(([variable]) => variable).join(",");

/** Every method of the library that gives a secret, and what the log then holds. */
const METHODS: [
  name: string,
  call: (authsome: Authsome) => Promise<unknown>,
  noted: [event: string, provider: string, detail: string][],
][] = [
  [
    "getAccessToken()",
    (authsome) => authsome.getAccessToken("github"),
    [["get", "github", "access_token"]],
  ],
  [
    "getAuthHeaders() of a token",
    (authsome) => authsome.getAuthHeaders("github"),
    [["get", "github", "headers"]],
  ],
  [
    "getAuthHeaders() of a key",
    (authsome) => authsome.getAuthHeaders("openai", "default"),
    [["get", "openai", "headers"]],
  ],
  [
    "exportCredentials() of one",
    (authsome) => authsome.exportCredentials({ provider: "openai" }),
    [["export", "openai", "OPENAI_API_KEY"]],
  ],
  [
    "exportCredentials()",
    (authsome) => authsome.exportCredentials(),
    [
      ["export", "github", EXPORTED],
      ["export", "openai", "OPENAI_API_KEY"],
    ],
  ],
];

const COMMANDS = [
  "export",
  "export openai",
  "export github --json",
  "get github --show-secret",
  "get github --field refresh_token --show-secret",
  "get openai --show-secret --json",
];

async function connected(body: (home: string) => Promise<void>) {
  await withHome(async (home) => {
    await withBroker(home, async (broker) => {
      for (const [provider, credential] of Object.entries(CREDENTIALS)) {
        await broker.connections.save({
          provider,
          name: "default",
          revision: 0,
          credential,
          state: "connected",
          createdAt: 1,
          updatedAt: 1,
        });
      }
    });
    await body(home);
  });
}

for (const [name, call, noted] of METHODS) {
  test(`${name} gives nothing while the audit log cannot be written`, () =>
    connected(async (home) => {
      const log = `${home}/audit.log`;
      // Not even root writes to a folder.
      Deno.mkdirSync(log);
      const authsome = await Authsome.open({ home });
      const error = await call(authsome).then(
        (given) => `it gave ${JSON.stringify(given)}`,
        (error) => error,
      );
      expect(error).toBeInstanceOf(AuthsomeError);
      expect(error).toMatchObject({ code: "StoreUnavailable", exitCode: 9 });
      expect(`${error.message} ${error.hint}`).not.toContain("canary");
      Deno.removeSync(log);
      // The event is on disk before the secret is given, not when the library is closed.
      expect(JSON.stringify(await call(authsome))).toContain("canary");
      const lines = Deno.readTextFileSync(log).trimEnd().split("\n").map(
        (line) => JSON.parse(line),
      );
      expect(
        lines.slice(-noted.length).map(({ event, provider, detail }) => [
          event,
          provider,
          detail,
        ]),
      ).toEqual(noted);
      expect(JSON.stringify(lines)).not.toContain("canary");
      await authsome.close();
    }));
}

for (const line of COMMANDS) {
  test(`authsome ${line} prints nothing while the audit log cannot be written`, () =>
    connected(async (home) => {
      Deno.mkdirSync(`${home}/audit.log`);
      const ended = await runCommand(line.split(" "), { home });
      expect(ended.code).toBe(9);
      expect(ended.stdout + ended.stderr).not.toContain("canary");
    }));
}

test("a connection that the library shows holds no secret", () =>
  connected(async (home) => {
    await using authsome = await Authsome.open({ home });
    const shown: Connection[] = [
      ...await authsome.listConnections(),
      await authsome.getConnection("github"),
      await authsome.login("groq", { apiKey: "gsk_canary-groq" }),
    ];
    const secrets = shown.flatMap(({ credential }) =>
      credential.type === "oauth2"
        ? [credential.accessToken, credential.refreshToken!]
        : Object.values(credential.fields)
    );
    expect(secrets).toHaveLength(6);
    for (const secret of secrets) {
      expect(String(secret)).toBe("[redacted]");
      expect(() => secret.reveal()).toThrow(
        /the audit log would not record it/,
      );
    }
    // What the library itself does with them goes on to work.
    expect(await authsome.exportCredentials({ provider: "groq" })).toEqual({
      GROQ_API_KEY: "gsk_canary-groq",
    });
  }));
