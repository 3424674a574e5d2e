// Whose account it is: the real program asks a real server over TLS, through a definition of the person's own.
import { expect } from "expect";
import { test } from "node:test";
import { fillKeyForm } from "../../support/browser/login_page.ts";
import {
  definitionOf,
  HOST,
  withWhoami,
} from "../../support/servers/whoami_service.ts";

const WHOAMI = { url: "/v1/me?verbose=1", account: "user.login", prefix: "@" };
const LOGIN = "authsome login acme --stdin --json";
const alice = () => Response.json({ user: { login: "alice" } });
const unauthorized = () => Response.json({ error: "no" }, { status: 401 });

test("the account is asked for once, with the key, and shown from then on", () =>
  withWhoami(definitionOf(WHOAMI), alice, async ({ run, asked }) => {
    const login = await run(LOGIN, { stdin: "key-canary-1\n" });
    expect([login.code, JSON.parse(login.stdout)]).toEqual([
      0,
      expect.objectContaining({
        provider: "acme",
        connection_name: "default",
        account: "@alice",
        verified_at: expect.stringMatching(/^\d{4}-.*Z$/),
      }),
    ]);
    expect(asked.map(({ method, path, headers }) => [
      method,
      path,
      headers.get("authorization"),
      headers.get("accept"),
    ])).toEqual([
      ["GET", "/v1/me?verbose=1", "Bearer key-canary-1", "application/json"],
    ]);
    expect((await run("authsome get acme --field account")).stdout).toBe(
      "@alice\n",
    );
    expect((await run("authsome get acme")).stdout).toMatch(
      /^account +@alice$/m,
    );
    const listed = JSON.parse(
      (await run("authsome list --connected --json")).stdout,
    );
    expect(listed.custom[0].connections[0].account).toBe("@alice");
    expect((await run("authsome list --connected")).stdout).toContain(
      "default (@alice)",
    );
    const inspected = JSON.parse(
      (await run("authsome inspect acme --json")).stdout,
    );
    expect(JSON.stringify(inspected)).toContain('"account":"@alice"');
    // Nothing of that asked again, and the audit log has the one request.
    expect(asked.length).toBe(1);
    const { entries } = JSON.parse((await run("authsome log --json")).stdout);
    expect(entries[1]).toMatchObject({
      event: "inject",
      provider: "acme",
      connection: "default",
      ok: true,
      host: HOST,
      path: "/v1/me",
      status: 200,
    });
  }));

test("a person reads whose account it is, in the terminal and in the form", () =>
  withWhoami(definitionOf(WHOAMI), alice, async ({ cli }) => {
    const login = cli.start(
      "AUTHSOME_NO_VERIFY= authsome login acme --connection work --timeout 60",
    );
    expect(await fillKeyForm(await login.url, "key-canary-1")).toContain(
      "@alice",
    );
    expect((await login.done).stdout).toBe("Connected acme/work as @alice\n");
  }));

test("a key that the provider calls invalid is not stored, and replaces nothing", () =>
  withWhoami(
    definitionOf(WHOAMI),
    (request) =>
      request.headers.get("authorization") === "Bearer key-good-1"
        ? alice()
        : unauthorized(),
    async ({ run }) => {
      const bad = await run("authsome login acme --stdin", {
        stdin: "key-bad-1\n",
      });
      expect([bad.code, bad.stdout, bad.stderr]).toEqual([
        2,
        "",
        expect.stringContaining("says 401"),
      ]);
      expect(bad.stderr).toContain("Nothing was stored");
      expect(bad.stderr).toContain("authsome login acme --no-verify");
      expect(bad.stderr).not.toContain("key-bad");
      expect((await run("authsome get acme")).code).toBe(3);
      await run(LOGIN, { stdin: "key-good-1\n" });
      const again = await run("authsome login acme --stdin --force", {
        stdin: "key-bad-2\n",
      });
      expect([again.code, again.stderr]).toEqual([
        2,
        expect.stringContaining("is as it was"),
      ]);
      const kept = await run(
        "authsome get acme --field api_key --show-secret",
      );
      expect(kept.stdout).toBe("key-good-1\n");
      const json = await run(`${LOGIN} --force`, { stdin: "key-bad-2\n" });
      expect([json.code, JSON.parse(json.stdout).error]).toEqual([
        2,
        "AuthenticationFailed",
      ]);
    },
  ));

test("--no-verify and AUTHSOME_NO_VERIFY ask nobody and forget the account before", () =>
  withWhoami(definitionOf(WHOAMI), alice, async ({ run, asked }) => {
    await run(LOGIN, { stdin: "key-1\n" });
    const unasked = await run(`${LOGIN} --force --no-verify`, {
      stdin: "key-2\n",
    });
    expect(Object.keys(JSON.parse(unasked.stdout))).not.toContain("account");
    expect((await run("authsome get acme --field account")).stdout).toBe("\n");
    const env = { AUTHSOME_NO_VERIFY: "1" };
    await run(`${LOGIN} --force`, { stdin: "key-3\n", env });
    expect(asked.length).toBe(1);
  }));

