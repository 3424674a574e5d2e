import { expect } from "expect";
import { test } from "node:test";
import type { Connection } from "../../lib/connection/connection.ts";
import type {
  Injection,
  ProviderDefinition,
} from "../../lib/provider/definition.ts";
import { authHeaders } from "../../lib/request/auth_headers.ts";
import { inject } from "../../lib/request/injector.ts";
import { Secret } from "../../lib/secret.ts";

const HEADER: Injection = {
  kind: "header",
  name: "X-Key",
  value: "{realmId} {api_key}",
};
const BASIC: Injection = {
  kind: "basic",
  username: "x",
  password: "{api_key}",
};

function credentialOf(key: string): Connection["credential"] {
  return { type: "api_key", fields: { api_key: new Secret(key) } };
}

/** The headers that `getAuthHeaders()` and the proxy make of the same credential; an error says why it does not fit. */
function made(injection: Injection, key: string) {
  const credential = credentialOf(key);
  const values = { realmId: "r1" };
  const defaultHeaders = { "X-Version": "2" };
  const head = { target: "/", fields: [] as { name: string; value: string }[] };
  const definition = {
    name: "own",
    auth_type: "api_key",
    api_key: { inject: [injection] },
    default_headers: defaultHeaders,
  } as unknown as ProviderDefinition;
  const connection = { provider: "own", name: "work", credential };
  const outcome = (make: () => unknown) => {
    try {
      return make();
    } catch (error) {
      return (error as Error).message.replace(/^Cannot use .*?: /, "");
    }
  };
  return {
    library: outcome(() =>
      authHeaders(definition, connection as Connection, values)
    ),
    proxy: outcome(() => {
      inject(head, { injections: [injection], defaultHeaders }, {
        credential,
        values,
      });
      return Object.fromEntries(head.fields.map((f) => [f.name, f.value]));
    }),
  };
}

const NO_CONTROL =
  'field "api_key" contains a line break or another control character';

const CASES: readonly [Injection, string, unknown][] = [
  [HEADER, "k1", { "X-Key": "r1 k1", "X-Version": "2" }],
  [HEADER, "a\tb", NO_CONTROL],
  [HEADER, "a\r\nb", NO_CONTROL],
  [HEADER, "日", "the value for X-Key cannot be sent in a header"],
  [BASIC, "k1", { Authorization: "Basic eDprMQ==", "X-Version": "2" }],
  [BASIC, "日", { Authorization: "Basic eDrml6U=", "X-Version": "2" }],
  [BASIC, "a\tb", NO_CONTROL],
];

for (const [injection, key, expected] of CASES) {
  test(`${injection.kind}: ${JSON.stringify(key)} is in the headers of getAuthHeaders() as the proxy sends it`, () => {
    const { library, proxy } = made(injection, key);
    expect(library).toEqual(expected);
    expect(proxy).toEqual(expected);
  });
}
