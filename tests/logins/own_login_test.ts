// Agents' own logins from the import to the wire, with a stand-in for the agent that works as it does: it reads its file,
// calls the API, and asks its vendor for tokens by itself. The vendor is strict: a refresh token that is used twice ends the login.
import { expect } from "expect";
import { test } from "node:test";
import { withBroker } from "../support/connected.ts";
import { missing } from "../support/missing.ts";
import { type Kind, LoginVendor, VENDOR_HOSTS } from "./login_vendor.ts";
import { type Scenario, withScenario } from "../support/scenario.ts";

const needs = await missing("curl") || await missing("cmp");
const PLACEHOLDER = "authsomeproxymanaged";

const AGENTS = {
  claude: {
    path: ".claude/.credentials.json",
    found:
      'f="${CLAUDE_SECURESTORAGE_CONFIG_DIR:-$HOME/.claude}/.credentials.json"',
    access: "accessToken",
    refresh: "refreshToken",
    api: "https://api.anthropic.com/v1/messages",
    endpoint: "https://platform.claude.com/v1/oauth/token",
  },
  codex: {
    path: ".codex/auth.json",
    found: 'f="${CODEX_HOME:-$HOME/.codex}/auth.json"',
    access: "access_token",
    refresh: "refresh_token",
    api: "https://chatgpt.com/backend-api/codex/responses",
    endpoint: "https://auth.openai.com/oauth/token",
  },
  gemini: {
    path: ".gemini/oauth_creds.json",
    found: 'f="${GEMINI_CLI_HOME:-$HOME}/.gemini/oauth_creds.json"',
    access: "access_token",
    refresh: "refresh_token",
    api: "https://cloudcode-pa.googleapis.com/v1internal:generateContent",
    endpoint: "https://oauth2.googleapis.com/token",
    // Of the agent itself; others get their tokens there, too.
    client:
      "&client_id=681255809395-oo8ft2oprdrnp9e3aqf6av3hmdib135j.apps.googleusercontent.com",
  },
  copilot: {
    path: ".copilot/config.json",
    found: 'f="${COPILOT_HOME:-$HOME/.copilot}/config.json"',
    access: "token",
    refresh: "",
    api: "https://api.individual.githubcopilot.com/chat/completions",
    endpoint: "https://github.com/login/oauth/access_token",
    client: "&client_id=Ov23ctDVkRmgkPke0Mmm",
  },
} as const;
/** Those whose login expires. */
const EXPIRING = ["claude", "codex", "gemini"] as const;

/** The agent as a shell script: `call` is one request to the API, `refresh` its own request for tokens. */
function script(kind: Kind, body: string): string {
  const { found, access, refresh, api, endpoint } = AGENTS[kind];
  const member = (name: string) =>
    `$(sed -n 's/.*"${name}": *"\\([^"]*\\)".*/\\1/p' "$f" | head -1)`;
  return `${found}
call() { curl -s -o /dev/null -w '%{http_code}\\n' -H "Authorization: Bearer ${
    member(access)
  }" -d '{}' ${api}; }
${
    refresh === ""
      ? "refresh() { :; }"
      : `refresh() { curl -s -H 'Content-Type: application/json' -d "{\\"grant_type\\":\\"refresh_token\\",\\"refresh_token\\":\\"${
        member(refresh)
      }\\"}" ${endpoint}; }`
  }
${body}`;
}

/** A person who is logged in to the agent and has imported that. */
function withLogin(
  kind: Kind,
  body: (
    scenario: Scenario & {
      vendor: LoginVendor;
      path: string;
      /** Runs the stand-in by `authsome run`. */
      agent(
        body: string,
        options?: readonly string[],
      ): ReturnType<Scenario["authsome"]>;
      /** The vault says from now on that the access token has expired. */
      expire(): Promise<void>;
    },
  ) => Promise<void>,
): Promise<void> {
  const vendor = new LoginVendor(kind);
  return withScenario({}, VENDOR_HOSTS, vendor.handle, async (scenario) => {
    const path = `${scenario.folder}/${AGENTS[kind].path}`;
    Deno.mkdirSync(path.replace(/\/[^/]*$/, ""));
    Deno.writeTextFileSync(path, vendor.file(), { mode: 0o600 });
    const imported = await scenario.authsome(["import", kind, "--yes"]);
    expect({ code: imported.code, stderr: imported.stderr }).toEqual({
      code: 0,
      stderr: expect.stringContaining(`Imported ${kind}/default`),
    });
    await body({
      ...scenario,
      vendor,
      path,
      agent: (body, options = []) =>
        scenario.authsome(
          ["run", ...options, "--", "sh", "-c", script(kind, body)],
        ),
      expire: () =>
        withBroker(scenario.home, async ({ connections }) => {
          vendor.expire();
          const connection = await connections.get(kind);
          await connections.save({
            ...connection,
            credential: { ...connection.credential, expiresAt: Date.now() - 1 },
          });
        }),
    });
  });
}

