// Two providers of one service under the real command line: whichever is connected, then whichever was chosen.
import { expect } from "expect";
import { test } from "node:test";
import { Secret } from "../../lib/secret.ts";
import { withBroker } from "../support/connected.ts";
import { missing, withScenario } from "../support/scenario.ts";

const KEY = "pk_real_canary_0123456789abcdef";
const TOKEN = "oauth-real-canary";
const URL = "https://a.klaviyo.com/api/accounts";

test(
  "klaviyo and klaviyo-oauth: the connected one, then neither, then the chosen one",
  {
    skip: await missing("curl"),
  },
  () =>
    withScenario(
      { klaviyo: KEY },
      ["a.klaviyo.com"],
      (request) =>
        new Response(
          `${request.headers.get("authorization")} ${
            request.headers.get("revision")
          }`,
        ),
      async ({ home, client, authsome, api }) => {
        const get = async () => {
          const { stdout, stderr, code } = await client(
            ["curl", "-sS", "-H", "revision: 2025-01-15", URL],
          );
          expect(code).toBe(0);
          return { stdout, stderr };
        };
        expect((await get()).stdout).toBe(
          `Klaviyo-API-Key ${KEY} 2025-01-15`,
        );

        await withBroker(home, ({ connections, clock }) =>
          connections.save({
            provider: "klaviyo-oauth",
            name: "default",
            revision: 0,
            credential: {
              type: "oauth2",
              accessToken: new Secret(TOKEN),
              scopes: [],
              requestedScopes: [],
              captured: {},
            },
            state: "connected",
            createdAt: clock.now(),
            updatedAt: clock.now(),
          }));
        const before = api.requests.length;
        const refused = await get();
        expect(JSON.parse(refused.stdout)).toMatchObject({
          reason: "tie",
          message: expect.stringMatching(/klaviyo.* and klaviyo/),
          hint: expect.stringContaining("authsome prefer klaviyo"),
        });
        expect(refused.stderr).toContain("authsome prefer");
        expect(api.requests.length).toBe(before);

        for (
          const [name, sent] of [
            ["klaviyo-oauth", `Bearer ${TOKEN} 2025-01-15`],
            ["klaviyo", `Klaviyo-API-Key ${KEY} 2025-01-15`],
          ] as const
        ) {
          expect((await authsome(["prefer", name])).code).toBe(0);
          expect((await get()).stdout).toBe(sent);
        }
      },
    ),
);
