/**
 * Which connection answers a tool that asks for a credential: by the same routes, defaults and preferences as the proxy,
 * so that a tool gets outside of a run what it would get in one.
 *
 * @module
 */
import { publicValues } from "../../connection/public_values.ts";
import type { Connection } from "../../connection/connection.ts";
import { AuthsomeError } from "../../errors.ts";
import { decideRoute } from "../../request/decide_route.ts";
import { fill } from "../../request/injector.ts";
import {
  otherInputs,
  type ParticipantContext,
  participants,
  type Participation,
} from "../../request/participants.ts";
import type { Route } from "../../request/route.ts";
import { buildRoutes, type RouteInput } from "../../request/routes.ts";
import type { Broker } from "../broker.ts";

/** Who may answer, as the person wrote it into the tool's configuration. */
export type HelperChoice = Pick<Participation, "only" | "connections">;

/** Where the tool is about to send the credential. */
export interface Place {
  /** Lower case, ASCII. */
  host: string;
  port: number;
  /** Begins with `/`. */
  path: string;
}

/** A connection that answers, and how. */
export interface Served {
  input: RouteInput;
  route: Route;
  /** Whether it is the one that a run would use: no placeholder needs to name it. */
  isInUse: boolean;
}

/** The connections of a profile, as tools see them. */
export class HelperConnections {
  readonly #broker: Broker;
  readonly #context: ParticipantContext;
  readonly #choice: HelperChoice;
  readonly #view: (input: RouteInput) => RouteInput;
  #inputs: Promise<Map<string, RouteInput>> | undefined;

  /** @param view what of a connection the tool sees. Default: the routes of the proxy. */
  constructor(
    broker: Broker,
    { choice = {}, warn, view = (input) => input }: {
      choice?: HelperChoice;
      warn(message: string): void;
      view?(input: RouteInput): RouteInput;
    },
  ) {
    const { registry, connections, preferences } = broker;
    this.#broker = broker;
    this.#context = { registry, connections, preferences, warn };
    this.#choice = choice;
    this.#view = view;
  }

