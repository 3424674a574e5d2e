import { expect } from "expect";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { Found, Harvest } from "../../lib/import/found.ts";
import { parseHosts } from "../../lib/import/tools/gh.ts";
import { parseNetrc } from "../../lib/import/tools/netrc.ts";
import { parseNpmrc } from "../../lib/import/tools/npmrc.ts";
import type { ImportContext } from "../../lib/import/source.ts";
import { loadSource, SOURCES } from "../../lib/import/sources.ts";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import { bundledProviders } from "../../providers/mod.ts";

const DEFINITIONS = bundledProviders.names.map((name) =>
  JSON.parse(bundledProviders.text(name)!) as ProviderDefinition
);
const HOME = "/home/me";

function world(
  files: Record<string, string>,
  rest: Partial<ImportContext> & { variables?: Record<string, string> } = {},
): ImportContext {
  const { variables = {}, ...others } = rest;
  return {
    env: { get: (name) => variables[name], toObject: () => variables },
    userFolder: HOME,
    definitions: DEFINITIONS,
    now: 0,
    read: (path) =>
      Object.hasOwn(files, path)
        ? { path, text: files[path]!, modifiedAt: 1000 }
        : undefined,
    list: (folder) =>
      [
        ...new Set(
          Object.keys(files).filter((path) => path.startsWith(`${folder}/`))
            .map((path) => path.slice(folder.length + 1).split("/")[0]!),
        ),
      ].sort(),
    output: () => Promise.resolve(undefined),
    databaseRows: () => Promise.resolve([]),
    md5: (text) => createHash("md5").update(text).digest("hex"),
    ...others,
  };
}

async function harvest(
  source: string,
  ...args: Parameters<typeof world>
): Promise<Harvest> {
  const result = await (await loadSource(source)).harvest(world(...args));
  expect(JSON.stringify(result)).not.toContain("canary");
  return result;
}

/** A credential with its secrets, to compare. */
function open({ credential, client, ...rest }: Found) {
  return {
    ...rest,
    ...credential.type === "api_key"
      ? Object.fromEntries(
        Object.entries(credential.fields).map(([k, v]) => [k, v.reveal()]),
      )
      : {
        access: credential.accessToken.reveal(),
        refresh: credential.refreshToken?.reveal(),
        expires: credential.expiresAt,
        scopes: credential.scopes,
      },
    ...client
      ? { client: [client.clientId, client.clientSecret?.reveal()] }
      : {},
  };
}

test("every source refuses to go on where there is nothing, and names the place", async () => {
  for (const name of Object.keys(SOURCES)) {
    await expect(harvest(name, {})).rejects.toMatchObject({
      code: "CredentialMissing",
    });
  }
  await expect(loadSource("constructor")).rejects.toMatchObject({
    code: "Usage",
  });
});

test("files that are damaged are refused without a word of what they hold", async () => {
  for (const source of ["gcloud", "codex", "claude"]) {
    for (const text of ["", "canary", "[1]", '"canary"', "null", "{"]) {
      const error = await harvest(source, { "/x": text }, { path: "/x" })
        .then(() => undefined, (error) => error);
      expect(error.message).toMatch(
        /^Cannot import from "\/x": it is not a JSON/,
      );
      expect(error.cause).toBeUndefined();
    }
    const empty = await harvest(source, { "/x": "{}" }, { path: "/x" });
    expect(empty.found).toEqual([]);
  }
});