/** Everything that the command could see of it. */
const SHOW = 'env; cat "$f"; echo; call; refresh; echo; call';

for (const kind of [...EXPIRING, "copilot"] as const) {
  test(
    `${kind}: the agent sees placeholders alone, and the API gets the token`,
    { skip: needs },
    () =>
      withLogin(kind, async ({ agent, vendor, path }) => {
        const before = Deno.readTextFileSync(path);
        const { code, stdout, stderr } = await agent(SHOW);
        expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
        expect(stdout).not.toContain(vendor.canary);
        expect(stdout).toContain(PLACEHOLDER);
        expect(stdout.match(/^200$/gm)).toHaveLength(2);
        // Its own request for tokens came to nobody.
        expect(vendor.refreshes).toEqual([]);
        expect(vendor.calls.map(({ token }) => token))
          .toEqual([vendor.tokens.access, vendor.tokens.access]);
        // The person's own file is as it was.
        expect(Deno.readTextFileSync(path)).toBe(before);
      }),
  );

  test(
    `${kind}: nothing but the placeholder of its file gets the token`,
    { skip: needs },
    () =>
      withLogin(kind, async ({ authsome, vendor }) => {
        const { api, endpoint, client = "" } = { client: "", ...AGENTS[kind] };
        const ask = (...words: string[]) =>
          authsome(["run", "--", "curl", "-s", ...words]);
        await ask(api);
        await ask("-H", "Authorization: Bearer authsome-proxy-managed.x", api);
        await ask("-H", "x-api-key: authsome-proxy-managed", api);
        const other = await ask(
          "-d",
          `grant_type=authorization_code&code=1${client}`,
          endpoint,
        );
        expect(other.stdout).toContain("outside of authsome alone");
        const foreign = await ask(
          "-d",
          `grant_type=refresh_token&refresh_token=other${client}`,
          endpoint,
        );
        expect(foreign.stdout).toContain("oauth_endpoint");
        expect(vendor.calls.filter(({ status }) => status === 200)).toEqual([]);
        expect(vendor.refreshes).toEqual([]);
        for (
          const words of [["token", kind], ["export", kind], [
            ...["get", kind, "--field", "access_token", "--show-secret"],
          ]]
        ) {
          const { code, stdout } = await authsome(words);
          expect({ words, code, stdout }).toEqual({
            words,
            code: 4,
            stdout: "",
          });
        }
      }),
  );

  test(
    `${kind}: a file of an unknown shape, or of another login, is left alone`,
    { skip: needs },
    () =>
      withLogin(kind, async ({ agent, vendor, path, expire, authsome }) => {
        const strange = JSON.stringify({
          claudeAiOauth: { value: "x" },
          tokens: { access: "x" },
          authTokens: { "https://github.com:octo": "x" },
        });
        Deno.writeTextFileSync(path, strange);
        if (kind !== "copilot") await expire();
        const { stdout, stderr } = await agent("call");
        expect(stdout).toBe("200\n");
        expect(stderr).toContain("is of a shape that is not known");
        expect(Deno.readTextFileSync(path)).toBe(strange);
        const { stderr: said } = await authsome(["import", kind, "--yes"]);
        expect(said).toContain("has a shape that is not known");
        expect(vendor.reused).toBe(false);
      }),
  );

  test(
    `${kind}: placeholders that came into the agent's own file are replaced by the login`,
    { skip: needs },
    () =>
      withLogin(kind, async ({ agent, vendor, path }) => {
        // As a version does that does not know the variable.
        const { stdout } = await agent(`cp "$f" ${path}; call`);
        expect(stdout).toBe("200\n");
        const text = Deno.readTextFileSync(path);
        expect(text).toContain(vendor.tokens.access);
        expect(text).toContain(vendor.tokens.refresh);
        expect(text).not.toContain(PLACEHOLDER);
      }),
  );

  test(
    `${kind}: authsome itself does not log in, and says who does`,
    () =>
      withLogin(kind, async ({ authsome }) => {
        const { code, stderr } = await authsome([
          ...["login", kind, "--force", "--no-browser", "--timeout", "60"],
        ]);
        expect(code).toBe(4);
        expect(stderr).toContain(`authsome import ${kind}`);
      }),
  );
}

