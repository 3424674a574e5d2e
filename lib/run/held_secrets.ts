/** Which secrets the connections of a run hold, so that none of them stands in the command's environment. @module */
import type { Connection, Credential } from "../connection/connection.ts";
import type { Connections } from "../connection/connections.ts";
import { secretValues } from "../connection/secret_fields.ts";
import { PLACEHOLDER } from "../placeholder.ts";
import { placeholderOf } from "../provider/placeholder_of.ts";
import { namedPlaceholder } from "../request/named_placeholder.ts";
import { routeInput } from "../request/participants.ts";
import type { RouteInput } from "../request/routes.ts";

/** Shortest secret that is looked for; a shorter one may stand anywhere by chance. */
const MIN_LENGTH = 8;

type Read =
  & Pick<Connections, "names" | "get" | "version">
  & Partial<Pick<Connections, "providers" | "sketches">>;

/** Remembers the connections that are read through it. */
export class HeldSecrets {
  readonly connections: Read;
  readonly #connections: Pick<Connections, "client">;
  readonly #read: Connection[] = [];

  constructor(connections: Read & Pick<Connections, "client">) {
    const { providers, sketches } = connections;
    this.#connections = connections;
    this.connections = {
      ...providers ? { providers: () => connections.providers!() } : {},
      ...sketches ? { sketches: () => connections.sketches!() } : {},
      names: (provider) => connections.names(provider),
      version: () => connections.version(),
      get: async (provider, name) => {
        const connection = await connections.get(provider, name);
        this.#read.push(connection);
        return connection;
      },
    };
  }

  /** Variables that open the secret managers of the connections, or hold a secret that one refers to. */
  async managerVariables(present: readonly string[]): Promise<string[]> {
    const references = (await Promise.all(
      this.#read.map(async (connection) => [
        ...Object.values(connection.references ?? {}),
        ...await this.#ofClient(connection),
      ]),
    )).flat();
    if (references.length === 0) return [];
    const { withheldVariables } = await import(
      "../connection/references/withheld_variables.ts"
    );
    return withheldVariables(references, present);
  }

  /** Where the secrets of its OAuth client are, if a person gave that. */
  async #ofClient({ provider, credential }: Connection): Promise<string[]> {
    if (credential.type !== "oauth2" || credential.issuer !== undefined) {
      return [];
    }
    // One that does not open has nothing that could be read.
    const client = await this.#connections.client(provider, credential.clientId)
      .catch(() => undefined);
    return Object.values(client?.references ?? {});
  }

  /** Secret → the placeholder of its connection; without a name for those of `chosen`. */
  placeholders(chosen: ReadonlyMap<string, RouteInput>): Map<string, string> {
    const found = new Map<string, string>();
    for (const connection of this.#read) {
      const { provider, name, credential } = connection;
      const input = chosen.get(provider);
      const own = input?.connection === name;
      const source = input && routeInput(input.definition, connection);
      for (const value of secretValues(credential, input?.definition)) {
        if (value.length < MIN_LENGTH || found.has(value) && !own) continue;
        const placeholder = source
          ? placeholderOf(source, fieldOf(credential, value))
          : PLACEHOLDER;
        found.set(
          value,
          own ? placeholder : namedPlaceholder(name, placeholder),
        );
      }
    }
    return found;
  }
}

/** The field that holds `value`; a refresh token is shown as an access token is. */
function fieldOf(credential: Credential, value: string): string {
  if (credential.type === "oauth2") return "access_token";
  return Object.entries(credential.fields)
    .find(([, secret]) => secret.reveal() === value)?.[0] ?? "";
}
