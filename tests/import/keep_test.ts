import { expect } from "expect";
import { test } from "node:test";
import type { Broker } from "../../lib/broker/broker.ts";
import type { Found } from "../../lib/import/found.ts";
import { keep, plan } from "../../lib/import/keep.ts";
import { Secret } from "../../lib/secret.ts";
import { withBroker } from "../support/connected.ts";
import { withHome } from "../support/home.ts";

function importLogin(broker: Broker, clientId: string, connection: string) {
  return plan(broker, loginFound(clientId, connection))
    .then((planned) => keep(broker, planned));
}

function loginFound(clientId: string, connection: string): Found {
  return {
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
  };
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
      for (
        const [clientId, name] of [
          ["theirs", "one"],
          ["others", "two"],
          // The last leaves the own client in its place whatever the others did.
          ["own", "three"],
        ] as const
      ) {
        await importLogin(broker, clientId, name);
        expect([clientId, (await connections.client("google"))?.clientId])
          .toEqual([clientId, "own"]);
      }
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

test("an imported login whose client is the first becomes the one for logins", () =>
  withHome((home) =>
    withBroker(home, async (broker) => {
      await importLogin(broker, "theirs", "one");
      expect((await broker.connections.client("google"))?.clientId)
        .toBe("theirs");
    })
  ));

test("an import is planned before it is kept, replaces what it names, and is in the audit log", () =>
  withHome((home) =>
    withBroker(home, async (broker) => {
      const { connections } = broker;
      const found = loginFound("theirs", "one");
      const first = await plan(broker, found);
      expect(first).toMatchObject({ connection: "one", replaces: false });
      expect(first.existing).toBeUndefined();
      expect(await connections.names("google")).toEqual([]);
      await keep(broker, first);
      const { createdAt } = await connections.get("google", "one");

      const second = await plan(broker, {
        ...found,
        baseUrl: "https://eu.example.com",
      });
      expect(second).toMatchObject({ connection: "one", replaces: true });
      await keep(broker, second);
      expect(await connections.get("google", "one")).toMatchObject({
        createdAt,
        baseUrl: "https://eu.example.com",
        state: "connected",
      });
      expect(await plan(broker, found, "two")).toMatchObject({
        connection: "two",
        replaces: false,
      });

      await broker.audit.flush();
      const entries = (await Deno.readTextFile(`${home}/audit.log`)).trim()
        .split("\n").map((line) => JSON.parse(line));
      expect(entries.filter(({ event }) => event === "import")).toMatchObject([
        {
          provider: "google",
          connection: "one",
          ok: true,
          detail: "somewhere",
        },
        {
          provider: "google",
          connection: "one",
          ok: true,
          detail: "somewhere",
        },
      ]);
    })
  ));

test("a name that another program gave and that is none here is refused", () =>
  withHome((home) =>
    withBroker(home, async (broker) => {
      for (const name of ["a/b", "", "x".repeat(65), "-x", "a\nb"]) {
        await expect(plan(broker, loginFound("theirs", name))).rejects
          .toMatchObject({ code: "Usage" });
      }
    })
  ));

test("a credential of another kind than the provider's is refused", () =>
  withHome((home) =>
    withBroker(home, async (broker) => {
      const found = loginFound("theirs", "one");
      await expect(plan(broker, { ...found, provider: "openai" })).rejects
        .toMatchObject({
          code: "OperationNotAllowed",
          subject: { provider: "openai", connection: "one" },
          hint: "authsome login openai --connection one",
        });
      await expect(plan(broker, {
        ...found,
        credential: { type: "api_key", fields: { api_key: new Secret("x") } },
      })).rejects.toMatchObject({ code: "OperationNotAllowed" });
    })
  ));

test("what another program holds of a placeholder is not imported", () =>
  withHome((home) =>
    withBroker(home, async (broker) => {
      const found = loginFound("own", "one");
      const { credential } = found;
      if (credential.type !== "oauth2") throw new Error("no login");
      for (
        const form of [
          "authsome-proxy-managed",
          "authsome-proxy-managed.work",
          "ya29.authsome_proxy_managed",
          "61757468736F6D65000000000000",
        ]
      ) {
        const secret = new Secret(form);
        for (
          const each of [
            { ...found, credential: { ...credential, accessToken: secret } },
            { ...found, credential: { ...credential, refreshToken: secret } },
            {
              ...found,
              provider: "openai",
              credential: {
                type: "api_key" as const,
                fields: { api_key: secret },
              },
            },
          ]
        ) {
          await expect(plan(broker, each)).rejects.toMatchObject({
            code: "OperationNotAllowed",
            message: expect.stringMatching(/placeholder/),
          });
        }
      }
    })
  ));