for (const kind of ["gemini", "copilot"] as const) {
  const { endpoint, client } = AGENTS[kind];

  test(
    `${kind}: what other programs ask of the endpoint is sent on, and a placeholder is not`,
    { skip: needs },
    () =>
      withLogin(kind, async ({ authsome, vendor }) => {
        const ask = async (...words: string[]) => {
          const { stdout } = await authsome([
            "run",
            "--",
            "curl",
            "-s",
            ...words,
          ]);
          return stdout;
        };
        const foreign =
          "grant_type=refresh_token&refresh_token=other&client_id=gcloud";
        expect(await ask("-d", foreign, endpoint)).toContain("invalid_grant");
        expect(await ask("--http2", "-d", foreign, endpoint))
          .toContain("invalid_grant");
        expect(
          await ask("-H", "Expect: 100-continue", "-d", foreign, endpoint),
        ).toContain("invalid_grant");
        const seen = {
          type: "application/x-www-form-urlencoded",
          body: {
            grant_type: "refresh_token",
            refresh_token: "other",
            client_id: "gcloud",
          },
        };
        expect(vendor.refreshes).toEqual([seen, seen, seen]);
        for (
          const words of [
            ["-d", `device_code=1${client}`, endpoint],
            ["-X", "POST", `${endpoint}?code=1${client}`],
            ["-d", "x=1", "-H", "Content-Encoding: gzip", endpoint],
            [
              "-d",
              "refresh_token=authsome-proxy-managed&grant_type=refresh_token",
              endpoint,
            ],
          ]
        ) expect(await ask(...words)).toContain("oauth_endpoint");
        expect(vendor.refreshes).toHaveLength(3);
      }),
  );
}

test(
  "gemini: the file that it is shown has the shape of its own, and a far end",
  { skip: needs },
  () =>
    withLogin("gemini", async ({ agent, vendor, path }) => {
      const { stdout } = await agent('cat "$f"');
      const [shown, own] = [stdout, Deno.readTextFileSync(path)].map((text) =>
        JSON.parse(text)
      );
      expect(Object.keys(shown).sort()).toEqual(Object.keys(own).sort());
      expect(shown).toMatchObject({
        scope: own.scope,
        token_type: "Bearer",
        expiry_date: Date.UTC(2100, 0, 1),
      });
      expect(shown.id_token.split(".")).toHaveLength(3);
      // As Google's answer is: the refresh token goes on.
      const answer = await agent("refresh");
      expect(Object.keys(JSON.parse(answer.stdout)).sort()).toEqual([
        ...["access_token", "expires_in", "id_token", "scope", "token_type"],
      ]);
      expect(answer.stdout).not.toContain(vendor.canary);
    }),
);

