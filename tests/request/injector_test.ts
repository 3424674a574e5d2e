import { expect } from "expect";
import { test } from "node:test";
import type { Injection } from "../../lib/provider/definition.ts";
import { inject, signingKeys } from "../../lib/request/injector.ts";
import { Secret } from "../../lib/secret.ts";

type Kind<K extends Injection["kind"]> = Extract<Injection, { kind: K }>;

const SIGV4 = {
  kind: "sigv4",
  access_key_id: "{api_key}",
  secret_access_key: "x",
} as Kind<"sigv4">;

/** What a request with `value` as the key becomes. */
function injected(injection: Injection, value: string) {
  const head = {
    method: "GET",
    target: "/botauthsome-proxy-managed/me",
    fields: [],
    minor: 1 as const,
    upgrade: false,
    close: false,
  };
  const credential = {
    type: "api_key" as const,
    fields: { api_key: new Secret(value) },
  };
  if (injection.kind === "sigv4") {
    return signingKeys(injection, { credential, values: {} });
  }
  inject(
    head,
    { injections: [injection], defaultHeaders: {} },
    { credential, values: {} },
  );
  return head;
}

for (
  const injection of [
    { kind: "header", name: "X-Api-Key", value: "{api_key}" },
    { kind: "basic", username: "{api_key}", password: "x" },
    { kind: "basic", username: "x", password: "{api_key}" },
    { kind: "query", name: "key", value: "{api_key}" },
    { kind: "path", template: "/bot{api_key}" },
    SIGV4,
  ] as Injection[]
) {
  test(`a control character goes nowhere: ${JSON.stringify(injection)}`, () => {
    expect(JSON.stringify(injected(injection, "fine"))).not.toBe(
      JSON.stringify(injected(injection, "other")),
    );
    for (const character of ["\r\n", "\n", "\0", "\t", "\x1f", "\x7f"]) {
      const value = `se${character}cret`;
      expect(() => injected(injection, value)).toThrow(
        'field "api_key" contains a line break or another control character',
      );
    }
  });
}
