import { expect } from "expect";
import { test } from "node:test";
import { changes, takeovers } from "../../lib/broker/register/takeover.ts";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import { withBroker } from "../support/connected.ts";
import { withHome } from "../support/home.ts";

function definition(...api_url: string[]): ProviderDefinition {
  return {
    schema_version: 1,
    name: "new",
    display_name: "New",
    auth_type: "api_key",
    flow: "api_key",
    api_url,
  };
}

test("takeovers() names each provider that loses or shares requests, and no other", () =>
  withHome((home) =>
    withBroker(home, async (broker) => {
      const cases: [hosts: string[], expected: RegExp[]][] = [
        [["api.nobody-has-this.com"], []],
        // Longer prefix, exact host over a pattern: taken.
        [["api.openai.com/v1"], [/takes .*openai\.com\/v1 .*"openai"/]],
        [["drive.googleapis.com"], [
          /takes .*drive.*"google"/,
          /takes .*drive.*"google-service-account"/,
        ]],
        [["eu.sentry.io"], [/takes.*"sentry"/]],
        // The same place: shared.
        [["api.groq.com"], [/^"groq" serves api\.groq\.com too/]],
        [[String.raw`regex:^([a-z0-9-]+\.)+twilio\.com$`], [/^"twilio" ser/]],
        // Below a pattern's host, shorter prefix, another port, excluded: theirs still wins, or they never meet.
        [["slack.com"], []],
        [["slack.com/apis"], []],
        [["api.groq.com:8443"], []],
        [["oauth2.googleapis.com"], []],
        [[String.raw`regex:^[a-z]+\.groq\.com$`], []],
      ];
      for (const [hosts, expected] of cases) {
        const lines = await takeovers(broker, definition(...hosts));
        expect([hosts, lines]).toEqual([
          hosts,
          expected.map((pattern) => expect.stringMatching(pattern)),
        ]);
      }
    })
  ));

test("takeovers() names a secret that would be shown, and a variable that is named like another provider", () =>
  withHome((home) =>
    withBroker(home, async (broker) => {
      const twilio = (await broker.registry.get("twilio")).definition;
      const datadog = (await broker.registry.get("datadog")).definition;
      const shown = {
        ...datadog,
        api_key: {
          ...datadog.api_key,
          secret_fields: ["api_key"],
          public_fields: ["app_key"],
        },
      };
      expect(await takeovers(broker, shown)).toEqual([
        "It shows app_key, until now a secret, to you and to every command.",
      ]);
      expect(await takeovers(broker, twilio)).toEqual([]);
      const borrowing: ProviderDefinition = {
        ...definition("api.nobody-has-this.com"),
        export: {
          env: {
            OPENAI_NEW_TOKEN: "api_key",
            OPENAI_BASE_URL: "base_url",
            NEW_URL: "base_url",
          },
        },
      };
      expect(await takeovers(broker, borrowing)).toEqual([
        'It sets OPENAI_BASE_URL, which is named like "openai", to a value of its own.',
      ]);
    })
  ));

test("changes() tells every field that differs, once", () => {
  expect(changes({ a: 1, b: { c: [1], d: 2 }, $schema: "x" }, {
    a: 1,
    b: { c: [1, 2], e: null },
    f: { g: 1 },
  })).toEqual([
    { field: "b.c", from: [1], to: [1, 2] },
    { field: "b.d", from: 2 },
    { field: "b.e", to: null },
    { field: "f", to: { g: 1 } },
  ]);
  expect(changes({ a: { b: 1 } }, { a: { b: 1 } })).toEqual([]);
});
