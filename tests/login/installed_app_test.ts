import { expect } from "expect";
import { test } from "node:test";
import { inspect } from "node:util";
import { gitRemote } from "../../lib/host/home/git_remote.ts";
import { flow as manifestFlow } from "../../lib/login/flows/app_manifest.ts";
import { flow } from "../../lib/login/flows/installed_app.ts";
import { repositoryAt } from "../../lib/login/git_origin.ts";
import { apiOf } from "../../lib/mint/github_api.ts";
import type { OAuth2Credential } from "../../lib/oauth/credential.ts";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import { endpointOf } from "../../lib/provider/tenant.ts";
import { Secret } from "../../lib/secret.ts";
import { bundledProviders } from "../../providers/mod.ts";
import { flowRequest } from "../support/fakes/flow_request.ts";
import { rsaKey } from "../support/rsa_key.ts";
import {
  type FakeGithub,
  withFakeGithub,
} from "../support/servers/fake_github.ts";
import { REDIRECT_URI } from "../support/servers/authorization_server.ts";
import { withHome } from "../support/home.ts";

async function run(
  github: FakeGithub,
  change: Record<string, string> = {},
  origin?: string,
): Promise<OAuth2Credential> {
  const request = flowRequest(github.definition, {
    gitOrigin: () => Promise.resolve(origin),
  });
  const answers = { app_id: "12345", private_key: github.pem, ...change };
  const { credential } = await flow.run({
    ...request,
    conversation: {
      ...request.conversation,
      askSecrets: () =>
        Promise.resolve(Object.fromEntries(
          Object.entries(answers).map(([name, value]) => [
            name,
            new Secret(value),
          ]),
        )),
    },
  });
  return credential as OAuth2Credential;
}

test("an app's key gets a token of its installation, which expires", async () => {
  await withFakeGithub(async (github) => {
    const credential = await run(github);
    expect(credential.accessToken.reveal()).toBe("ghs_1");
    expect(credential).toMatchObject({
      scopes: ["contents:write", "metadata:read"],
      captured: { account: "acme", app_id: "12345" },
    });
    expect(credential.expiresAt! - Date.now()).toBeGreaterThan(3_500_000);
    expect(github.minted).toEqual([{ id: "67890", body: {} }]);
    expect(credential.source!.private_key!.reveal()).toBe(github.pem);
  });
});

test("an installation is named by number, account or repository, or by the working folder", async () => {
  await withFakeGithub(async (github) => {
    github.installations = { 1: "acme", 2: "other" };
    const host = new URL(github.origin).hostname;
    for (
      const [installation, origin, minted] of [
        ["2", undefined, { id: "2", body: {} }],
        ["acme", undefined, { id: "1", body: {} }],
        ["acme/tools", undefined, {
          id: "1",
          body: { repositories: ["tools"] },
        }],
        [undefined, `git@${host}:other/site.git`, {
          id: "2",
          body: { repositories: ["site"] },
        }],
        // What the person says comes first.
        ["1", `git@${host}:other/site.git`, { id: "1", body: {} }],
      ] as const
    ) {
      const credential = await run(
        github,
        installation ? { installation } : {},
        origin,
      );
      expect(github.minted.at(-1)).toEqual(minted);
      if (origin && !installation) {
        expect(credential.captured.account).toBe("other/site");
        expect(credential.source!.installation!.reveal()).toBe("other/site");
      }
    }
    // A folder of another server says nothing, and two cannot be told apart.
    await expect(run(github, {}, "https://github.com/acme/tools"))
      .rejects.toMatchObject({
        code: "Usage",
        message: expect.stringContaining("acme, other"),
      });
    for (
      const installation of ["acme/tools/more", "../acme", "a b", "acme/.."]
    ) {
      await expect(run(github, { installation })).rejects.toMatchObject({
        code: "Usage",
      });
    }
    await expect(run(github, { installation: "nobody" })).rejects
      .toMatchObject({ message: expect.stringContaining("not installed") });
  });
});

test("a key of another app is refused, and neither key nor token is quoted", async () => {
  await withFakeGithub(async (github) => {
    const failed = await run(github, { private_key: rsaKey().pkcs1 })
      .catch((error) => error);
    expect(failed).toMatchObject({ code: "AuthenticationFailed", status: 401 });
    const text = inspect(failed, { depth: 9 });
    expect(text).not.toMatch(/eyJ|PRIVATE KEY/);
    expect(text).toContain("[redacted]");
  });
});

test("the API is that of the base URL, and a token of another server is revoked nowhere", () => {
  const definition: ProviderDefinition = JSON.parse(
    bundledProviders.text("github-app")!,
  );
  for (
    const [baseUrl, api] of [
      [undefined, "https://api.github.com/x"],
      ["https://acme.ghe.com", "https://api.acme.ghe.com/x"],
      ["https://github.example.com", "https://github.example.com/api/v3/x"],
      [
        "https://github.com.example.com",
        "https://github.com.example.com/api/v3/x",
      ],
    ] as const
  ) {
    expect(apiOf({ definition, ...baseUrl ? { baseUrl } : {} }, "/x").href)
      .toBe(api);
  }
  const { revocation_url } = definition.oauth!;
  expect(endpointOf(definition, revocation_url, undefined)).toBe(
    revocation_url,
  );
  expect(endpointOf(definition, revocation_url, "https://github.example.com"))
    .toBeUndefined();
});