test("gh: accounts in the file and in the keyring, more than one host", async () => {
  const hosts = `# comment
github.com:
    users:
        alice:
            oauth_token: gho_canary1
        "bob":
            oauth_token: 'ghp_canary2'
    git_protocol: https
    oauth_token: gho_canary1
    user: alice
ghe.example.com:
    user: carol
    git_protocol: ssh
`;
  const asked: string[] = [];
  const { found, skipped } = await harvest(
    "gh",
    { [`${HOME}/.config/gh/hosts.yml`]: hosts },
    {
      output: (command) => {
        asked.push(command.join(" "));
        return Promise.resolve("ghp_canary3\n");
      },
    },
  );
  expect(asked).toEqual([
    "gh auth token --hostname ghe.example.com --user carol",
  ]);
  expect(found.map(open)).toEqual([
    {
      provider: "github",
      access: "gho_canary1",
      refresh: undefined,
      expires: undefined,
      scopes: [],
      from: "gh alice@github.com",
    },
    {
      provider: "github-pat",
      connection: "bob",
      api_key: "ghp_canary2",
      from: "gh bob@github.com",
    },
    {
      provider: "github-pat",
      baseUrl: "https://ghe.example.com",
      api_key: "ghp_canary3",
      from: "gh carol@ghe.example.com",
    },
  ]);
  expect(skipped).toEqual([]);
  const none = await harvest("gh", { "/x": "github.com:\n  user: a\n" }, {
    path: "/x",
  });
  expect(none.skipped[0]).toMatchObject({ reason: "gh has no token for it" });
});

test("gh: hosts.yml in every spelling of YAML", async () => {
  const accounts = (text: string) => parseHosts({ path: "/x", text });
  expect(await accounts("github.com:\n  oauth_token: x\n")).toEqual([
    { host: "github.com", token: "x", active: true },
  ]);
  for (
    const text of [
      "github.com: {user: '007', users: {007: {oauth_token: 1234}}}",
      '"github.com":\r\n  user: 007 # agent\r\n  oauth_token: "1\\x3234"\r\n',
      "%YAML 1.2\n---\ngithub.com:\n user: 007\n oauth_token: >-\n  1234\n",
      "a: &a [1]\ngithub.com: {users: {007: {oauth_token: &t 1234}}, other: *t}",
    ]
  ) {
    expect(await accounts(text)).toEqual([
      { host: "github.com", user: "007", token: "1234", active: true },
    ]);
  }
  for (const text of ["", "{}", "---\n", "- a\n", "canary", "x: !!js y"]) {
    expect(await accounts(text)).toEqual([]);
  }
  expect(await accounts("__proto__: {oauth_token: x}")).toEqual([
    { host: "__proto__", token: "x", active: true },
  ]);
});

test("gh: what is not YAML is refused without a word of what it holds", async () => {
  const bomb = ["a0: &a0 [canary]"];
  for (let level = 1; level < 12; level++) {
    const again = Array(9).fill(`*a${level - 1}`).join();
    bomb.push(`a${level}: &a${level} [${again}]`);
  }
  for (
    const text of [
      "- a\n? b\n\t\u0000\n",
      "a: {canary",
      "a: 1\na: canary",
      "a: *canary",
      bomb.join("\n"),
    ]
  ) {
    const error = await harvest("gh", { "/x": text }, { path: "/x" })
      .then(() => undefined, (error) => error);
    expect(error?.message).toBe('Cannot import from "/x": it is not YAML');
    expect(error.code).toBe("StoreUnavailable");
    expect(error.cause).toBeUndefined();
  }
});

test("netrc: words and macros as curl reads them", () => {
  expect(parseNetrc(
    `# machine no login no password no
machine a.example login me password "two \\"words\\""
machine b.example
  account x password p2
macdef init
machine c.example login x password y

machine d.example password p4 login me
default login anyone password p5
`,
  )).toEqual([
    { machine: "a.example", login: "me", password: 'two "words"' },
    { machine: "b.example", password: "p2" },
    { machine: "d.example", login: "me", password: "p4" },
  ]);
  expect(parseNetrc("machine")).toEqual([]);
});

