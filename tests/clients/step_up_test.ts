// A token that lacks a scope: the person is told the login that asks for it, and that login works as printed.
import { expect } from "expect";
import { test } from "node:test";
import { freePort } from "../support/free_port.ts";
import { cliCommand } from "../support/program.ts";
import { missing } from "../support/missing.ts";
import type { Scenario } from "../support/scenario.ts";
import { type Acme, ACME_URL, withAcme } from "../support/rejecting_api.ts";

const skip = await missing("curl");
const RUN = ["run", "--", "curl", "-s", ACME_URL, ACME_URL];
const LOGIN = "authsome login acme --scopes read,write,admin:all --force";

function refuses(acme: Acme, status: number, challenge: string): void {
  Object.assign(acme, { refusesAll: true, status, challenge });
}

for (
  const [status, challenge] of [
    [403, 'Bearer error="insufficient_scope", scope="admin:all read"'],
    [
      401,
      'bearer realm="a, b=\\"c\\"", scope="read admin:all", ERROR=insufficient_scope',
    ],
    [
      403,
      'Basic realm="x", DPoP algs="ES256", error="insufficient_scope",scope="admin:all"',
    ],
  ] as const
) {
  test(
    `the person hears of the scope and the command: ${status} ${challenge}`,
    {
      skip,
    },
    () =>
      withAcme(async ({ acme, authsome }) => {
        refuses(acme, status, challenge);
        const { stdout, stderr } = await authsome(RUN);
        expect(stdout).toBe("refusedrefused");
        // Once for both requests.
        expect(stderr.split(LOGIN)).toHaveLength(2);
        expect(stderr).toContain("acme/default lacks admin:all");
        expect(acme.asked).toEqual(["GET at-0", "GET at-0"]);
        expect(acme.tokenRequests).toEqual([]);
        const explained = await authsome(["explain", "--last"]);
        expect(explained.stdout).toContain(
          `injected, status ${status}, insufficient_scope, acme/default`,
        );
        expect(explained.stdout.replaceAll(/\s+/g, " ")).toContain(LOGIN);
        const { last, action, reason, hint } = JSON.parse(
          (await authsome(["explain", "--last", "--json"])).stdout,
        );
        expect([action, reason, hint]).toEqual([
          "inject",
          "insufficient_scope",
          LOGIN,
        ]);
        expect(last).toMatchObject({ event: "inject", ok: true, status });
        const entry = JSON.parse(
          (await authsome(["log", "-n", "1", "--raw"])).stdout,
        );
        expect(entry).toMatchObject({
          event: "inject",
          reason: "insufficient_scope",
          detail: expect.stringContaining("admin:all"),
        });
      }),
  );
}

/** Runs a printed command, as a person who opens the address and consents. */
async function runPrinted({ folder, env }: Scenario, command: string) {
  const [program, ...args] = cliCommand(
    ...command.split(" ").slice(1),
    "--timeout",
    "60",
  );
  const child = new Deno.Command(program!, {
    args,
    env: {
      ...env,
      AUTHSOME_NO_BROWSER: "1",
      AUTHSOME_PORT: String(freePort()),
    },
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stdout = new Response(child.stdout).text();
  let talk = "";
  let opened = false;
  for await (const part of child.stderr.pipeThrough(new TextDecoderStream())) {
    talk += part;
    const [, url] = /^ {2}(https?:\S+)\r?\n/m.exec(talk) ?? [];
    if (!url || opened) continue;
    opened = true;
    await new Deno.Command("curl", {
      args: ["-sL", "--cacert", `${folder}/ca.pem`, "-o", "/dev/null", url],
      env: { ...env, NO_PROXY: "127.0.0.1" },
      clearEnv: true,
    }).output();
  }
  const { code } = await child.status;
  return { code, stdout: await stdout };
}

test(
  "the printed command asks for what there is and what is missing, and then the request is answered",
  { skip },
  () =>
    withAcme(async ({ acme, ...scenario }) => {
      const { authsome } = scenario;
      refuses(
        acme,
        403,
        'Bearer error="insufficient_scope", scope="admin:all"',
      );
      const { stderr } = await authsome(RUN);
      const [, printed] = /Do: (authsome login .*?)\)/.exec(stderr)!;
      expect(printed).toBe(LOGIN);
      acme.answer = { scope: "read write admin:all" };
      const done = await runPrinted(scenario, printed!);
      expect(done).toMatchObject({
        code: 0,
        stdout: "Connected acme/default\n",
      });
      expect(acme.authorized).toEqual(["read", "write", "admin:all"]);
      const { stdout } = await authsome(["explain", "--last"]);
      expect(stdout).toContain("acme/default has it now");
      acme.refusesAll = false;
      expect((await authsome(RUN)).stdout).toBe("finefine");
    }),
);

test("of a connection with another name, and without a list of scopes", {
  skip,
}, () =>
  withAcme(async ({ acme, authsome, home }) => {
    const { withBroker } = await import("../support/connected.ts");
    await withBroker(home, async ({ connections }) => {
      const connection = await connections.get("acme");
      await connections.save({ ...connection, name: "my work", revision: 0 });
    });
    refuses(acme, 403, "Bearer error=insufficient_scope");
    const { stderr } = await authsome([
      "run",
      "--connection",
      "acme=my work",
      "--",
      "curl",
      "-s",
      ACME_URL,
    ]);
    expect(stderr).toContain(
      "authsome login acme --connection 'my work' --scopes 'read,write,<scope>' --force",
    );
  }));

test("what a server writes back of a token goes into no log and no message", {
  skip,
}, () =>
  withAcme(async ({ acme, authsome, home }) => {
    const { withBroker } = await import("../support/connected.ts");
    const { Secret } = await import("../../lib/secret.ts");
    const token = "token-canary-51f2";
    await withBroker(home, async ({ connections }) => {
      const connection = await connections.get("acme");
      const { credential } = connection;
      if (credential.type !== "oauth2") throw new Error("no token");
      await connections.save({
        ...connection,
        credential: { ...credential, accessToken: new Secret(token) },
      });
    });
    refuses(
      acme,
      403,
      `Bearer error="insufficient_scope", scope="admin ${token} x:${
        btoa(token)
      } ${encodeURIComponent(token)}!"`,
    );
    const { stderr } = await authsome(RUN);
    const log = await Deno.readTextFile(`${home}/audit.log`);
    expect(stderr).toContain("--scopes read,write,admin --force");
    for (const text of [stderr, log]) {
      expect(text).not.toContain(token);
      expect(text).not.toContain(btoa(token).slice(0, 12));
    }
  }));
