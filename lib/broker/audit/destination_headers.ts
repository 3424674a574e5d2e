/** The headers that open a server of the person's, which `config.json` names together with a connection. @module */
import type { Connections } from "../../connection/connections.ts";
import type { Preferences } from "../../connection/preferences.ts";
import { AuthsomeError } from "../../errors.ts";
import type { ProviderRegistry } from "../../provider/registry.ts";
import { participants } from "../../request/participants.ts";
import { buildRoutes, decideRoute } from "../../request/routes.ts";
import { connectionHeaders, type HeaderContext } from "./connection_headers.ts";

/** What they are read from. */
export interface DestinationContext extends HeaderContext {
  preferences: Preferences;
  connections: Connections;
  registry: ProviderRegistry;
}

/**
 * The headers of `connection`, with a fresh credential.
 *
 * @throws {AuthsomeError} `OperationNotAllowed` if the credential is not for the host of `endpoint`; else what
 * {@linkcode connectionHeaders} throws.
 */
export async function destinationHeaders(
  context: DestinationContext,
  endpoint: URL,
  { provider, name }: { provider: string; name?: string },
): Promise<Readonly<Record<string, string>>> {
  const { registry, connections, preferences } = context;
  const inputs = await participants(
    {
      only: [provider],
      ...name === undefined ? {} : { connections: { [provider]: name } },
    },
    { registry, connections, preferences, warn: () => {} },
  );
  const decision = decideRoute(buildRoutes([...inputs.values()]), {
    host: endpoint.hostname,
    port: Number(endpoint.port || 443),
    path: endpoint.pathname,
  });
  const { definition } = await registry.get(provider);
  // An agent's own login is for that agent alone.
  if (decision.kind !== "route" || definition.flow === "agent_login") {
    throw new AuthsomeError(
      "OperationNotAllowed",
      `the credential of ${provider} is not for ${endpoint.host}`,
      `authsome inspect ${provider}`,
    );
  }
  return (await connectionHeaders(context, provider, name)).headers;
}
