/** Makes the `fetch` that sends the credential of the provider that serves the URL. @module */
import { routedFetch } from "../fetch/routed_fetch.ts";
import { vaultRoutes } from "../fetch/vault_routes.ts";
import type { Participation } from "../request/participants.ts";
import type { Broker } from "./broker.ts";

/** As the standard `fetch`, by the routes of the profile's connections, see {@linkcode routedFetch}. */
export async function openFetch(
  broker: Broker,
  options: {
    warn(message: string): void;
    /** Providers whose requests for new keys and tokens are let through. */
    allowMinting: readonly string[];
    /** Who takes part. Default: every provider. */
    participation?: Pick<Participation, "only" | "connections">;
  },
): Promise<Broker["fetch"]> {
  const { connections, registry, preferences, audit, profile, fetch } = broker;
  const context = {
    routes: vaultRoutes({ connections, registry, preferences, ...options }),
    credentials: await broker.credentialSource(),
    fetch,
    audit,
    profile,
  };
  return (input, init) => routedFetch(context, input, init);
}
