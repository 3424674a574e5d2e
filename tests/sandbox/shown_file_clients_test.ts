// Real clients that are given their configuration file and nothing else. Real bubblewrap; the internet is on loopback.
import { expect } from "expect";
import { Secret } from "../../lib/secret.ts";
import type { Credential } from "../../lib/connection/connection.ts";
import { withBroker } from "../support/connected.ts";
import { type Sandbox, sandboxTest } from "../support/sandbox/sandbox.ts";
import { missing } from "../support/scenario.ts";

const GITHUB_KEY = `ghp_${"g2".repeat(20)}`;
const GOOGLE_TOKEN = `ya29.${"a".repeat(60)}`;
const ACCESS_KEY_ID = "AKIAABCDEFGHIJKLMNOP";
const PYPI_KEY = `pypi-AgEIcHlwaS5vcmc${"x".repeat(60)}`;
const PLACEHOLDER = "authsome-proxy-managed";
const PYTHON = "/usr/bin/python3";

const HOSTS = [
  "api.github.com",
  "sts.us-east-1.amazonaws.com",
  "upload.pypi.org",
  "oauth2.googleapis.com",
  "storage.googleapis.com",
];

let asked: string[] = [];

/** Every server; it is told what it was given. */
async function internet(request: Request): Promise<Response> {
  const { host } = new URL(request.url);
  asked.push(`${host} ${request.headers.get("authorization")}`);
  await request.arrayBuffer();
  if (host === "api.github.com") {
    return Response.json({
      login: "octocat",
      data: { viewer: { login: "octocat" } },
    }, { headers: { "x-oauth-scopes": "repo, read:org" } });
  }
  if (host.startsWith("sts.")) {
    return new Response(
      "<GetCallerIdentityResponse xmlns='https://sts.amazonaws.com/doc/2011-06-15/'><GetCallerIdentityResult>" +
        "<Arn>arn:aws:iam::1:user/ann</Arn><UserId>U</UserId><Account>1</Account>" +
        "</GetCallerIdentityResult></GetCallerIdentityResponse>",
      { headers: { "content-type": "text/xml" } },
    );
  }
  return Response.json({ items: [] });
}

function clientTest(
  name: string,
  needs: string | false,
  body: (sandbox: Sandbox) => Promise<void>,
) {
  sandboxTest(
    name,
    { "github-pat": GITHUB_KEY, pypi: PYPI_KEY },
    HOSTS,
    internet,
    async (sandbox) => {
      asked = [];
      await body(sandbox);
    },
    needs,
  );
}

async function save(home: string, provider: string, credential: Credential) {
  await withBroker(home, ({ connections, clock }) =>
    connections.save({
      ...{ provider, name: "default", revision: 0, credential },
      state: "connected",
      createdAt: clock.now(),
      updatedAt: clock.now(),
    }));
}

clientTest(
  "gh is logged in by its file alone",
  await missing("gh"),
  async ({ sh }) => {
    const { code, stdout, stderr } = await sh(
      "unset GH_TOKEN GITHUB_TOKEN; gh auth status && gh api user",
    );
    expect({ code, login: stdout.includes('"login":"octocat"') })
      .toEqual({ code: 0, login: true });
    expect(stdout + stderr).toContain("hosts.yml");
    expect(new Set(asked))
      .toEqual(new Set([`api.github.com Bearer ${GITHUB_KEY}`]));
  },
);

clientTest(
  "the AWS CLI signs by its files alone",
  await missing("aws"),
  async ({ home, sh }) => {
    await save(home, "aws", {
      type: "api_key",
      fields: {
        access_key_id: new Secret(ACCESS_KEY_ID),
        secret_access_key: new Secret("s".repeat(40)),
      },
    });
    const { code, stdout } = await sh(
      "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN; aws sts get-caller-identity",
    );
    expect({ code, account: JSON.parse(stdout).Account })
      .toEqual({ code: 0, account: "1" });
    expect(asked[0]).toContain(`Credential=${ACCESS_KEY_ID}/`);
  },
);

const WHEEL = `
import zipfile
z = zipfile.ZipFile("demo-1.0-py3-none-any.whl", "w")
for name, text in {"METADATA": "Metadata-Version: 2.1\\nName: demo\\nVersion: 1.0\\n\\n",
                   "WHEEL": "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
                   "RECORD": ""}.items():
    z.writestr("demo-1.0.dist-info/" + name, text)
z.close()
`;

clientTest(
  "twine uploads by its file alone",
  await missing("twine") || await missing(PYTHON),
  async ({ work, sh }) => {
    Deno.writeTextFileSync(`${work}/wheel.py`, WHEEL);
    const { code, stderr } = await sh(
      `unset TWINE_PASSWORD; ${PYTHON} wheel.py && twine upload --non-interactive --disable-progress-bar *.whl`,
    );
    expect({ code, stderr: stderr.includes("ERROR") })
      .toEqual({ code: 0, stderr: false });
    expect(asked).toContain(
      `upload.pypi.org Basic ${btoa(`__token__:${PYPI_KEY}`)}`,
    );
  },
);

const ADC = `
import json, os, urllib.parse, urllib.request
home = os.environ["HOME"]
known = json.load(open(home + "/.config/gcloud/application_default_credentials.json"))
form = {"grant_type": "refresh_token", **{k: known[k] for k in ("client_id", "client_secret", "refresh_token")}}
answer = urllib.request.urlopen("https://oauth2.googleapis.com/token", urllib.parse.urlencode(form).encode())
token = json.load(answer)["access_token"]
request = urllib.request.Request("https://storage.googleapis.com/storage/v1/b?project=x",
                                 headers={"Authorization": "Bearer " + token})
print(token, urllib.request.urlopen(request).status)
`;
const ADC_LIBRARY = `
import google.auth
from google.auth.transport.requests import AuthorizedSession
credentials, _ = google.auth.default()
answer = AuthorizedSession(credentials).get("https://storage.googleapis.com/storage/v1/b?project=x")
print(credentials.token, answer.status_code)
`;

for (
  const [what, script, needs] of [
    ["a client as Google's", ADC, await missing(PYTHON)],
    [
      "google-auth",
      ADC_LIBRARY,
      await missing(PYTHON, "-c", "import google.auth, requests"),
    ],
  ] as const
) {
  clientTest(
    `${what} refreshes by gcloud's file, and nothing is sent to the token endpoint`,
    needs,
    async ({ home, work, sh }) => {
      await save(home, "google", {
        type: "oauth2",
        accessToken: new Secret(GOOGLE_TOKEN),
        refreshToken: new Secret("1//the-refresh-token"),
        scopes: [],
        requestedScopes: [],
        captured: {},
      });
      Deno.writeTextFileSync(`${work}/adc.py`, script);
      // The library also looks for a metadata service, which the run complains of.
      const { code, stdout } = await sh(`${PYTHON} adc.py`);
      expect({ code, stdout })
        .toEqual({ code: 0, stdout: `${PLACEHOLDER} 200\n` });
      expect(asked).toEqual([`storage.googleapis.com Bearer ${GOOGLE_TOKEN}`]);
    },
  );
}
