/**
 * Puts a connection into the vault as a login would: `seed <provider> [name] [--key <text>] [--expires <seconds>]`.
 * An OAuth provider gets the access token `token-of-<name>` and, unless it has expired, the refresh token `refresh-me`.
 */
import { openRuntime } from "../../../lib/host/wiring.ts";
import { Broker } from "../../../lib/broker/broker.ts";
import type { Credential } from "../../../lib/connection/connection.ts";
import { Secret } from "../../../lib/secret.ts";

const [provider, ...rest] = Deno.args;
const flag = (name: string) => {
  const at = rest.indexOf(name);
  return at < 0 ? undefined : rest.splice(at, 2)[1];
};
const key = flag("--key");
const expires = flag("--expires");
const profile = flag("--profile");
const name = rest[0] ?? "default";

await using broker = await Broker.open(await openRuntime(), { profile });
const { definition } = await broker.registry.get(provider!);
const now = broker.clock.now();
const credential: Credential = definition.auth_type === "api_key"
  ? {
    type: "api_key",
    fields: { api_key: new Secret(key ?? `key-of-${name}`) },
  }
  : {
    type: "oauth2",
    accessToken: new Secret(key ?? `token-of-${name}`),
    ...Number(expires ?? 1) > 0
      ? { refreshToken: new Secret("refresh-me") }
      : {},
    ...expires ? { expiresAt: now + Number(expires) * 1000 } : {},
    scopes: definition.oauth?.scopes ?? [],
    requestedScopes: [],
    captured: {},
  };
await broker.connections.save({
  provider: provider!,
  name,
  revision: 0,
  credential,
  state: "connected",
  createdAt: now,
  updatedAt: now,
});
