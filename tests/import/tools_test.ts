// The files of other command lines, as the versions that each source names write them.
import { expect } from "expect";
import { test } from "node:test";
import { AuthsomeError } from "../../lib/errors.ts";
import { parseFlatToml } from "../../lib/import/tools/flat_toml.ts";
import { parseIni } from "../../lib/import/tools/ini.ts";
import { SOURCES } from "../../lib/import/sources.ts";
import {
  DEFINITIONS,
  harvest,
  leftOut,
  opened,
  USER,
} from "../support/imports/import_files.ts";

test("aws: keys profile by profile, whole from one file; what is no key is said", async () => {
  const files = {
    [`${USER}/.aws/credentials`]: `# comment
[default]
aws_access_key_id = AKIADEFAULT
aws_secret_access_key = canary=1+/
[both]
aws_access_key_id=AKIABOTH
aws_secret_access_key=canary2
[team/ops]
aws_access_key_id = ASIATEAM
aws_secret_access_key = canary3
aws_session_token = canary4==
[half]
aws_access_key_id = AKIAHALF
`,
    [`${USER}/.aws/config`]: `[default]
region = eu-west-1
s3 =
    max_concurrent_requests = 20
    aws_secret_access_key = canary-of-another
[profile both]
aws_access_key_id = AKIAOLD
aws_secret_access_key = canary5
aws_session_token = canary6
[profile sso]
sso_session = corp
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
[profile old-sso]
sso_start_url = https://corp.awsapps.com/start
[profile role]
role_arn = arn:aws:iam::1:role/x
source_profile = default
[profile program]
credential_process = /opt/canary/keys
[profile console]
login_session = arn:aws:iam::1:user/me
[profile "spaced name"]
aws_access_key_id = AKIASPACED
aws_secret_access_key = canary7
[profile settings-only]
region = eu-west-1
`,
  };
  const result = await harvest("aws", files);
  expect(opened(result)).toEqual([
    {
      is: "aws",
      access_key_id: "AKIADEFAULT",
      secret_access_key: "canary=1+/",
    },
    {
      is: "aws/both",
      access_key_id: "AKIABOTH",
      secret_access_key: "canary2",
    },
    {
      is: "aws/spaced name",
      access_key_id: "AKIASPACED",
      secret_access_key: "canary7",
    },
    {
      is: "aws/team-ops",
      access_key_id: "ASIATEAM",
      secret_access_key: "canary3",
      session_token: "canary4==",
    },
  ]);
  expect(result.skipped.map(({ from, hint }) => [from, hint])).toEqual([
    ["aws profile sso", "authsome login aws-sso"],
    ["aws profile old-sso", "authsome login aws-sso"],
    ["aws profile role", "authsome login aws-role"],
    ["aws profile program", ""],
    ["aws profile console", ""],
    ["aws profile half", "authsome login aws"],
  ]);
  const elsewhere = await harvest("aws", {
    "/a": files[`${USER}/.aws/credentials`]!,
    "/b": files[`${USER}/.aws/config`]!,
  }, {
    variables: { AWS_SHARED_CREDENTIALS_FILE: "/a", AWS_CONFIG_FILE: "/b" },
  });
  expect(opened(elsewhere)).toEqual(opened(result));
  const named = await harvest("aws", files, { path: `${USER}/.aws/config` });
  expect(named.found.map(({ connection }) => connection))
    .toEqual(["both", "spaced name"]);
});

test("pypirc: API tokens of PyPI and of TestPyPI, nothing of another index", async () => {
  const result = await harvest("pypirc", {
    [`${USER}/.pypirc`]: `[distutils]
index-servers = pypi
    testpypi
[pypi]
username = __token__
password = pypi-canary1
[testpypi]
username: __token__
password: pypi-canary2
[named]
repository = https://upload.pypi.org/legacy/
username = __token__
password = pypi-canary3
[old]
repository = https://upload.pypi.org/legacy/
username = alice
password = canary
[keyring]
repository = https://upload.pypi.org/legacy/
username = __token__
[company]
repository = https://pypi.org.evil.example/legacy/
username = __token__
password = pypi-canary4
`,
  });
  expect(opened(result)).toEqual([
    { is: "pypi", api_key: "pypi-canary1" },
    { is: "pypi/testpypi", api_key: "pypi-canary2" },
    { is: "pypi/named", api_key: "pypi-canary3" },
  ]);
  expect(leftOut(result)).toEqual([
    "pypirc old: it is a name and a password, and no API token",
    "pypirc keyring: it has no password here, so the keyring may have one",
    "pypirc company: no provider serves this repository",
  ]);
});

