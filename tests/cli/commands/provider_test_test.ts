// `provider test`: where a definition puts its credential, and what a real server says of it.
import { expect } from "expect";
import { test } from "node:test";
import {
  definitionOf,
  HOST,
  withWhoami,
} from "../../support/servers/whoami_service.ts";

const WHOAMI = { url: "/v1/me", account: "login", prefix: "@" };
const KEY = "key-canary-1";
const answer = (request: Request) =>
  request.headers.get("authorization") === `Bearer ${KEY}`
    ? Response.json({ login: "alice" })
    : Response.json({}, { status: 401 });

test("without a connection the request is shown and not sent; with one it is, once", () =>
  withWhoami(definitionOf(WHOAMI), answer, async ({ run, asked }) => {
    const before = await run("authsome provider test acme");
    expect(before.code).toBe(0);
    expect(before.stdout).toBe(
      `request  GET https://${HOST}/v1/me\nheader   Authorization: Bearer {api_key}\n`,
    );
    expect(before.stderr).toContain("authsome login acme");
    expect(asked).toEqual([]);

    await run("authsome login acme --stdin --no-verify", {
      stdin: `${KEY}\n`,
    });
    const tried = await run("authsome provider test acme");
    expect(tried).toMatchObject({ code: 0, stderr: "" });
    expect(tried.stdout).toMatch(/^connection +acme\/default$/m);
    expect(tried.stdout).toMatch(/^answer +200$/m);
    expect(tried.stdout).toMatch(/^account +@alice$/m);
    expect(asked.length).toBe(1);
    const dry = await run("authsome provider test acme --dry-run --json");
    expect(JSON.parse(dry.stdout)).toMatchObject({
      provider: "acme",
      connection_name: "default",
      method: "GET",
      status: null,
      verdict: null,
    });
    expect(asked.length).toBe(1);
    expect(before.stdout + tried.stdout + dry.stdout).not.toContain(KEY);
  }));

test("a credential that is refused is exit code 5, whatever is asked for", () =>
  withWhoami(definitionOf(WHOAMI), answer, async ({ run, asked }) => {
    await run("authsome login acme --stdin --no-verify", {
      stdin: "key-bad\n",
    });
    for (const url of ["", `https://${HOST}/v1/other?x=1`]) {
      const { code, stdout, stderr } = await run(
        `authsome provider test acme ${url}`,
      );
      expect(code).toBe(5);
      expect(stdout).toMatch(/^answer +401$/m);
      expect(stderr).toContain("the provider says 401");
      expect(stderr).toContain("authsome login acme --force");
      expect(stdout + stderr).not.toContain("key-bad");
    }
    expect(asked.map(({ path }) => path)).toEqual(["/v1/me", "/v1/other?x=1"]);
  }));

test("what gets no credential is not sent, and nor is what would make one", () =>
  withWhoami(
    {
      ...definitionOf(WHOAMI),
      minting: [{
        method: "POST",
        path: "/v1/keys",
        reason: "a key",
        source: "https://acme.test",
      }],
    },
    answer,
    async ({ run, asked }) => {
      await run("authsome login acme --stdin --no-verify", {
        stdin: `${KEY}\n`,
      });
      for (
        const [args, why] of [
          ["https://example.com/v1/me", "none of its places"],
          [`http://${HOST}/v1/me`, "none of its places"],
          [`https://${HOST}/v1/keys --method POST`, "a new credential"],
          ["ftp://x", "not one of https or http"],
        ]
      ) {
        const { code, stdout, stderr } = await run(
          `authsome provider test acme ${args}`,
        );
        expect([code !== 0, stdout]).toEqual([true, ""]);
        expect(stderr).toContain(why);
      }
      expect(asked).toEqual([]);
    },
  ));
