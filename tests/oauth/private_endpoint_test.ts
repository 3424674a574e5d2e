// Which of authsome's own requests may lead to a private network: what the definition or the person named as such.
import { expect } from "expect";
import { test } from "node:test";
import { send } from "../../lib/oauth/http.ts";
import type { FetchInit } from "../../lib/ports/net.ts";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";

const ACME: ProviderDefinition = {
  schema_version: 1,
  name: "acme",
  display_name: "Acme",
  auth_type: "oauth2",
  flow: "pkce",
  api_url: "api.acme.com",
};

for (
  const [url, context, publicOnly] of [
    ["https://auth.acme.com/token", {}, true],
    ["https://auth.acme.com/token", { baseUrl: "https://git.acme.com" }, true],
    // Named at login.
    ["https://git.acme.com/token", { baseUrl: "https://git.acme.com" }, false],
    ["https://git.acme.com:8443/token", {
      baseUrl: "https://git.acme.com",
    }, false],
    // Named by the definition, which was consented to.
    ["https://auth.acme.com/token", {
      definition: { ...ACME, allow_private: true },
    }, false],
    ["http://127.0.0.1:8080/token", {}, false],
    ["https://router.local/token", {}, false],
  ] as const
) {
  const name = JSON.stringify(context);
  test(`${url} with ${name} ${publicOnly ? "must be" : "need not be"} public`, async () => {
    let asked: FetchInit | undefined;
    await send({
      definition: ACME,
      ...context,
      fetch: (_input, init) => {
        asked = init;
        return Promise.resolve(new Response("{}"));
      },
    }, new URL(url));
    expect(asked!.publicOnly).toBe(publicOnly);
  });
}
