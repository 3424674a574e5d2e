import { expect } from "expect";
import { test } from "node:test";
import type { Broker } from "../../lib/broker.ts";
import { keep, plan } from "../../lib/import/keep.ts";
import { Secret } from "../../lib/secret.ts";
import { withBroker } from "../support/connected.ts";
import { withHome } from "../support/home.ts";

function importLogin(broker: Broker, clientId: string, connection: string) {
  return plan(broker, {
    provider: "google",
    connection,
    credential: {
      type: "oauth2",
      accessToken: new Secret("access"),
      refreshToken: new Secret(`refresh-of-${clientId}`),
      scopes: [],
      requestedScopes: [],
      captured: {},
    },
    client: { clientId, clientSecret: new Secret(`secret-of-${clientId}`) },
    from: "somewhere",
  }).then((planned) => keep(broker, planned));
}

test("an imported login keeps its client, and the person's own stays the one for logins", () =>
  withHome((home) =>
    withBroker(home, async (broker) => {
      const { connections } = broker;
      await connections.saveClient({
        provider: "google",
        revision: 0,
        clientId: "own",
        clientSecret: new Secret("secret-of-own"),
      });
      await importLogin(broker, "theirs", "one");
      await importLogin(broker, "others", "two");
      await importLogin(broker, "own", "three");
      expect((await connections.client("google"))?.clientId).toBe("own");
      for (
        const [name, clientId] of [
          ["one", "theirs"],
          ["two", "others"],
          ["three", "own"],
        ] as const
      ) {
        const { credential } = await connections.get("google", name);
        expect(credential).toMatchObject({ clientId });
        const client = await connections.client("google", clientId);
        expect(client?.clientSecret?.reveal()).toBe(`secret-of-${clientId}`);
      }
      expect((await connections.clients("google")).map((one) => one.clientId))
        .toEqual(["own", "others", "theirs"]);
    })
  ));
