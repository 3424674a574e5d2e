// A client of many secrets and a token that is bound to a key, through the real command line: no secret is anywhere but where it belongs.
import { expect } from "expect";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import type { OAuth2Credential } from "../../../lib/oauth/credential.ts";
import { withBroker } from "../../support/connected.ts";
import { leaks, leaksInFolder } from "../../support/leaks.ts";
import { DpopVerifier } from "../../support/proof/dpop_verifier.ts";
import { missing, withScenario } from "../../support/scenario.ts";
import { verifiedJwt } from "../../support/rsa_key.ts";

const API = "api.acme-notes.com";
const LOGIN = "login.acme-notes.com";
const APP_KEY = "app-key-canary-0f2b7d";
const TOKEN = "bound-access-token-canary-51c9";

test(
  "login, run with a nonce, errors: keys and secrets stay in the vault",
  { skip: await missing("curl") },
  async () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
    });
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const publicPem = publicKey.export({ type: "spki", format: "pem" })
      .toString();
    const verifier = new DpopVerifier();
    verifier.nonce = "nonce-1";
    const tokenForms: URLSearchParams[] = [];
    await withScenario({}, [API, LOGIN], async (request) => {
      const { host } = new URL(request.url);
      if (host === LOGIN) {
        const form = new URLSearchParams(await request.text());
        tokenForms.push(form);
        verifiedJwt(form.get("client_assertion")!, publicPem);
        // It asks for a proof, as a server does whose definition says nothing of it.
        if (!request.headers.has("dpop")) {
          return Response.json({ error: "invalid_dpop_proof" }, {
            status: 400,
          });
        }
        return Response.json({
          access_token: TOKEN,
          token_type: "DPoP",
          expires_in: 3600,
        });
      }
      return verifier.answer(request, () => new Response("welcome"));
    }, async ({ authsome, client, folder, home, api }) => {
      Deno.mkdirSync(`${home}/providers`, { recursive: true, mode: 0o700 });
      Deno.writeTextFileSync(
        `${home}/providers/acme.json`,
        JSON.stringify({
          schema_version: 1,
          name: "acme",
          display_name: "Acme",
          auth_type: "oauth2",
          flow: "client_credentials",
          api_url: API,
          oauth: {
            token_url: `https://${LOGIN}/token`,
            token_auth_method: "private_key_jwt",
            token_params: { app_key: "{app_key}" },
          },
          client: { fields: { app_key: {} } },
          export: { env: { ACME_TOKEN: "access_token" } },
        }),
      );
      const printed: string[] = [];
      const login = await authsome(["login", "acme", "--stdin", "--verbose"], {
        stdin: `${
          JSON.stringify({
            client_id: "my-app",
            private_key: pem,
            app_key: APP_KEY,
          })
        }\n`,
      });
      expect([login.code, login.stderr]).toEqual([0, login.stderr]);
      const ended = await client(
        ["sh", "-c", `env; curl -sS -H "DPoP: x" https://${API}/notes?q=1`],
        { options: ["--verbose"] },
      );
      expect([ended.code, ended.stderr]).toEqual([0, ended.stderr]);
      expect(ended.stdout).toMatch(/welcome$/);
      // The first proof had no nonce.
      const asked = api.requests.filter(({ url }) => url.host === API);
      expect(asked).toHaveLength(2);
      const refused = await authsome(["login", "acme", "--stdin", "--force"], {
        stdin: `${
          JSON.stringify({
            client_id: "my-app",
            private_key: pem.slice(0, -200),
            app_key: APP_KEY,
          })
        }\n`,
      });
      expect(refused.code).toBe(2);
      for (
        const args of [
          ["get", "acme", "--show-secret"],
          ["get", "acme", "--json"],
          ["export", "acme"],
          ["inspect", "acme", "--json"],
          ["log", "--json"],
          ["explain", `https://${API}/notes`],
        ]
      ) {
        const { stdout, stderr } = await authsome(args);
        printed.push(stdout + stderr);
      }
      let own = "";
      await withBroker(home, async ({ connections }) => {
        const { credential } = await connections.get("acme");
        const { dpopKey } = credential as OAuth2Credential;
        own = JSON.parse(dpopKey!.reveal()).d;
      });
      Deno.removeSync(`${home}/providers/acme.json`);
      const secrets = { app: APP_KEY, own, pem: pem.split("\n")[3]! };
      for (const [name, secret] of Object.entries(secrets)) {
        const found = [
          ...[login, ended, refused].flatMap((done) =>
            leaks(name, done.stdout + done.stderr, secret)
          ),
          ...printed.flatMap((text) => leaks(name, text, secret)),
          ...leaks(
            name,
            JSON.stringify([
              ended.childEnv,
              ...api.requests.map(({ url, headers }) => [url, ...headers]),
            ]),
            secret,
          ),
          ...leaksInFolder(folder, secret),
        ];
        expect([name, found]).toEqual([name, []]);
      }
      // The token is no secret of the server's, but no command gets it either.
      expect(leaks("run", ended.stdout, TOKEN)).toEqual([]);
      expect(tokenForms.every((form) => form.get("app_key") === APP_KEY))
        .toBe(true);
    });
  },
);
