/** Which secrets the connections of a run hold, so that none of them stands in the command's environment. @module */
import type { Connection } from "../connection/connection.ts";
import type { Connections } from "../connection/connections.ts";
import { secretValues } from "../connection/secret_fields.ts";
import { PLACEHOLDER } from "../placeholder.ts";
import { namedPlaceholder } from "../request/named_placeholder.ts";
import type { RouteInput } from "../request/routes.ts";

/** Shortest secret that is looked for; a shorter one may stand anywhere by chance. */
const MIN_LENGTH = 8;

/** Remembers the connections that are read through it. */
export class HeldSecrets {
  readonly connections: Pick<Connections, "names" | "get" | "version">;
  readonly #read: Connection[] = [];

  constructor(connections: Pick<Connections, "names" | "get" | "version">) {
    this.connections = {
      names: (provider) => connections.names(provider),
      version: () => connections.version(),
      get: async (provider, name) => {
        const connection = await connections.get(provider, name);
        this.#read.push(connection);
        return connection;
      },
    };
  }

  /** Secret → the placeholder of its connection; without a name for those of `chosen`. */
  placeholders(chosen: ReadonlyMap<string, RouteInput>): Map<string, string> {
    const found = new Map<string, string>();
    for (const { provider, name, credential } of this.#read) {
      const own = chosen.get(provider)?.connection === name;
      const { definition } = chosen.get(provider) ?? {};
      for (const value of secretValues(credential, definition)) {
        if (value.length < MIN_LENGTH || found.has(value) && !own) continue;
        found.set(value, own ? PLACEHOLDER : namedPlaceholder(name));
      }
    }
    return found;
  }
}
