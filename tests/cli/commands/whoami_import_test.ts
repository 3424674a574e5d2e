// Keys that come from files are tried as those that are typed: the real program, a real server over TLS.
import { expect } from "expect";
import { test } from "node:test";
import {
  definitionOf,
  withWhoami,
} from "../../support/servers/whoami_service.ts";

const DEFINITION = definitionOf({ url: "/v1/me", account: "login" });

/** Knows one key. */
function api(request: Request): Response {
  return request.headers.get("authorization") === "Bearer key-good-1"
    ? Response.json({ login: "alice" })
    : new Response("", { status: 401 });
}

test("scan keeps the keys that work, and leaves the others where they are", () =>
  withWhoami(DEFINITION, api, async ({ run, cli }) => {
    const file = `${cli.session.work}/.env`;
    const scan = "authsome scan --provider acme --import --rewrite --yes";
    await Deno.writeTextFile(file, "ACME_API_KEY=key-bad-1\n");
    const bad = await run(scan);
    expect(bad.stderr).toContain(
      "acme (.env) is left out: the provider says 401, so it does not work",
    );
    expect(await Deno.readTextFile(file)).toBe("ACME_API_KEY=key-bad-1\n");
    expect((await run("authsome get acme")).code).toBe(3);
    await Deno.writeTextFile(file, "ACME_API_KEY=key-good-1\n");
    expect((await run(scan)).code).toBe(0);
    expect(await Deno.readTextFile(file)).toContain("authsome-proxy-managed");
    expect((await run("authsome get acme --field account")).stdout).toBe(
      "alice\n",
    );
  }));

test("import says whose the credentials are, and asks nobody before it is told to keep them", () =>
  withWhoami(DEFINITION, api, async ({ run, cli, asked }) => {
    const netrc = `${cli.session.work}/.netrc`;
    const write = (key: string) =>
      Deno.writeTextFile(
        netrc,
        `machine api.acme.com login me password ${key}\n`,
        {
          mode: 0o600,
        },
      );
    await write("key-bad-1");
    const words = "authsome import netrc --provider acme";
    await run(`${words} --dry-run`);
    expect(asked).toEqual([]);
    const bad = await run(`${words} --yes --json`);
    expect(JSON.parse(bad.stdout)).toMatchObject({
      imported: [],
      skipped: expect.arrayContaining([
        expect.objectContaining({
          provider: "acme",
          reason: "the provider says 401, so it does not work",
          hint: expect.stringContaining("--no-verify"),
        }),
      ]),
    });
    const unasked = await run(`${words} --yes --no-verify`);
    expect([unasked.code, asked.length]).toEqual([0, 1]);
    await write("key-good-1");
    const good = await run(`${words} --yes --force`);
    expect(good.stderr).toContain("Imported acme/default as alice.");
  }));
