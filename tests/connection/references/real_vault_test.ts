// A real server of key/value secrets: OpenBao, or Vault, whichever is installed.
import { expect } from "expect";
import { test } from "node:test";
import { freePort } from "../../support/free_port.ts";
import { leaksInFolder } from "../../support/leaks.ts";
import { missing } from "../../support/missing.ts";
import { acmeDefinition } from "../../support/rejecting_api.ts";
import { withBroker } from "../../support/connected.ts";
import { Secret } from "../../../lib/secret.ts";
import { spawn, withScenario } from "../../support/scenario.ts";

const FIRST = "gsk_canary_first_0123456789abcdef";
const SECOND = "gsk_canary_second_0123456789abcde";
const THIRD = "gsk_canary_third_0123456789abcdef";
const ROOT_TOKEN = "root-canary-5f2c";

const noBao = await missing("bao", "version");
const program = noBao ? "vault" : "bao";
const skip = noBao && await missing("vault", "version") && noBao;

test(
  `${program}: read, rotated, locked, sealed, missing, written`,
  {
    skip,
  },
  () =>
    withScenario({}, ["api.groq.com", "auth.acme.com"], async (request) => {
      const sent = new URLSearchParams(await request.text());
      return Response.json({
        access_token: "at-1",
        refresh_token: `${sent.get("refresh_token")}-next`,
        token_type: "Bearer",
        expires_in: 3600,
      });
    }, async ({ authsome, env, home }) => {
      const port = freePort();
      const address = `127.0.0.1:${port}`;
      const server = new Deno.Command(program, {
        args: [
          ...["server", "-dev", "-dev-no-store-token"],
          ...[`-dev-root-token-id=${ROOT_TOKEN}`],
          `-dev-listen-address=${address}`,
        ],
        env,
        clearEnv: true,
        stdout: "null",
        stderr: "null",
      }).spawn();
      try {
        const [ADDR, TOKEN] = [`${program.toUpperCase()}_ADDR`, "VAULT_TOKEN"];
        env[ADDR] = `http://${address}`;
        env[TOKEN] = ROOT_TOKEN;
        env.NO_PROXY = "127.0.0.1";
        const vault = (...args: string[]) => spawn([program, ...args], env);
        const put = async (mount: string, ...values: string[]) => {
          for (let tries = 0;; tries++) {
            const done = await vault("kv", "put", `-mount=${mount}`, ...values);
            if (done.code === 0) return;
            expect([tries < 200, done.stderr]).toEqual([
              true,
              expect.anything(),
            ]);
            await new Promise((resolve) => setTimeout(resolve, 100));
          }
        };
        await put("secret", "team/groq", `key=${FIRST}`, "note=kept");
        const from = (text: string) =>
          authsome(["login", "groq", "--force", "--from", text]);
        expect(await from("vault:secret/team/groq#key"))
          .toMatchObject({ code: 0 });
        expect((await authsome(["token", "groq"])).stdout).toBe(`${FIRST}\n`);
        await put("secret", "team/groq", `key=${SECOND}`, "note=kept");
        expect((await authsome(["token", "groq"])).stdout).toBe(`${SECOND}\n`);

        for (
          const text of ["vault:secret/none#key", "vault:secret/team/groq#no"]
        ) {
          const absent = await from(text);
          expect(absent).toMatchObject({ code: 5 });
          expect(absent.stderr).toContain("Vault has no such secret");
        }
        const one = ["secrets", "enable", "-path=first", "-version=1", "kv"];
        expect(await vault(...one)).toMatchObject({ code: 0 });
        await put("first", "groq", `value=${THIRD}`);
        expect(await from("vault:first/groq")).toMatchObject({ code: 0 });
        expect((await authsome(["token", "groq"])).stdout).toBe(`${THIRD}\n`);

        await withBroker(home, async ({ registry, connections }) => {
          await registry.register(JSON.stringify(acmeDefinition()));
          await connections.saveClient({
            provider: "acme",
            revision: 0,
            clientId: "client",
            clientSecret: new Secret("client-secret"),
          });
        });
        await put("secret", "acme", "refresh=rt-canary-77ad", "note=kept");
        const login = ["login", "acme", "--from"];
        expect(
          await authsome([...login, "refresh_token=vault:secret/acme#refresh"]),
        ).toMatchObject({ code: 0 });
        const kept = await vault(
          "kv",
          "get",
          "-mount=secret",
          "-format=json",
          "acme",
        );
        expect(JSON.parse(kept.stdout).data.data)
          .toEqual({ refresh: "rt-canary-77ad-next", note: "kept" });
        // Version 1 has no way to replace one field of several.
        await put("first", "acme", "refresh=rt-canary-first", "note=kept");
        const first = await authsome(
          [...login, "refresh_token=vault:first/acme#refresh", "--force"],
        );
        expect(first.code).toBe(0);
        expect(first.stderr).toContain("so the vault keeps it from now on");

        await from("vault:secret/team/groq#key");
        const refused = async (hint: string) => {
          const ended = await authsome(["token", "groq"]);
          expect(ended).toMatchObject({ code: 5, stdout: "" });
          expect(ended.stderr).toContain(
            "Vault is locked, or you are not logged",
          );
          expect(ended.stderr).toContain(`Hint: ${hint}\n`);
          expect(ended.stderr).not.toContain("canary");
        };
        for (const token of ["", "s.canary-of-nobody"]) {
          env[TOKEN] = token;
          await refused(`${program} login`);
        }
        env[TOKEN] = ROOT_TOKEN;
        expect((await authsome(["token", "groq"])).stdout).toBe(`${SECOND}\n`);
        expect(await vault("operator", "seal")).toMatchObject({ code: 0 });
        await refused(`${program} operator unseal`);
        for (
          const secret of [FIRST, SECOND, THIRD, "rt-canary-77ad", ROOT_TOKEN]
        ) {
          expect(leaksInFolder(home, secret)).toEqual([]);
        }
        server.kill("SIGKILL");
        await server.status;
        expect(await authsome(["token", "groq"])).toMatchObject({ code: 8 });
      } finally {
        try {
          server.kill("SIGKILL");
        } catch { /* It has ended. */ }
        await server.status;
      }
    }),
);