test("an answer that is neither yes nor no fails nothing and is said", async () => {
  const answers: [string, () => Response, string][] = [
    ["5xx", () => new Response("", { status: 503 }), "acme says 503"],
    ["403", () => new Response("", { status: 403 }), "acme says 403"],
    [
      "no JSON",
      () => new Response("<html>"),
      "the response of acme is not JSON",
    ],
    [
      "no name",
      () => Response.json([]),
      "the response of acme names no account",
    ],
    [
      "redirect",
      () => Response.redirect("https://other.acme.com/v1/me"),
      "acme redirects elsewhere",
    ],
    [
      "long",
      () => new Response(JSON.stringify({ a: "x".repeat(400_000) })),
      "the response of acme is too long",
    ],
  ];
  for (const [name, answer, why] of answers) {
    await withWhoami(definitionOf(WHOAMI), answer, async (session) => {
      const { code, stderr } = await session.run(
        "authsome login acme --stdin",
        {
          stdin: "key-1\n",
        },
      );
      expect([name, code, stderr]).toEqual([
        name,
        0,
        expect.stringContaining(`Not verified: ${why}.`),
      ]);
      // A redirect is not followed.
      expect(session.asked.length).toBe(1);
      expect([...new Set(session.tunnels)]).toEqual([`${HOST}:443`]);
    });
  }
});

test("a check without a name says that the key works", () =>
  withWhoami(
    definitionOf({ url: `${HOST}/v1/models` }),
    () => Response.json({ data: [] }),
    async ({ cli }) => {
      const login = cli.start(
        "AUTHSOME_NO_VERIFY= authsome login acme --timeout 60",
      );
      await fillKeyForm(await login.url, "key-canary-1");
      const { stdout, stderr } = await login.done;
      expect(stdout).toBe("Connected acme/default\n");
      expect(stderr).toContain("The provider accepts this key.");
    },
  ));

test("a GraphQL query is posted, and an error with status 200 is one", () =>
  withWhoami(
    definitionOf({
      method: "POST",
      url: "/graphql",
      headers: { "X-Version": "2" },
      body: '{"query":"{ viewer { name } }"}',
      account: ["data.viewer.name", "data.viewer.email"],
      refused: {
        status: [200],
        error: "error",
        values: ["invalid_auth"],
      },
    }),
    (request) =>
      Response.json(
        request.headers.get("authorization") === "Bearer key-good-1"
          ? { data: { viewer: { name: "", email: "a@acme.com" } } }
          : { error: "invalid_auth" },
      ),
    async ({ run, asked }) => {
      const good = await run(LOGIN, { stdin: "key-good-1\n" });
      expect(JSON.parse(good.stdout).account).toBe("a@acme.com");
      const [{ method, path, headers, body } = asked[0]!] = asked;
      expect([method, path, body]).toEqual([
        "POST",
        "/graphql",
        '{"query":"{ viewer { name } }"}',
      ]);
      expect([headers.get("content-type"), headers.get("x-version")]).toEqual([
        "application/json",
        "2",
      ]);
      const bad = await run(`${LOGIN} --force`, { stdin: "key-bad-1\n" });
      expect([bad.code, JSON.parse(bad.stdout).message]).toEqual([
        2,
        expect.stringContaining("says invalid_auth"),
      ]);
    },
  ));

test("a login in the background asks too", () =>
  withWhoami(definitionOf(WHOAMI), alice, async ({ run }) => {
    const started = await run("authsome login acme --detach --timeout 60");
    const { url, login_id } = JSON.parse(started.stdout);
    await fillKeyForm(url, "key-canary-1");
    const ended = await run(`authsome login --resume ${login_id}`);
    expect(ended.stdout).toBe("Connected acme/default as @alice\n");
  }));

test("Ctrl-C ends a login whose provider does not answer", async () => {
  const { promise: late, resolve: end } = Promise.withResolvers<void>();
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  await withWhoami(
    definitionOf(WHOAMI),
    async () => {
      arrive();
      await late;
      return alice();
    },
    async ({ cli, run }) => {
      const login = cli.start(
        "AUTHSOME_NO_VERIFY= sh -c 'echo $$ > pid; exec authsome login acme --stdin'",
      );
      await login.type("key-1");
      await arrived;
      const pid = await Deno.readTextFile(`${cli.session.work}/pid`);
      Deno.kill(Number(pid), "SIGINT");
      expect((await login.done).code).toBe(130);
      expect((await run("authsome get acme")).code).toBe(3);
      end();
    },
  );
});