  /**
   * The connection that answers for `place`; `undefined` if none does.
   *
   * @param username an account, or the name of a connection, that was asked for. Nobody answers in another's name.
   * @throws {AuthsomeError} `OperationNotAllowed` if several could and none is preferred.
   */
  async at(place: Place, username?: string): Promise<Served | undefined> {
    if (username !== undefined && !ANYONE.has(username.toLowerCase())) {
      const all = await this.all(place);
      const named = [];
      let known = false;
      for (const served of all) {
        const account = await this.#names(served);
        known ||= account.isKnown;
        if (account.names.includes(username.toLowerCase())) named.push(served);
      }
      if (named.length > 0) return only(place, named);
      if (known) return undefined;
    }
    const inputs = [...(await this.#participants()).values()];
    const route = routeOf(inputs, place);
    if (route) return { input: inputOf(inputs, route), route, isInUse: true };
    // A server of its own may be that of a connection which is not the default one.
    return only(place, await this.all(place));
  }

  /** Every connection that could answer for `place`, those in use first. */
  async all(place: Place): Promise<Served[]> {
    const inputs = await this.#participants();
    const serving = (input: RouteInput, isInUse: boolean): Served[] => {
      const decision = decideRoute(buildRoutes([input]), place);
      return decision.kind === "route"
        ? [{ input, route: decision.route, isInUse }]
        : [];
    };
    const found = [...inputs.values()].flatMap((input) => serving(input, true));
    // The vault may hold thousands: only of these the hosts may be others.
    const near = new Map(
      [...inputs].filter(([name, input]) =>
        found.some(({ route }) => route.provider === name) ||
        hasOwnHosts(input)
      ),
    );
    const others = await this.#others(near);
    return [...found, ...others.flatMap((input) => serving(input, false))];
  }

  /** Every connection, those in use first, as the tool sees it. */
  async views(): Promise<RouteInput[]> {
    const inputs = await this.#participants();
    return [...inputs.values(), ...await this.#others(inputs)];
  }

  /** The connection of an answer, as it is stored. */
  async connectionOf({ route }: Served): Promise<Connection> {
    return await this.#broker.connections.get(
      route.provider,
      route.connection,
    );
  }

  /** What may be written for the account of a connection, in lower case. */
  async #names(
    served: Served,
  ): Promise<{ names: string[]; isKnown: boolean }> {
    const { account, ...connection } = await this.connectionOf(served);
    const { username } = basicOf(served) ?? {};
    const values = publicValues(served.input.definition, connection);
    let filled: string | undefined;
    try {
      const { credential } = connection;
      filled = username && fill(username, { credential, values });
    } catch {
      // A field is missing; the answer will say so.
    }
    const isKnown = account !== undefined;
    return {
      isKnown,
      names: [connection.name, filled ?? "", account?.replace(/^@/, "") ?? ""]
        .filter(Boolean).map((name) => name.toLowerCase()),
    };
  }

  async #others(inputs: ReadonlyMap<string, RouteInput>) {
    const others = await otherInputs(this.#choice, this.#context, inputs);
    return others.map(this.#view);
  }

  #participants(): Promise<Map<string, RouteInput>> {
    return this.#inputs ??= this.#read();
  }

  async #read(): Promise<Map<string, RouteInput>> {
    const inputs = await participants(this.#choice, this.#context);
    for (const [provider, input] of inputs) {
      // An agent's own login is for that agent alone.
      if (input.definition.flow === "agent_login") inputs.delete(provider);
      else inputs.set(provider, this.#view(input));
    }
    return inputs;
  }
}

/** User and password of an answer, as templates; `undefined` if the server wants something else. */
export function basicOf(
  { route }: Pick<Served, "route">,
): { username: string; password: string } | undefined {
  const basic = route.injections.find((each) => each.kind === "basic");
  return basic?.kind === "basic" ? basic : undefined;
}

/** Users that stand for whoever has the token. */
const ANYONE: ReadonlySet<string> = new Set([
  ...["git", "hf", "oauth", "oauth2", "pat", "token", "user", "username"],
  ...["oauth2accesstoken", "x-access-token", "x-token-auth"],
]);

/** Whether a connection may serve hosts that the definition does not name. */
function hasOwnHosts({ definition }: RouteInput): boolean {
  const { api_url, extra_routes = [] } = definition;
  return [api_url, ...extra_routes.map((extra) => extra.api_url)].flat()
    .some((url) => url.includes("{"));
}

/** The one of several that is in use, or preferred. */
function only(place: Place, all: readonly Served[]): Served | undefined {
  const inUse = all.filter(({ isInUse }) => isInUse);
  const found = inUse.length > 0 ? inUse : all;
  const route = routeOf(found.map(({ input }) => input), place);
  return route && found.find((each) =>
    each.route.provider === route.provider &&
    each.route.connection === route.connection
  );
}

/**
 * The route of the connection that serves `place`.
 *
 * @throws {AuthsomeError} `OperationNotAllowed` if several do and none is preferred.
 */
function routeOf(inputs: readonly RouteInput[], place: Place) {
  const decision = decideRoute(buildRoutes(inputs), place);
  if (decision.kind === "route") return decision.route;
  if (decision.kind !== "tie") return undefined;
  const { providers } = decision;
  const [first] = providers as [string];
  const isOne = providers.length === 1;
  throw new AuthsomeError(
    "OperationNotAllowed",
    `Cannot choose who answers for ${place.host}: ${
      isOne ? `several connections of ${first}` : providers.join(" and ")
    } could`,
    isOne
      ? `authsome set-default ${first} <connection>`
      : `authsome prefer ${first}`,
    { subject: { provider: first } },
  );
}

function inputOf(inputs: readonly RouteInput[], route: Route): RouteInput {
  return inputs.find(({ definition, connection }) =>
    definition.name === route.provider && connection === route.connection
  )!;
}