test(
  "copilot: of its accounts it is shown the one that is in use, and keeps what else it writes",
  { skip: needs },
  () =>
    withLogin("copilot", async ({ agent, vendor, path }) => {
      const { stdout } = await agent(
        `cat "$f"; sed -i 's/"firstLaunchAt": "2026/"new": true, "firstLaunchAt": "2027/' "$f"`,
      );
      const [comment, ...lines] = stdout.split("\n");
      expect(comment).toMatch(/^\/\//);
      const shown = JSON.parse(lines.join("\n"));
      expect(Object.keys(shown.authTokens)).toEqual([
        ...["https://github.com:octo:github", "https://github.com:octo"],
      ]);
      expect(shown.loggedInUsers).toEqual([
        { host: "https://github.com", login: "octo", kind: "githubDotCom" },
      ]);
      const [first, ...rest] = Deno.readTextFileSync(path).split("\n");
      expect(first).toBe(comment);
      const own = JSON.parse(rest.join("\n"));
      expect(own).toMatchObject({
        new: true,
        firstLaunchAt: "2027-03-11T00:00:00.000Z",
      });
      expect(Object.keys(own.authTokens)).toHaveLength(3);
      expect(JSON.stringify(own.authTokens)).toContain(vendor.tokens.access);
    }),
);

test(
  "copilot: a login anew is taken over by every session, with no request for tokens",
  { skip: needs },
  () =>
    withLogin("copilot", async ({ agent, vendor, path, folder }) => {
      const rounds = [1, 2, 3];
      // The first that is refused tells authsome to look at the file.
      const session = rounds.map((round) =>
        `call; touch "${folder}/done-${round}-$$"; until [ -e "${folder}/go-${round}" ]; do sleep 0.1; done; call`
      ).join("\n");
      const sessions = Array.from({ length: 20 }, () =>
        agent(`${session}\ncall`));
      for (const round of rounds) {
        await reached(folder, `done-${round}-`, 20);
        vendor.refreshOutside();
        Deno.writeTextFileSync(path, vendor.file());
        Deno.writeTextFileSync(`${folder}/go-${round}`, "");
      }
      for (const { code, stdout, stderr } of await Promise.all(sessions)) {
        expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
        expect(stdout.replaceAll("401\n", "")).toMatch(/^(?:200\n){4,7}$/);
        expect(stdout).toMatch(/200\n$/);
      }
      expect(vendor.refreshes).toEqual([]);
      expect(Deno.readTextFileSync(path)).toBe(vendor.file());
    }),
);

test(
  "codex: the file that it is shown is a login of the same account, and no secret is in its tokens",
  { skip: needs },
  () =>
    withLogin("codex", async ({ agent, vendor }) => {
      const { stdout } = await agent('cat "$f"');
      const { tokens, auth_mode } = JSON.parse(stdout);
      expect({ auth_mode, account: tokens.account_id })
        .toEqual({ auth_mode: "chatgpt", account: "account-1" });
      for (const token of [tokens.id_token, tokens.access_token]) {
        const claims = JSON.parse(atob(token.split(".")[1]));
        expect(claims["https://api.openai.com/auth"].chatgpt_account_id)
          .toBe("account-1");
        expect(claims.exp).toBeGreaterThan(Date.now() / 1000 + 1e9);
        expect(JSON.stringify(claims)).not.toContain(vendor.canary);
      }
    }),
);

test(
  "claude: what the agent changes besides its login comes to its own file",
  { skip: needs },
  () =>
    withLogin("claude", async ({ agent, vendor, path, home }) => {
      const { code } = await agent(
        `sed -i 's/"mcp-1"/"mcp-2"/; s/{"other|1"/{"new|2":{"accessToken":"mcp-3"},"other|1"/' "$f"`,
      );
      expect(code).toBe(0);
      const { claudeAiOauth, mcpOAuth } = JSON.parse(
        Deno.readTextFileSync(path),
      );
      expect(claudeAiOauth.accessToken).toBe(vendor.tokens.access);
      expect(mcpOAuth).toEqual({
        "new|2": { accessToken: "mcp-3" },
        "other|1": { serverName: "other", accessToken: "mcp-2" },
      });
      // The view had them while the run lasted; no copy of a login stays in the home.
      const view = `${home}/agents/claude/default/.credentials.json`;
      expect(Object.keys(JSON.parse(Deno.readTextFileSync(view))))
        .toEqual(["claudeAiOauth"]);
      // And the next run takes nothing for removed.
      await agent("true");
      expect(JSON.parse(Deno.readTextFileSync(path)).mcpOAuth)
        .toEqual(mcpOAuth);
    }),
);

test(
  "codex: what the agent makes and changes is in its own folder afterwards, also when the run was killed",
  { skip: needs },
  () =>
    withLogin("codex", async ({ agent, folder, authsome }) => {
      const own = `${folder}/.codex`;
      Deno.writeTextFileSync(`${own}/config.toml`, "a = 1\n");
      await agent(
        `cd "$CODEX_HOME"; echo 'a = 2' > config.new; mv config.new config.toml
mkdir -p sessions/1 made; echo one > sessions/1/s.jsonl; echo two > made/x; echo three >> history.jsonl`,
      );
      const text = (name: string) => Deno.readTextFileSync(`${own}/${name}`);
      expect([
        text("config.toml"),
        text("sessions/1/s.jsonl"),
        text("made/x"),
        text("history.jsonl"),
      ]).toEqual(["a = 2\n", "one\n", "two\n", "three\n"]);
      // $PPID is authsome.
      await agent(`cd "$CODEX_HOME"; echo four > late; kill -9 $PPID`);
      await authsome(["run", "--", "true"]);
      expect(text("late")).toBe("four\n");
      expect(text("config.toml")).toBe("a = 2\n");
    }),
);

for (const kind of EXPIRING) {
  test(
    `${kind}: 20 sessions and 3 expiries are 3 refreshes, and the agent's own file follows each`,
    { skip: needs },
    () =>
      withLogin(kind, async ({ agent, vendor, path, expire, folder }) => {
        const rounds = [1, 2, 3];
        const session = rounds.map((round) =>
          `call; touch "${folder}/done-${round}-$$"; until [ -e "${folder}/go-${round}" ]; do sleep 0.1; done`
        ).join("\n");
        const sessions = Array.from({ length: 20 }, () =>
          agent(`${session}\ncall`));
        for (const round of rounds) {
          await reached(folder, `done-${round}-`, 20);
          await expire();
          Deno.writeTextFileSync(`${folder}/go-${round}`, "");
        }
        for (const { code, stdout, stderr } of await Promise.all(sessions)) {
          expect({ code, stdout, stderr })
            .toEqual({ code: 0, stdout: "200\n".repeat(4), stderr: "" });
        }
        expect({ refreshes: vendor.refreshes.length, reused: vendor.reused })
          .toEqual({ refreshes: 3, reused: false });
        // So the agent works without authsome, too.
        const text = Deno.readTextFileSync(path);
        expect(text).toContain(vendor.tokens.access);
        expect(text).toContain(vendor.tokens.refresh);
      }),
  );

  test(
    `${kind}: what the agent got outside is taken over, with no request`,
    { skip: needs },
    () =>
      withLogin(kind, async ({ agent, vendor, path, expire }) => {
        vendor.refreshOutside();
        Deno.writeTextFileSync(path, vendor.file(Date.now() + 7_200_000));
        expect((await agent("call")).stdout).toBe("200\n");
        expect(vendor.refreshes).toEqual([]);
        await expire();
        expect((await agent("call")).stdout).toBe("200\n");
        expect({ refreshes: vendor.refreshes.length, reused: vendor.reused })
          .toEqual({ refreshes: 1, reused: false });
        expect(Deno.readTextFileSync(path)).toContain(vendor.tokens.refresh);
      }),
  );

  test(
    `${kind}: kill -9 of a run whose refresh has just been answered loses no login`,
    { skip: needs },
    () =>
      withLogin(kind, async ({ agent, vendor, path, expire }) => {
        for (let round = 1; round <= 3; round++) {
          await expire();
          // As soon as the file has the next token, and maybe before the vault has it.
          const { code } = await agent(
            `cp ${path} ${path}.old; call & i=0; until ! cmp -s ${path} ${path}.old || [ $i -gt 30000 ]; do i=$((i+1)); done; kill -9 $PPID`,
          );
          expect([0, 137]).toContain(code);
          expect((await agent("call")).stdout).toBe("200\n");
          expect(Deno.readTextFileSync(path)).toContain(vendor.tokens.refresh);
          expect({ round, reused: vendor.reused, n: vendor.refreshes.length })
            .toEqual({ round, reused: false, n: round });
        }
      }),
  );
}

/** Waits until so many files begin so. */
async function reached(
  folder: string,
  start: string,
  count: number,
): Promise<void> {
  for (;;) {
    const found = [...Deno.readDirSync(folder)]
      .filter(({ name }) => name.startsWith(start)).length;
    if (found >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
