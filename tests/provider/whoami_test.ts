// The rules of `whoami` in a definition: it asks nobody but who gets the credential anyway, and keeps no secret.
import { expect } from "expect";
import { test } from "node:test";
import type { AuthsomeError } from "../../lib/errors.ts";
import { parseDefinition } from "../../lib/provider/reading/parse.ts";
import { bundledProviders } from "../../providers/mod.ts";

const KEY = {
  schema_version: 1,
  name: "acme",
  display_name: "Acme",
  auth_type: "api_key",
  flow: "api_key",
  api_url: ["api.acme.com/v2", "regex:^[a-z]+\\.acme\\.net$"],
  exclude_hosts: ["login.acme.net"],
  extra_routes: [{
    api_url: "files.acme.com",
    inject: { kind: "header", name: "X-Key", value: "{api_key}" },
  }],
};

/** The field and the reason of the refusal, or `undefined`. */
function refusal(whoami: unknown, more: object = {}): string | undefined {
  try {
    const { warnings } = parseDefinition(
      JSON.stringify({ ...KEY, ...more, whoami }),
      { file: "acme.json" },
    );
    expect(warnings).toEqual([]);
  } catch (error) {
    return (error as AuthsomeError).message.replace("acme.json: ", "");
  }
}

test("whoami asks below api_url, on its patterns and on other routes", () => {
  for (
    const url of [
      "/me",
      "/me?fields=id,name",
      "api.acme.com/v2/me",
      "https://api.acme.com/v2/me",
      "eu.acme.net/me",
      "files.acme.com/me",
      ["api.acme.com/v2/me", "eu.acme.net/me"],
    ]
  ) expect([url, refusal({ url, account: "name" })]).toEqual([url, undefined]);
});

test("whoami asks no host, port, path or tenant that is not routed", () => {
  for (
    const url of [
      "evil.com/me",
      "https://api.acme.com.evil.com/v2/me",
      "api.acme.com/v1/me",
      "api.acme.com/v20/me",
      "api.acme.com:8443/v2/me",
      "eu.acme.net:8443/me",
      "login.acme.net/me",
      "x.login.acme.net/me",
      "{base_url_host}/v2/me",
      ["api.acme.com/v2/me", "evil.com/me"],
    ]
  ) {
    expect([url, refusal({ url })]).toEqual([
      url,
      '"whoami.url" is not served by api_url or extra_routes, so it would not get the credential',
    ]);
  }
});

test("an address of whoami has one reading", () => {
  for (
    const url of [
      "http://api.acme.com/v2/me",
      "https://me@api.acme.com/v2/me",
      "https://api.acme.com@evil.com/me",
      "api.acme.com\\@evil.com/me",
      "//evil.com/me",
      "/../me",
      "/v1/%2e%2e/me",
      "/a//b",
      "/a/./b",
      "/me#x",
      "/me\\..",
      "/m e",
      "regex:^.*$/me",
      "me",
      "",
    ]
  ) expect([url, refusal({ url })]).toEqual([url, expect.any(String)]);
});

test("whoami sends no credential of its own and no body with GET", () => {
  const url = "/me";
  const cases: [object, string][] = [
    [{ body: "{}" }, '"whoami.body" needs "method": "POST"'],
    [
      { headers: { Authorization: "x" } },
      '"whoami.headers.Authorization" may not be set',
    ],
    [{ headers: { Host: "x" } }, '"whoami.headers.Host" may not be set'],
    [{ headers: { "x-a": "a\r\nb" } }, "cannot be sent"],
    [{ method: "DELETE" }, '"whoami.method"'],
    [{ account: "data.access_token" }, "may not keep"],
    [{ account: ["name", "apiKey"] }, "may not keep"],
    [{ account: "a b" }, "is not a dotted path"],
    [{ prefix: "\u202e" }, "visible ASCII"],
  ];
  for (const [more, reason] of cases) {
    expect(refusal({ url, ...more })).toContain(reason);
  }
  expect(refusal({ url: "/{api_key}/me" })).toContain("no injection puts");
  expect(refusal({ url: "/bot{api_key}/me" }, {
    api_url: "api.acme.com",
    api_key: { inject: [{ kind: "path", template: "/bot{api_key}" }] },
  })).toBeUndefined();
});

test("every bundled whoami says where it is documented", () => {
  const asking: string[] = [];
  for (const name of bundledProviders.names) {
    const { whoami } = JSON.parse(bundledProviders.text(name)!);
    if (!whoami) continue;
    asking.push(name);
    expect([name, whoami.docs_url]).toEqual([
      name,
      expect.stringMatching(/^https:\/\//),
    ]);
  }
  expect(asking).toEqual(expect.arrayContaining(["github", "openai", "slack"]));
});