test("netrc: only machines of one provider's hosts", async () => {
  const { found, skipped } = await harvest("netrc", {
    [`${HOME}/.netrc`]: `machine api.openai.com login x password canary1
machine api.twilio.com login AC1 password canary2
machine example.com login x password canary3
machine api.github.com.evil.example password canary4
machine api.stripe.com login x`,
  });
  expect(found.map(open)).toEqual([
    {
      provider: "openai",
      api_key: "canary1",
      from: "netrc api.openai.com",
    },
    {
      provider: "twilio",
      account_sid: "AC1",
      auth_token: "canary2",
      from: "netrc api.twilio.com",
    },
  ]);
  expect(skipped.map(({ from }) => from)).toEqual([
    "netrc example.com",
    "netrc api.github.com.evil.example",
    "netrc api.stripe.com",
  ]);
});

test("npmrc: npm's own registry, no variables", async () => {
  const { found, skipped } = await harvest("npmrc", {
    [`${HOME}/.npmrc`]: `registry=https://registry.npmjs.org/
//registry.npmjs.org/:_authToken=npm_canary
; //registry.npmjs.org/:_authToken=old
//npm.pkg.github.com/:_authToken="ghp_canary"
`,
  });
  expect(found.map(open)).toEqual([{
    provider: "npm",
    api_key: "npm_canary",
    from: "npmrc registry.npmjs.org/",
  }]);
  expect(skipped).toHaveLength(1);
  expect([...parseNpmrc("//a.example/x:_authToken = 'b'\r\n")]).toEqual([
    ["a.example/x/", "b"],
  ]);
  const variable = await harvest("npmrc", {
    "/x": "//registry.npmjs.org/:_authToken=${NPM_TOKEN}",
  }, { path: "/x" });
  expect(variable.found).toEqual([]);
  expect(variable.skipped[0]!.reason).toBe("it refers to a variable");
});

test("gcloud: a person's login with its client; no service account", async () => {
  const login = {
    type: "authorized_user",
    client_id: "id",
    client_secret: "canary1",
    refresh_token: "canary2",
  };
  const path = `${HOME}/.config/gcloud/application_default_credentials.json`;
  const { found } = await harvest("gcloud", { [path]: JSON.stringify(login) });
  expect(found.map(open)).toEqual([{
    provider: "google",
    access: "none-yet",
    refresh: "canary2",
    expires: 0,
    scopes: [],
    client: ["id", "canary1"],
    from: "gcloud application default credentials",
  }]);
  for (
    const other of [
      { type: "service_account", private_key: "canary" },
      { ...login, refresh_token: undefined },
    ]
  ) {
    const result = await harvest("gcloud", { "/x": JSON.stringify(other) }, {
      path: "/x",
    });
    expect(result.found).toEqual([]);
    expect(result.skipped).toHaveLength(1);
  }
});

test("codex and claude: keys of the API, and no login of an unknown shape", async () => {
  const codex = await harvest("codex", {
    [`${HOME}/.codex/auth.json`]: JSON.stringify({
      OPENAI_API_KEY: "sk-canary",
      tokens: { access_token: "canary", refresh_token: "canary" },
    }),
  });
  expect(codex.found.map(open)).toEqual([
    { provider: "openai", api_key: "sk-canary", from: "codex auth.json" },
  ]);
  expect(codex.skipped).toHaveLength(1);
  const claude = await harvest("claude", {
    [`${HOME}/.claude/.credentials.json`]: JSON.stringify({
      claudeAiOauth: { accessToken: "canary", refreshToken: "canary" },
      mcpOAuth: {
        "linear|1": {
          serverName: "linear",
          serverUrl: "https://mcp.linear.app/sse",
          clientId: "c",
          accessToken: "canary-a",
          refreshToken: "canary-r",
          expiresAt: 5,
          scope: "read write",
        },
        "own|2": {
          serverName: "own",
          serverUrl: "https://mcp.linear.app.evil.example/mcp",
          accessToken: "canary",
        },
        broken: 7,
      },
    }),
    [`${HOME}/.claude.json`]: JSON.stringify({
      primaryApiKey: "sk-ant-canary",
    }),
  });
  expect(claude.found.map(open)).toEqual([
    {
      provider: "linear-mcp",
      access: "canary-a",
      refresh: "canary-r",
      expires: 5,
      scopes: ["read", "write"],
      client: ["c", undefined],
      from: "claude linear",
    },
    {
      provider: "anthropic",
      api_key: "sk-ant-canary",
      from: "claude .claude.json",
    },
  ]);
  expect(claude.skipped.map(({ reason }) => reason)).toEqual([
    "the login there has a shape that is not known, so it is left alone",
    "no provider matches this server",
  ]);
});

