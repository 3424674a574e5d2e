// What a person reads when a login cannot reach its provider: the cause, what to do, and with --verbose what the system said.
import { expect } from "expect";
import { createServer } from "node:net";
import { test } from "node:test";
import { withScenario } from "../support/scenario.ts";

const HOST = "auth.acme-service.com";
const PROVIDER = {
  schema_version: 1,
  name: "acme",
  display_name: "Acme",
  auth_type: "oauth2",
  flow: "client_credentials",
  api_url: "api.acme-service.com",
  oauth: { token_url: `https://${HOST}/token`, pkce: false },
  client: { client_id_env: "ACME_ID", client_secret_env: "ACME_SECRET" },
};

interface Case {
  what: string;
  env: (proxy: string) => Record<string, string>;
  message: RegExp;
  hint: RegExp;
  chain?: RegExp;
}

const CASES: Case[] = [
  {
    what: "a certificate that is not trusted",
    env: () => ({ AUTHSOME_CA_BUNDLE: "" }),
    message: /: its certificate is not trusted: its issuer is unknown/,
    hint: /export AUTHSOME_CA_BUNDLE=/,
    chain: /UNABLE_TO_VERIFY_LEAF_SIGNATURE|UnknownIssuer/,
  },
  {
    what: "a proxy that wants a password",
    env: (https_proxy) => ({ https_proxy }),
    message: /: the proxy 127\.0\.0\.1:\d+ of https_proxy wants .*\(407\)/,
    hint: /export https_proxy=http:\/\/<user>:<password>@127/,
  },
  {
    what: "no proxy",
    env: () => ({ https_proxy: "http://me:hunter2@127.0.0.1:1" }),
    message: /: the proxy 127\.0\.0\.1:1 of https_proxy was not reached/,
    hint: /correct https_proxy/,
    chain: /ECONNREFUSED/,
  },
  {
    what: "no such name",
    env: () => ({ HTTPS_PROXY: "", https_proxy: "" }),
    message: /: (there is no such host name|no name server answered)/,
    hint: /Check the name auth\.acme-service\.com/,
    chain: /ENOTFOUND|EAI_AGAIN|dns error|ENODATA/,
  },
];

for (const { what, env, message, hint, chain } of CASES) {
  test(`login and doctor name it: ${what}`, () =>
    withScenario(
      {},
      [HOST],
      () => Response.json({ access_token: "at", token_type: "bearer" }),
      async (scenario) => {
        const asking = createServer((socket) =>
          socket.on("error", () => {}).once("data", () =>
            socket.end("HTTP/1.1 407 No\r\n\r\n"))
        );
        await new Promise<void>((resolve) =>
          asking.listen(0, "127.0.0.1", resolve)
        );
        const { port } = asking.address() as { port: number };
        try {
          Deno.mkdirSync(`${scenario.home}/providers`, { recursive: true });
          Deno.writeTextFileSync(
            `${scenario.home}/providers/acme.json`,
            JSON.stringify(PROVIDER),
          );
          const options = {
            env: {
              ...env(`http://127.0.0.1:${port}`),
              ACME_ID: "id",
              ACME_SECRET: "canary-secret",
            },
          };
          const { code, stderr } = await scenario.authsome(
            ["login", "acme", "--timeout", "60", "--verbose"],
            options,
          );
          expect(code).toBe(8);
          expect(stderr).toMatch(message);
          expect(stderr).toMatch(hint);
          expect(stderr).toMatch(/caused by RequestFailure: /);
          if (chain) {
            expect(stderr).toMatch(chain);
          }
          expect(stderr).not.toMatch(/hunter2|canary-secret/);
          const { code: failed, stdout } = await scenario.authsome(
            ["doctor", "--json"],
            options,
          );
          expect(failed).toBe(8);
          const { checks } = JSON.parse(stdout);
          const network = checks.find(({ name }: { name: string }) =>
            name === "network"
          );
          expect(network).toMatchObject({
            ok: false,
            message: expect.stringMatching(message),
            fix: expect.stringMatching(hint),
          });
        } finally {
          await new Promise((resolve) =>
            asking.close(resolve)
          );
        }
      },
    ));
}