test("huggingface: the token in use and the stored ones; not the logins that its libraries renew", async () => {
  const folder = `${USER}/.cache/huggingface`;
  const stored = `[mine]
hf_token = hf_canary1
[other]
hf_token = hf_canary2
[login]
hf_token = hf_canary3
refresh_token = canary4
expires_at = 1
[empty]
`;
  const files = {
    [`${folder}/token`]: "hf_canary1\n",
    [`${folder}/stored_tokens`]: stored,
  };
  const result = await harvest("huggingface", files);
  expect(opened(result)).toEqual([
    { is: "huggingface/other", api_key: "hf_canary2" },
    { is: "huggingface", api_key: "hf_canary1" },
  ]);
  expect(leftOut(result)).toEqual([
    "huggingface login: it is a login that the libraries renew themselves, so it stays with them",
    "huggingface empty: it has no token",
  ]);
  // The one in use may be such a login.
  const own = await harvest("huggingface", {
    "/h/token": "hf_canary3",
    "/h/stored_tokens": stored,
  }, { variables: { HF_HOME: "/h" } });
  expect(opened(own)).toEqual([
    { is: "huggingface/mine", api_key: "hf_canary1" },
    { is: "huggingface/other", api_key: "hf_canary2" },
  ]);
  const named = await harvest("huggingface", files, {
    path: `${folder}/stored_tokens`,
  });
  expect(named.found).toHaveLength(2);
});

test("hub: accounts of each host", async () => {
  const result = await harvest("hub", {
    [`${USER}/.config/hub`]: `---
github.com:
- user: alice
  oauth_token: ghp_canary1
  protocol: https
- user: bob
  oauth_token: gho_canary2
ghe.example.com:
- user: "007"
  oauth_token: '1234canary'
none.example.com:
- user: x
`,
  });
  expect(opened(result)).toEqual([
    { is: "github-pat", api_key: "ghp_canary1" },
    { is: "github/bob", access_token: "gho_canary2" },
    {
      is: "github-pat",
      baseUrl: "https://ghe.example.com",
      api_key: "1234canary",
    },
  ]);
  expect(leftOut(result)).toEqual(["hub x@none.example.com: it has no token"]);
});

test("glab: tokens of the file and of the keyring, not the logins that glab renews", async () => {
  const asked: string[] = [];
  const result = await harvest("glab", {
    [`${USER}/.config/glab-cli/config.yml`]: `git_protocol: ssh
hosts:
    gitlab.com:
        token: glpat-canary1
        user: alice
        api_host: gitlab.com
    oauth.example.com:
        token: canary
        is_oauth2: "true"
        oauth2_refresh_token: canary
        oauth2_expiry_date: 01 Jan 26 00:00 UTC
    keyring.example.com:
        user: bob
        use_keyring: true
    gone.example.com:
        user: carol
    known.example.com:
        api_protocol: https
`,
  }, {
    output: (command) => {
      asked.push(command.join(" "));
      return Promise.resolve(
        command.includes("keyring.example.com") ? "glpat-canary2\n" : "\n",
      );
    },
  });
  expect(opened(result)).toEqual([
    { is: "gitlab-pat", api_key: "glpat-canary1" },
    {
      is: "gitlab-pat",
      baseUrl: "https://keyring.example.com",
      api_key: "glpat-canary2",
    },
  ]);
  expect(leftOut(result)).toEqual([
    "glab oauth.example.com: it is a login that glab renews itself, so it stays with it",
    "glab carol@gone.example.com: glab has no token for it",
  ]);
  expect(asked[0]).toBe("glab config get token --host keyring.example.com");
});

test("wrangler: the token of wrangler 1, not the login that it renews", async () => {
  const path = `${USER}/.config/.wrangler/config/default.toml`;
  const login = await harvest("wrangler", {
    [path]:
      'oauth_token = "canary1"\nexpiration_time = "2026-01-01T00:00:00.000Z"\nrefresh_token = "canary2"\nscopes = [ "account:read" ]\n',
  });
  expect(login.found).toEqual([]);
  expect(leftOut(login)).toEqual([
    "wrangler default.toml: it is a login that wrangler renews itself, so it stays with it",
  ]);
  const token = await harvest("wrangler", {
    [path]: 'oauth_token = "canary"',
    // An old folder goes first, as wrangler has it.
    [`${USER}/.wrangler/config/default.toml`]: "api_token = 'canary1'\n",
  });
  expect(opened(token)).toEqual([{ is: "cloudflare", api_key: "canary1" }]);
});

test("vercel: a token that lasts, not the login that its CLI renews", async () => {
  const path = `${USER}/.local/share/com.vercel.cli/auth.json`;
  const token = await harvest("vercel", {
    [path]: JSON.stringify({ "// Note": "…", token: "canary1" }),
  });
  expect(opened(token)).toEqual([{ is: "vercel", api_key: "canary1" }]);
  for (
    const more of [
      { refreshToken: "canary2" },
      { expiresAt: 1 },
      { dpop: { key: {} } },
    ]
  ) {
    const login = await harvest("vercel", {
      [path]: JSON.stringify({ token: "canary1", ...more }),
    });
    expect(login.found).toEqual([]);
    expect(leftOut(login)[0]).toContain("the Vercel CLI renews itself");
  }
  expect(leftOut(await harvest("vercel", { [path]: "{}" }))[0])
    .toContain("the keyring may have one");
});