test("codex and claude: the program's own login, for it alone", async () => {
  const jwt = `x.${
    btoa(JSON.stringify({ aud: ["app_other123"], email: "you@example.com" }))
  }.canary`;
  const file = {
    auth_mode: "chatgpt",
    tokens: {
      ...{ access_token: "canary-access", refresh_token: "canary-refresh" },
      ...{ id_token: jwt, account_id: "account" },
    },
  };
  const login = {
    ...{ accessToken: "canary-access", refreshToken: "canary-refresh" },
    ...{ expiresAt: 5, scopes: ["a"], subscriptionType: "max" },
  };
  const path = `${HOME}/.codex/auth.json`;
  const codex = await harvest("codex", { [path]: JSON.stringify(file) });
  expect(codex.found.map(open)).toEqual([{
    provider: "codex",
    access: "canary-access",
    refresh: "canary-refresh",
    expires: undefined,
    scopes: [],
    client: ["app_other123", undefined],
    from: "codex auth.json",
  }]);
  expect(codex.found[0]!.credential).toMatchObject({
    captured: {
      account_id: "account",
      id_claims: '{"email":"you@example.com"}',
      login_place: path,
    },
  });
  const claude = await harvest("claude", {
    [`${HOME}/.claude/.credentials.json`]: JSON.stringify({
      claudeAiOauth: login,
    }),
  });
  expect(claude.found.map(open)).toEqual([{
    provider: "claude",
    access: "canary-access",
    refresh: "canary-refresh",
    expires: 5,
    scopes: ["a"],
    client: ["9d1c250a-e61b-44d9-88ed-5944d1962f5e", undefined],
    from: "claude .credentials.json",
  }]);
  // Each member that is not as it was seen makes the shape another one.
  for (
    const strange of [
      { ...login, accessToken: 7 },
      { ...login, refreshToken: null },
      { ...login, expiresAt: "tomorrow" },
      { ...login, scopes: "a b" },
      { ...login, subscriptionType: 7 },
      {
        ...login,
        accessToken: "sk-ant-oat01-authsomeproxymanaged000000000000",
      },
    ]
  ) {
    const { found, skipped } = await harvest("claude", {
      "/x": JSON.stringify({ claudeAiOauth: strange }),
    }, { path: "/x" });
    expect([found, skipped.length]).toEqual([[], 1]);
  }
  for (
    const strange of [
      { ...file, auth_mode: "agent" },
      { tokens: { ...file.tokens, id_token: "none" } },
      { tokens: { ...file.tokens, refresh_token: undefined } },
      { tokens: { ...file.tokens, account_id: 7 } },
      { tokens: { ...file.tokens, refresh_token: "authsome-proxy-managed" } },
    ]
  ) {
    const { found, skipped } = await harvest("codex", {
      "/x": JSON.stringify(strange),
    }, { path: "/x" });
    expect([found, skipped.length]).toEqual([[], 1]);
  }
});

