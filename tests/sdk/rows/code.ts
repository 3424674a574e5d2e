/** Where code lives, is built and runs. @module */
import { verifySignature } from "../../support/servers/sigv4_verifier.ts";
import { CONNECTIONS } from "../connections.ts";
import type { Arrived, Row } from "../row.ts";

const BEARER = { headers: { authorization: "Bearer {api_key}" } };

export const CODE: readonly Row[] = [
  {
    provider: "github-pat",
    from: "npm",
    package: "octokit",
    program: `
import { Octokit } from "octokit";
const octokit = new Octokit({ auth: process.env.GITHUB_TOKEN });
console.log((await octokit.rest.users.getAuthenticated()).data.login);`,
    request: "GET https://api.github.com/user",
    arrives: BEARER,
    answer: { login: "hello" },
    prints: "hello",
  },
  {
    provider: "github-pat",
    from: "pypi",
    package: "PyGithub",
    program: `
import os
from github import Auth, Github
print(Github(auth=Auth.Token(os.environ["GITHUB_TOKEN"])).get_user().login)`,
    request: "GET https://api.github.com/user",
    arrives: BEARER,
    answer: { login: "hello" },
    prints: "hello",
  },
  {
    provider: "gitlab-pat",
    from: "npm",
    package: "@gitbeaker/rest",
    program: `
import { Gitlab } from "@gitbeaker/rest";
console.log((await new Gitlab({ token: process.env.GITLAB_TOKEN }).Users.showCurrentUser()).username);`,
    request: "GET https://gitlab.com/api/v4/user",
    arrives: { headers: { "private-token": "{api_key}" } },
    answer: { username: "hello" },
    prints: "hello",
  },
  {
    provider: "gitlab-pat",
    from: "pypi",
    package: "python-gitlab",
    program: `
import os
import gitlab
client = gitlab.Gitlab(private_token=os.environ["GITLAB_TOKEN"])
client.auth()
print(client.user.username)`,
    request: "GET https://gitlab.com/api/v4/user",
    arrives: { headers: { "private-token": "{api_key}" } },
    answer: { id: 1, username: "hello" },
    prints: "hello",
  },
  {
    provider: "linear-api-key",
    from: "npm",
    package: "@linear/sdk",
    program: `
import { LinearClient } from "@linear/sdk";
console.log((await new LinearClient({ apiKey: process.env.LINEAR_API_KEY }).viewer).name);`,
    request: "POST https://api.linear.app/graphql",
    arrives: { headers: { authorization: "{api_key}" } },
    answer: { data: { viewer: { id: "1", name: "hello" } } },
    prints: "hello",
  },
  {
    provider: "shortcut",
    from: "npm",
    package: "@shortcut/client",
    program: `
import { ShortcutClient } from "@shortcut/client";
console.log((await new ShortcutClient(process.env.SHORTCUT_API_TOKEN).getCurrentMemberInfo()).data.name);`,
    request: "GET https://api.app.shortcut.com/api/v3/member",
    arrives: { headers: { "shortcut-token": "{api_key}" } },
    answer: { id: "1", name: "hello" },
    prints: "hello",
  },
  {
    provider: "vercel",
    from: "npm",
    package: "@vercel/sdk",
    program: `
import { Vercel } from "@vercel/sdk";
const vercel = new Vercel({ bearerToken: process.env.VERCEL_TOKEN });
console.log((await vercel.projects.getProjects({})).projects?.length ?? "hello");`,
    request: "GET https://api.vercel.com/v10/projects",
    arrives: BEARER,
    answer: { projects: [], pagination: { count: 0, next: null, prev: null } },
    prints: "0",
  },
  {
    provider: "vercel",
    from: "npm",
    package: "vercel",
    command: ["dist/index.js", "whoami"],
    // On Node 26 its HTTP client fails behind any proxy.
    olderNode: true,
    env: { VERCEL_TELEMETRY_DISABLED: "1" },
    request: "GET https://api.vercel.com/v2/user",
    arrives: BEARER,
    answer: {
      user: {
        id: "1",
        email: "a@example.com",
        username: "hello",
        version: "northstar",
      },
    },
    prints: "hello",
  },
  {
    provider: "cloudflare",
    from: "npm",
    package: "cloudflare",
    program: `
import Cloudflare from "cloudflare";
console.log((await new Cloudflare().zones.list()).result[0].name);`,
    request: "GET https://api.cloudflare.com/client/v4/zones",
    arrives: BEARER,
    answer: {
      success: true,
      errors: [],
      messages: [],
      result: [{ id: "1", name: "hello" }],
    },
    prints: "hello",
  },
  {
    provider: "cloudflare",
    from: "pypi",
    package: "cloudflare",
    program: `
from cloudflare import Cloudflare
print(Cloudflare().zones.list().result[0].name)`,
    request: "GET https://api.cloudflare.com/client/v4/zones",
    arrives: BEARER,
    answer: {
      success: true,
      errors: [],
      messages: [],
      result: [{ id: "1", name: "hello" }],
    },
    prints: "hello",
  },
  {
    provider: "supabase",
    from: "npm",
    package: "@supabase/cli-linux-x64",
    command: ["bin/supabase", "projects", "list"],
    native: true,
    writes: ".supabase",
    request: "GET https://api.supabase.com/v1/projects",
    arrives: BEARER,
    answer: [{
      id: "abcdefghijklmnopqrst",
      ref: "abcdefghijklmnopqrst",
      organization_id: "org",
      organization_slug: "org",
      name: "hello",
      region: "eu-west-1",
      created_at: "2026-01-01T00:00:00Z",
      status: "ACTIVE_HEALTHY",
      database: {
        host: "h",
        version: "15",
        postgres_engine: "15",
        release_channel: "ga",
      },
    }],
    prints: "hello",
  },
  {
    provider: "neon",
    from: "npm",
    package: "neonctl",
    command: ["bin/cli.js", "me", "--output", "json", "--no-analytics"],
    request: "GET https://console.neon.tech/api/v2/users/me",
    arrives: BEARER,
    answer: {
      id: "1",
      login: "hello",
      email: "a@example.com",
      name: "hello",
      last_name: "",
      image: "",
      projects_limit: 1,
      branches_limit: 1,
      max_autoscaling_limit: 1,
      plan: "free",
      auth_accounts: [],
    },
    prints: "hello",
  },
  {
    provider: "netlify",
    from: "npm",
    package: "@netlify/api",
    program: `
import { NetlifyAPI } from "@netlify/api";
console.log((await new NetlifyAPI(process.env.NETLIFY_AUTH_TOKEN).getCurrentUser()).slug);`,
    request: "GET https://api.netlify.com/api/v1/user",
    arrives: BEARER,
    answer: { id: "1", slug: "hello" },
    prints: "hello",
  },
  {
    provider: "digitalocean",
    from: "pypi",
    package: "pydo",
    program: `
import os
from pydo import Client
print(Client(token=os.environ["DIGITALOCEAN_TOKEN"]).account.get()["account"]["name"])`,
    request: "GET https://api.digitalocean.com/v2/account",
    arrives: BEARER,
    answer: { account: { name: "hello" } },
    prints: "hello",
  },
  {
    provider: "aws",
    from: "pypi",
    package: "boto3",
    program: `
import boto3
print(boto3.client("sts", region_name="us-east-1").get_caller_identity()["Account"])`,
    request: "POST https://sts.us-east-1.amazonaws.com/",
    // The signature is checked by the answer.
    arrives: {
      headers: {
        authorization: "AWS4-HMAC-SHA256 Credential={access_key_id}/*",
      },
    },
    answer({ method, url, headers, body }: Arrived) {
      const { access_key_id, secret_access_key } = CONNECTIONS.aws!.fields;
      const target = url.pathname + url.search;
      verifySignature(
        { method, target, headers: new Map(headers), body },
        { [access_key_id!]: secret_access_key! },
      );
      return "<GetCallerIdentityResponse xmlns='https://sts.amazonaws.com/doc/2011-06-15/'><GetCallerIdentityResult>" +
        "<Account>hello</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
    },
    prints: "hello",
  },
  {
    provider: "pypi",
    from: "pypi",
    package: "twine",
    program: `
import io, tarfile
from twine.cli import dispatch
text = b"Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0.0\\n"
with tarfile.open("tiny-1.0.0.tar.gz", "w:gz") as archive:
    info = tarfile.TarInfo("tiny-1.0.0/PKG-INFO")
    info.size = len(text)
    archive.addfile(info, io.BytesIO(text))
    archive.addfile(tarfile.TarInfo("tiny-1.0.0/tiny.py"))
dispatch(["upload", "--non-interactive", "--disable-progress-bar", "tiny-1.0.0.tar.gz"])
print("hello")`,
    request: "POST https://upload.pypi.org/legacy/",
    hosts: ["pypi.org"],
    arrives: { headers: { authorization: "Basic __token__:{api_key}" } },
    answer: "",
    prints: "hello",
  },
];