test("netlify: the tokens of its users, and not those of GitHub that it made", async () => {
  const result = await harvest("netlify", {
    [`${USER}/.config/netlify/config.json`]: JSON.stringify({
      userId: "2",
      users: {
        1: { id: "1", email: "a@example.com", auth: { token: "canary1" } },
        2: {
          id: "2",
          email: "b@example.com",
          auth: {
            token: "canary2",
            github: { user: "b", token: "canary3", provider: "github" },
          },
        },
        3: { auth: {} },
      },
    }),
  });
  expect(opened(result)).toEqual([
    { is: "netlify/a@example.com", api_key: "canary1" },
    { is: "netlify", api_key: "canary2" },
  ]);
  expect(result.skipped.map(({ from }) => from))
    .toEqual(["netlify b@example.com, GitHub", "netlify 3"]);
});

test("stripe: the keys of each project by mode; not what the keyring has, or what has expired", async () => {
  const result = await harvest("stripe", {
    [`${USER}/.config/stripe/config.toml`]: `color = "on"
installed_plugins = ["apps"]

[default]
device_name = 'laptop'
test_mode_api_key = 'sk_test_canary1'
test_mode_key_expires_at = '2026-03-01'
test_mode_pub_key = 'pk_test_x'
live_mode_api_key = 'rk_live_*********1234'

[other]
test_mode_api_key = "sk_test_canary2"
test_mode_key_expires_at = "2025-01-01"
live_mode_api_key = "sk_live_canary3"

["my shop"]
secret_key = "sk_test_canary4"
`,
  }, { now: Date.parse("2026-01-01") });
  expect(opened(result)).toEqual([
    { is: "stripe/test", api_key: "sk_test_canary1" },
    { is: "stripe/other-live", api_key: "sk_live_canary3" },
    { is: "stripe/my shop-test", api_key: "sk_test_canary4" },
  ]);
  expect(leftOut(result)).toEqual([
    "stripe default live mode: the keyring has it, and the file its beginning and end",
    "stripe other test mode: it has expired",
  ]);
});

test("kaggle: nothing without a definition; with one of the person's, its fields", async () => {
  const files = {
    [`${USER}/.kaggle/kaggle.json`]: '{"username":"me","key":"canary1"}',
    [`${USER}/.kaggle/access_token`]: "canary2",
    [`${USER}/.kaggle/credentials.json`]: '{"refresh_token":"canary3"}',
  };
  const none = await harvest("kaggle", files);
  expect(none.found).toEqual([]);
  expect(none.skipped.map(({ from }) => from)).toEqual([
    ...["kaggle kaggle.json", "kaggle access_token"],
    "kaggle credentials.json",
  ]);
  const own = {
    ...DEFINITIONS.find(({ name }) => name === "twilio")!,
    name: "kaggle",
    api_key: {
      secret_fields: ["key"],
      public_fields: ["username"],
      inject: [{
        kind: "basic" as const,
        username: "{username}",
        password: "{key}",
      }],
    },
  };
  const some = await harvest("kaggle", files, {
    definitions: [...DEFINITIONS, own],
  });
  expect(opened(some)).toEqual([
    { is: "kaggle", username: "me", key: "canary1" },
  ]);
});