test("mcp-remote: servers by the hash of their address, the latest login", async () => {
  const md5 = (text: string) => createHash("md5").update(text).digest("hex");
  const linear = md5("https://mcp.linear.app/sse");
  const stranger = md5("https://mcp.example.com/");
  const old = `${HOME}/.mcp-auth/mcp-remote-0.1.9`;
  const now = `${HOME}/.mcp-auth/mcp-remote-v1`;
  const tokens = (name: string) =>
    JSON.stringify({
      access_token: `canary-${name}`,
      refresh_token: "canary-r",
      expires_in: 60,
      scope: "read",
    });
  const files: Record<string, string> = {
    [`${old}/${linear}_tokens.json`]: tokens("old"),
    [`${now}/${linear}_tokens.json`]: tokens("new"),
    [`${now}/${linear}_client_info.json`]: '{"client_id":"c"}',
    [`${now}/${linear}_code_verifier_x.txt`]: "canary",
    [`${now}/${stranger}_tokens.json`]: tokens("x"),
  };
  const { found, skipped } = await harvest("mcp-remote", files, {
    read: (path) =>
      Object.hasOwn(files, path)
        ? {
          path,
          text: files[path]!,
          modifiedAt: path.startsWith(old) ? 1000 : 2000,
        }
        : undefined,
  });
  // It was registered for another redirect URI than that of our logins.
  expect(found[0]!.client!.redirectUri).toBe("http://localhost/oauth/callback");
  expect(found.map(open)).toEqual([{
    provider: "linear-mcp",
    access: "canary-new",
    refresh: "canary-r",
    expires: 62_000,
    scopes: ["read"],
    client: ["c", undefined],
    from: `mcp-remote ${linear.slice(0, 8)}`,
  }]);
  expect(skipped.map(({ reason }) => reason)).toEqual([
    "no provider matches this server",
  ]);
});

test("python-authsome: all three layouts, sealed by Python", async () => {
  const vector = JSON.parse(
    await Deno.readTextFile(
      new URL("../vectors/python_authsome.json", import.meta.url),
    ),
  );
  const files = { "/old/profiles/default/store.db": "", "/old/x": "" };
  const databases: Record<string, string[]> = {
    "/old/profiles/default/store.db kv": [vector.fields, vector.record, "1"],
    "/old/server/kv_store/cache.db Cache": [
      vector.client,
      '{"value":{"data":"[]"}}',
    ],
  };
  const databaseRows = (path: string, table: string) =>
    Promise.resolve(
      (databases[`${path} ${table}`] ?? []).map((value, row) => ({
        key: `row ${row}`,
        value,
      })),
    );
  const expected = [
    {
      provider: "openai",
      connection: "default",
      api_key: "canary-key",
      from: "python-authsome openai/default",
    },
    {
      provider: "linear",
      connection: "work",
      access: "canary-access",
      refresh: "canary-refresh",
      expires: Date.parse("2026-04-16T15:40:22Z"),
      scopes: ["read"],
      client: ["id-1", "canary-secret"],
      from: "python-authsome linear/work",
    },
  ];
  for (const place of ["/old/master.key", "/old/server/master.key"]) {
    const { found, skipped } = await harvest(
      "python-authsome",
      { ...files, [place]: vector.master_key },
      { path: "/old", databaseRows },
    );
    expect(found.map(open)).toEqual(expected);
    expect(skipped).toEqual([]);
  }
  const { key } = JSON.parse(vector.master_key);
  const given = await harvest("python-authsome", files, {
    path: "/old",
    databaseRows,
    variables: { AUTHSOME_MASTER_KEY: key },
  });
  expect(given.found.map(open)).toEqual(expected);
  await expect(
    harvest("python-authsome", files, { path: "/old", databaseRows }),
  )
    .rejects.toMatchObject({ code: "MasterKeyUnavailable" });
  await expect(harvest("python-authsome", files, {
    path: "/old",
    databaseRows,
    variables: { AUTHSOME_MASTER_KEY: "canary" },
  })).rejects.toThrow("no key in");
  // Another key opens nothing, and says so.
  const other = await harvest("python-authsome", files, {
    path: "/old",
    databaseRows,
    variables: { AUTHSOME_MASTER_KEY: new Uint8Array(32).toBase64() },
  }).catch((error) => error);
  expect(other).toMatchObject({ code: "MasterKeyUnavailable" });
  expect(other.message).toContain("3 records");
});
