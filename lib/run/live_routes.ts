/** The routes of a run while other processes log in, log out and choose. @module */
import { AuthsomeError } from "../errors.ts";
import type { HostMatch, Route, RouteTable } from "../request/route.ts";
import {
  allRoutes,
  buildNamedRoutes,
  buildRoutes,
  type RouteInput,
  shapesOf,
} from "../request/routes.ts";
import type { Connections } from "../connection/connections.ts";
import {
  allowing,
  connectedProviders,
  inputOf,
  otherInputs,
  type ParticipantContext,
  type Participation,
  readPreferred,
} from "../request/participants.ts";

/** What the routes are read from. */
interface LiveContext extends ParticipantContext {
  connections: ParticipantContext["connections"] & Pick<Connections, "version">;
}

/** The routes of a run. They follow the vault, but lead only to hosts that the CA of the run speaks for. */
export class LiveRoutes {
  readonly first: RouteTable;
  readonly hosts: HostMatch[];
  readonly #places: Set<string>;
  #table: RouteTable;
  #version: number;

  constructor(
    private readonly request: Participation,
    private readonly context: LiveContext,
    private readonly inputs: Map<string, RouteInput>,
    private others: readonly RouteInput[],
    version: number,
  ) {
    this.first = this.#table = buildNamedRoutes([...inputs.values()], others);
    const all = allRoutes(
      buildRoutes([...inputs.values(), ...shapesOf(others)]),
    );
    this.hosts = [
      ...new Map(all.map((route) => [placeOf(route), route.host])).values(),
    ];
    this.#places = new Set(all.map(placeOf));
    this.#version = version;
  }

  async current(): Promise<RouteTable> {
    try {
      const version = await this.context.connections.version();
      return version === this.#version
        ? this.#table
        : await this.#rebuild(version);
    } catch (error) {
      if (!(error instanceof AuthsomeError)) throw error;
      // The vault cannot be read now. Its credentials say so to who asks for one, and nobody else needs it.
      return this.#table;
    }
  }

  async #rebuild(version: number): Promise<RouteTable> {
    const { only, connections: chosen = {}, allowMinting = [] } = this.request;
    const { registry } = this.context;
    const providers = new Set(this.inputs.keys());
    if (!only) {
      for (const provider of await connectedProviders(this.context)) {
        providers.add(provider);
      }
    }
    const preferred = await readPreferred(this.context);
    for (const provider of providers) {
      try {
        // A definition that changes during the run changes nothing: the command itself may have written it.
        const definition = this.inputs.get(provider)?.definition ??
          (await registry.get(provider)).definition;
        this.inputs.set(
          provider,
          allowing(
            allowMinting,
            await inputOf(definition, chosen, preferred, this.context),
          ),
        );
      } catch (error) {
        // The route stays: after a logout the proxy must answer, and not send the placeholder on.
        if (!(error instanceof AuthsomeError)) throw error;
      }
    }
    this.others = await this.#others();
    this.#version = version;
    return this.#table = buildNamedRoutes(
      [...this.inputs.values()],
      this.others,
      (table) => this.#within(table),
    );
  }

  /** Those of before stay, as in {@linkcode inputs}. */
  async #others(): Promise<RouteInput[]> {
    const now = await otherInputs(this.request, this.context, this.inputs);
    const found = new Set(now.map(keyOf));
    const chosen = new Set([...this.inputs.values()].map(keyOf));
    return [
      ...now,
      ...this.others.filter((input) =>
        !found.has(keyOf(input)) && !chosen.has(keyOf(input))
      ),
    ];
  }

  #within(table: RouteTable): RouteTable {
    return {
      ...table,
      ...table.logins && {
        logins: table.logins.map((each) => ({
          ...each,
          table: this.#within(each.table),
        })),
      },
      routes: table.routes.filter((route) => this.#places.has(placeOf(route))),
    };
  }
}

/** Says which providers serve the same requests, so that those will be refused. */
export function warnOfTies(
  { routes }: RouteTable,
  warn: (message: string) => void,
) {
  const places = new Map<string, Map<string, Route>>();
  for (const route of routes) {
    const place = `${placeOf(route)} ${route.pathPrefix} ${route.paths ?? ""}`;
    const owners = places.get(place) ?? new Map();
    places.set(place, owners.set(route.provider, route));
  }
  const ties = new Set<string>();
  for (const owners of places.values()) {
    const providers = [...owners.keys()];
    const settled = [...owners.values()].some(({ provider, preferredOver }) =>
      providers.every((other) =>
        other === provider || preferredOver?.includes(other)
      )
    );
    if (!settled) ties.add(providers.join(" and "));
  }
  for (const tie of ties) {
    warn(
      `${tie} serve the same requests, so those are refused. Choose with: authsome prefer <provider>`,
    );
  }
}

function keyOf({ definition, connection }: RouteInput): string {
  return `${definition.name}/${connection}`;
}

function placeOf({ host, port }: Route): string {
  return `${host.kind === "exact" ? host.host : host.pattern.source} ${port}`;
}