test("a remote names a repository of its host alone", () => {
  for (
    const [remote, found] of [
      ["https://github.com/acme/tools.git", "acme/tools"],
      ["https://github.com/acme/tools/", "acme/tools"],
      ["https://user:word@github.com/acme/tools", "acme/tools"],
      ["git@github.com:acme/tools.git", "acme/tools"],
      ["github.com:acme/to.ols", "acme/to.ols"],
      ["ssh://git@github.com/acme/tools.git", "acme/tools"],
      ["ssh://git@ssh.github.com:443/acme/tools.git", "acme/tools"],
      ["https://github.com.evil.com/acme/tools", undefined],
      ["https://evil.com/github.com/acme", undefined],
      ["git@evil.com:acme/tools", undefined],
      ["https://github.com/acme", undefined],
      ["https://github.com/acme/tools/tree", undefined],
      ["/srv/git/tools.git", undefined],
      ["file:///acme/tools", undefined],
      ["ext::sh -c true", undefined],
      [undefined, undefined],
    ] as const
  ) {
    expect([remote, repositoryAt("github.com", remote)]).toEqual([
      remote,
      found,
    ]);
  }
});

test("the origin is read from a folder in a repository or a worktree, and no git is run", async () => {
  await withHome(async (home) => {
    const write = async (path: string, text: string) => {
      await Deno.mkdir(`${home}/${path}`.replace(/\/[^/]*$/, ""), {
        recursive: true,
      });
      await Deno.writeTextFile(`${home}/${path}`, text);
    };
    await write(
      "repo/.git/config",
      `[core]\n\tfsmonitor = touch ${home}/ran\n[remote "fork"]\n\turl = https://x.com/a/b\n[remote "origin"]\n\turl = https://github.com/acme/tools.git\n`,
    );
    await write("repo/src/deep/file", "");
    await write("repo/.git/worktrees/w/commondir", "../..\n");
    await write("w/.git", `gitdir: ${home}/repo/.git/worktrees/w\n`);
    const origin = "https://github.com/acme/tools.git";
    expect(gitRemote(`${home}/repo/src/deep`)).toBe(origin);
    expect(gitRemote(`${home}/w`)).toBe(origin);
    expect(gitRemote(home)).toBeUndefined();
    await write("none/.git/config", "[core]\n");
    expect(gitRemote(`${home}/none`)).toBeUndefined();
    await expect(Deno.stat(`${home}/ran`)).rejects.toThrow();
  });
});

/** Makes the app as a person would who follows every page; `code` and `installed` are what GitHub sends back. */
async function runManifest(
  github: FakeGithub,
  options: {
    scopes?: string[];
    code?: string;
    installed?: (url: URL) => URLSearchParams[];
  } = {},
) {
  github.conversions.push("manifest-code");
  const manifests: { url: string; manifest: Record<string, unknown> }[] = [];
  const request = flowRequest(github.definition, {
    ...options.scopes ? { scopes: options.scopes } : {},
    person: (url, post) => {
      if (!post) {
        return Promise.resolve(
          options.installed?.(url) ?? [
            new URLSearchParams({ installation_id: "x", state: "forged" }),
            new URLSearchParams({
              installation_id: "67890",
              setup_action: "install",
              state: url.searchParams.get("state")!,
            }),
          ],
        );
      }
      manifests.push({
        url: `${url.origin}${url.pathname}`,
        manifest: JSON.parse(post.manifest!),
      });
      const state = url.searchParams.get("state")!;
      const code = options.code ?? "manifest-code";
      return Promise.resolve([
        new URLSearchParams({ code: "stolen", state: "forged" }),
        new URLSearchParams({ code, state }),
      ]);
    },
  });
  const { credential } = await manifestFlow.run(request);
  return {
    credential: credential as OAuth2Credential,
    manifests,
    heard: request.heard,
  };
}

test("an app is made from a manifest, installed, and gets tokens", async () => {
  await withFakeGithub(async (github) => {
    const { credential, manifests, heard } = await runManifest(github);
    expect(manifests).toMatchObject([{
      url: `${github.origin}/settings/apps/new`,
      manifest: {
        redirect_url: REDIRECT_URI,
        setup_url: REDIRECT_URI,
        public: false,
        hook_attributes: { active: false },
        default_permissions: { contents: "write", metadata: "read" },
      },
    }]);
    expect(heard.urls[1]!.href).toMatch(
      `${github.origin}/apps/acme-agents/installations/new?state=`,
    );
    expect(heard.ignored.length).toBe(2);
    expect(credential.accessToken.reveal()).toBe("ghs_1");
    expect(github.minted).toEqual([{ id: "67890", body: {} }]);
    expect(credential.source!.private_key!.reveal()).toBe(github.pem);
    // What the app has besides is not kept.
    expect(Object.keys(credential.source!).sort()).toEqual([
      "app_id",
      "installation",
      "private_key",
    ]);
    expect(JSON.stringify(heard.said)).not.toMatch(/canary|PRIVATE KEY/);
  });
});

test("permissions are those that were asked for; a code works once", async () => {
  await withFakeGithub(async (github) => {
    const { manifests } = await runManifest(github, {
      scopes: ["issues:read"],
    });
    expect(manifests[0]!.manifest.default_permissions).toEqual({
      issues: "read",
    });
    await expect(runManifest(github, { scopes: ["repo"] })).rejects
      .toMatchObject({ code: "Usage" });
    const failed = await runManifest(github, { code: "code-canary" })
      .catch((error) => error);
    expect(failed).toMatchObject({ code: "AuthenticationFailed", status: 404 });
    expect(inspect(failed, { depth: 9 })).not.toContain("canary");
  });
});