test("docker: logins of the file and of the helpers, for what else they are good for", async () => {
  const asked: string[] = [];
  const secrets: Record<string, { Username: string; Secret: string }> = {
    "https://index.docker.io/v1/": {
      Username: "me",
      Secret: "dckr_pat_canary",
    },
    "https://index.docker.io/v1/access-token": {
      Username: "me",
      Secret: "canary",
    },
    "ghcr.io": { Username: "me", Secret: "ghp_canary" },
    "token.example.com": { Username: "<token>", Secret: "canary" },
  };
  const result = await harvest("docker", {
    [`${USER}/.docker/config.json`]: JSON.stringify({
      auths: {
        "https://index.docker.io/v1/": {},
        "registry.gitlab.com": { auth: btoa("me:glpat-canary:1") },
        "registry.example.com": { auth: btoa("me:glpat-canary2") },
        "corp.example.com": { auth: btoa("me:canary"), email: "x" },
        "renewed.example.com": { auth: btoa("x:"), identitytoken: "canary" },
        "broken.example.com": { auth: "%%canary" },
        "nameless.example.com": { auth: btoa(":canary") },
      },
      credsStore: "desktop",
      credHelpers: {
        "ghcr.io": "pass",
        "evil.example.com": "../../tmp/x",
        "gone.example.com": "none",
      },
    }),
  }, {
    output: ([program, verb], input) => {
      asked.push(
        `${program} ${verb}${input === undefined ? "" : ` < ${input}`}`,
      );
      if (program === "docker-credential-none") {
        return Promise.resolve(undefined);
      }
      return Promise.resolve(
        verb === "list"
          ? JSON.stringify({
            "https://index.docker.io/v1/": "me",
            "https://index.docker.io/v1/access-token": "me",
            "token.example.com": "<token>",
          })
          : JSON.stringify({ ServerURL: input, ...secrets[input!] }),
      );
    },
  });
  expect(opened(result)).toEqual([
    { is: "gitlab-pat", api_key: "glpat-canary:1" },
    { is: "dockerhub", username: "me", token: "dckr_pat_canary" },
    { is: "github-pat", api_key: "ghp_canary" },
  ]);
  const own = "it is a login that Docker renews itself, so it stays with it";
  expect(leftOut(result).sort()).toEqual([
    "docker broken.example.com: its login is not the base64 of a name and a password",
    "docker corp.example.com: no provider serves this registry",
    "docker evil.example.com: the name of its credential helper is none",
    "docker gone.example.com: docker-credential-none is not there, or gives nothing for it",
    `docker https://index.docker.io/v1/access-token: ${own}`,
    "docker nameless.example.com: its login is not the base64 of a name and a password",
    "docker registry.example.com: the address of its GitLab is not known",
    `docker renewed.example.com: ${own}`,
    `docker token.example.com: ${own}`,
  ]);
  expect(asked).toContain("docker-credential-pass get < ghcr.io");
  expect(asked.join()).not.toContain("tmp/x");
});

/** What a file may be that is not what it should be. */
const HOSTILE: readonly string[] = [
  ...["", "canary", "[canary", "{", "null", "[]", '"canary"', "7", "\u0000"],
  '{"auths":7,"users":"canary","items":{},"token":["canary"],"key":{}}',
  '{"auths":{"a":7,"b":{"auth":7},"__proto__":{"auth":"canary"}},"credHelpers":["canary"],"credsStore":{}}',
  '{"users":{"__proto__":{"auth":{"token":7}},"a":null,"b":{"auth":"canary"}}}',
  '{"items":[null,7,"canary",{"type":1,"login":7,"fields":"canary"},{"type":"1"}]}',
  '{"encrypted":true,"passwordProtected":true,"salt":7,"data":"canary"}',
  '{"encrypted":true,"passwordProtected":true,"salt":"a","data":"2.canary","kdfType":0,"kdfIterations":1}',
  '{"encrypted":true,"passwordProtected":true,"salt":"a","data":"2.a|b|c","kdfType":9}',
  "[a]\naws_access_key_id\n= canary\n[__proto__]\nx = canary\n[]\n",
  "[default]\naws_access_key_id = canary".repeat(1000),
  'a = """canary\n"""\n[[x]]\noauth_token = 7\n[a.b]\nc = "canary\\q"',
  "github.com: canary\nhosts: [canary]\n",
  "hosts:\n  a: 7\n  __proto__:\n    token: [canary]\n",
  "github.com:\n- 7\n- [canary]\n- user: {a: b}\n",
  `{"a":${"[".repeat(20_000)}${"]".repeat(20_000)}}`,
];

test("a file that is not what it should be: an error that says so, or nothing, and no word of what it holds", async () => {
  for (const name of Object.keys(SOURCES)) {
    for (const text of HOSTILE) {
      try {
        await harvest(name, { "/x": text }, {
          path: "/x",
          passphrase: "password",
        });
      } catch (error) {
        if (!(error instanceof AuthsomeError)) {
          throw new Error(`${name}: ${JSON.stringify(text)}`, { cause: error });
        }
        expect(`${error.message} ${error.hint}`).not.toContain("canary");
        expect(error.cause).toBeUndefined();
      }
    }
  }
});

test("INI and TOML: what they hold is never a member of an object", () => {
  const ini = parseIni(
    "\uFEFF[a]\r\nX = 1 = 2\r\n  y = 3\r\n;z = 4\r\n[a]\r\nv:w\r\n",
  );
  expect([...ini].map(([name, members]) => [name, [...members]]))
    .toEqual([["a", [["x", "1 = 2"], ["v", "w"]]]]);
  const toml = parseFlatToml(
    `a = "x\\ty" # c\n["b.c"]\n'd' = 'e\\f'\n[t]\nn = 7\nl = ["x"]\ns = "a#b"\n`,
  );
  expect([...toml].map(([name, members]) => [name, [...members]])).toEqual([
    ["", [["a", "x\ty"]]],
    ["b.c", [["d", "e\\f"]]],
    ["t", [["s", "a#b"]]],
  ]);
});
