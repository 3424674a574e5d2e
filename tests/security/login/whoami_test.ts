// A provider that lies about whose key it was given, and a definition that would ask a stranger.
import { expect } from "expect";
import { test } from "node:test";
import { fillKeyForm } from "../../support/browser/login_page.ts";
import {
  definitionOf,
  withWhoami,
} from "../../support/servers/whoami_service.ts";
import { missing } from "../../support/missing.ts";

const WHOAMI = { url: "/v1/me", account: "login", prefix: "@" };
const KEY = "key-canary-0123456789";

test("a definition that asks a host without the credential is refused, and the review shows who is asked", () =>
  withWhoami(
    definitionOf(undefined),
    () => Response.json({}),
    async ({ run }) => {
      const register = (whoami: Record<string, unknown>, words = "") =>
        run(`authsome register - --allow-private --force ${words}`, {
          stdin: JSON.stringify(definitionOf(whoami)),
        });
      const stranger = await register(
        { url: "collector.example.com/me" },
        "--yes",
      );
      expect([stranger.code, stranger.stderr]).toEqual([
        4,
        expect.stringContaining('"whoami.url" is not served by api_url'),
      ]);
      const known = await register(
        { method: "POST", url: "/v1/me", body: "{}" },
        "--yes",
      );
      expect(known.code).toBe(0);
      expect(known.stderr).toMatch(
        /A login asks, with its credential:\n +POST \/v1\/me \{\}/,
      );
    },
  ));

test("a hostile name neither steers a terminal nor passes for another", () =>
  withWhoami(
    definitionOf(WHOAMI),
    () =>
      Response.json({
        login: "\u001b]0;owned\u0007\u0430dmin\u202e\n<b onload=x>",
      }),
    async ({ cli, run }) => {
      const shown = "@\\u{1b}]0;owned\\u{7}\\u{430}dmin\\u{202e} <b onload=x>";
      const login = cli.start(
        "AUTHSOME_NO_VERIFY= authsome login acme --timeout 60",
      );
      const page = await fillKeyForm(await login.url, KEY);
      expect(page).toContain("&lt;b onload=x&gt;");
      expect(page).not.toContain("\u001b");
      expect((await login.done).stdout).toBe(
        `Connected acme/default as ${shown}\n`,
      );
      const get = await run("authsome get acme --field account");
      expect(get.stdout).toBe(`${shown}\n`);
      const list = await run("authsome list --connected --json");
      expect(JSON.parse(list.stdout).custom[0].connections[0].account).toBe(
        shown,
      );
    },
  ));

test("a provider that answers with the key gets it nowhere", () =>
  withWhoami(
    definitionOf(WHOAMI),
    () => Response.json({ login: `me ${KEY}` }),
    async ({ run, cli }) => {
      const login = await run("authsome login acme --stdin --json", {
        stdin: `${KEY}\n`,
      });
      const get = await run("authsome get acme --json");
      const audit = await Deno.readTextFile(
        `${cli.session.work}/home/audit.log`,
      );
      expect(login.code).toBe(0);
      expect([login.stdout, login.stderr, get.stdout, audit].join("\n"))
        .not.toContain("canary");
      expect(login.stderr).toContain("names no account");
    },
  ));

test(
  "on a terminal a wrong key is said to be one, and the right one says whose it is",
  {
    skip: await missing("script"),
  },
  () =>
    withWhoami(
      definitionOf(WHOAMI),
      ({ headers }) =>
        headers.get("authorization") === `Bearer ${KEY}`
          ? Response.json({ login: "alice" })
          : new Response("", { status: 401 }),
      async ({ cli, run }) => {
        const type = async (key: string) => {
          const login = cli.start(
            "AUTHSOME_NO_VERIFY= script -qec 'stty cols 120; authsome login acme' /dev/null",
          );
          await login.shows("API key");
          await login.type(key, "\r");
          return await login.done;
        };
        const wrong = await type("key-of-nobody-1");
        expect([wrong.code, wrong.stdout]).toEqual([
          2,
          expect.stringContaining("the provider says 401"),
        ]);
        expect((await run("authsome get acme")).code).toBe(3);
        const right = await type(KEY);
        expect([right.code, right.stdout]).toEqual([
          0,
          expect.stringContaining("Connected acme/default as @alice"),
        ]);
      },
    ),
);
