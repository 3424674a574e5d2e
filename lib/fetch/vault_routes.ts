/** The routes of a profile's connections, as the vault has them now. @module */
import type { Connections } from "../connection/connections.ts";
import { AuthsomeError } from "../errors.ts";
import type { RouteTable } from "../request/route.ts";
import { buildNamedRoutes } from "../request/routes.ts";
import {
  allowing,
  otherInputs,
  type ParticipantContext,
  participants,
  type Participation,
} from "../request/participants.ts";

/** What the routes are read from. */
type VaultRoutesContext = ParticipantContext & {
  connections: Pick<Connections, "version">;
  /** Providers that may make new credentials. Default: none. */
  allowMinting?: readonly string[];
  /** Default: every provider's default connection, and the others by name. */
  participation?: Pick<Participation, "only" | "connections">;
};

/**
 * Gives the routes of every provider's default connection, and of the others by name. They are made anew when any
 * process has written to the vault.
 */
export function vaultRoutes(
  context: VaultRoutesContext,
): () => Promise<RouteTable> {
  const { connections } = context;
  let made: { version: number; table: Promise<RouteTable> } | undefined;
  return async () => {
    const version = await connections.version();
    if (made?.version !== version) {
      const table = makeTable(context);
      made = { version, table };
      table.catch(() => made = undefined);
    }
    return await made.table;
  };
}

async function makeTable(context: VaultRoutesContext): Promise<RouteTable> {
  for (let tries = 1;; tries++) {
    const version = await context.connections.version();
    try {
      const { participation = {} } = context;
      const inputs = await participants(participation, context);
      for (const [provider, input] of inputs) {
        // An agent's own login is for that agent alone.
        if (input.definition.flow === "agent_login") {
          inputs.delete(provider);
          continue;
        }
        inputs.set(provider, allowing(context.allowMinting ?? [], input));
      }
      const others = await otherInputs(participation, context, inputs);
      return buildNamedRoutes([...inputs.values()], others);
    } catch (error) {
      // A logout of another process between the list of names and their records.
      if (
        tries >= 5 || !(error instanceof AuthsomeError) ||
        error.code !== "ConnectionNotFound" ||
        await context.connections.version() === version
      ) throw error;
    }
  }
}
