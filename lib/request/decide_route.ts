/**
 * Which route a request takes.
 *
 * Invariant: a host matches whole and in one spelling. What is not ASCII, or ends with a dot, matches nothing; a path that
 * two servers could resolve differently (dot segments) is given no credential, and one with several readings only if all
 * of them are served and none is forbidden.
 *
 * @module
 */
import {
  isBelow,
  isPlace,
  type PathPattern,
  pathPattern,
  pathReadings,
  type Segments,
  segmentsOf,
} from "../wire/reading/path_readings.ts";
import type {
  HostMatch,
  MintingRule,
  Route,
  RouteDecision,
  RouteTable,
} from "./route.ts";

/** Whether any request to `host` and `port` may be given a credential, so that its tunnel must be opened. */
export function isRoutedHost(
  table: RouteTable,
  host: string,
  port: number,
): boolean {
  return hasRoute(table, host, port, () => true);
}

/** Whether a route to `host` and `port` says that they may be private. */
export function isPrivateHost(
  table: RouteTable,
  host: string,
  port: number,
): boolean {
  return hasRoute(table, host, port, (route) => route.allowPrivate === true);
}

function hasRoute(
  table: RouteTable,
  host: string,
  port: number,
  wanted: (route: Route) => boolean,
): boolean {
  const name = plainHost(host);
  if (name === undefined) return false;
  const { exact, patterns } = indexOf(table);
  const fits = (route: Route) => route.port === port && wanted(route);
  return exact.get(name)?.some(({ route }) => fits(route)) === true ||
    patterns.some(({ route }) => fits(route) && matches(route.host, name)) ||
    table.logins?.some(({ table }) => hasRoute(table, name, port, wanted)) ===
      true ||
    (table.namedPlaces
      ? hasRoute(table.namedPlaces, name, port, wanted)
      : table.named?.values().some((named) =>
        hasRoute(named, name, port, wanted)
      ) === true);
}

/**
 * The route of a request. `path` is the request target's path; a query is ignored.
 *
 * An exact host comes before a pattern, a longer path prefix before a shorter one, a provider before those it is
 * preferred over. If what remains belongs to more than one connection, it is a tie.
 */
export function decideRoute(
  table: RouteTable,
  request: { host: string; port: number; path: string },
): RouteDecision {
  const host = plainHost(request.host);
  if (host === undefined) return NONE;
  const index = indexOf(table);
  const exact = index.exact.get(host);
  if (!exact && index.patterns.length === 0) return NONE;
  const readings = pathReadings(request.path);
  if (readings === undefined) return NONE;
  const asked = { port: request.port, path: request.path, readings };
  let decision = exact ? best(exact, asked) : NONE;
  if (decision.kind === "none" && index.patterns.length > 0) {
    const routes = index.patterns.filter(({ route }) =>
      matches(route.host, host)
    );
    decision = best(routes, asked);
  }
  if (decision.kind === "none") return NONE;
  const forbidden = (index.forbidden.get(host) ?? [])
    .filter(({ pattern }) => isPlace(readings, pattern))
    .map(({ decision }) => decision);
  const [first = decision] = forbidden;
  const answered = forbidden.find(({ answered }) => answered);
  return first.kind === "forbidden" && first.login && answered
    ? { ...first, otherwise: answered }
    : first;
}

/** The rules whose place `request` goes to; its method, query, headers or body decide. */
export function mintingRulesAt(
  table: RouteTable,
  request: { host: string; path: string },
): readonly MintingRule[] {
  const host = plainHost(request.host);
  const near = table.minting && host !== undefined
    ? table.minting.filter(({ places }) =>
      places.some((place) => matches(place.host, host))
    )
    : [];
  if (near.length === 0) return near;
  const readings = pathReadings(request.path) ?? [];
  return near.filter(({ places }) =>
    places.some((place) =>
      matches(place.host, host!) &&
      place.paths.some((pattern) => isPlace(readings, pattern))
    )
  );
}

const NONE: RouteDecision = { kind: "none" };
/** The paths of git's smart HTTP protocol (`gitprotocol-http`) and of its LFS API. */
const GIT =
  /\/(?:info\/refs|git-upload-pack|git-receive-pack|info\/lfs(?:\/[^?]*)?)$/;

interface Index {
  /** Longest prefix first. */
  exact: Map<string, Served[]>;
  /** Longest prefix first. */
  patterns: Served[];
  forbidden: Map<string, { pattern: PathPattern; decision: Forbidden }[]>;
}

type Forbidden = Extract<RouteDecision, { kind: "forbidden" }>;

interface Served {
  route: Route;
  prefix: Segments;
}

/** Made at the first question about a table. */
const indexes = new WeakMap<RouteTable, Index>();

function indexOf(table: RouteTable): Index {
  let index = indexes.get(table);
  if (!index) indexes.set(table, index = makeIndex(table));
  return index;
}

function makeIndex(table: RouteTable): Index {
  const index: Index = {
    exact: new Map(),
    patterns: [],
    forbidden: new Map(),
  };
  const sorted = [...table.routes].sort((a, b) =>
    b.pathPrefix.length - a.pathPrefix.length ||
    Number(b.paths !== undefined) - Number(a.paths !== undefined)
  );
  for (const route of sorted) {
    const served = { route, prefix: segmentsOf(route.pathPrefix) };
    if (route.host.kind === "pattern") index.patterns.push(served);
    else push(index.exact, route.host.host, served);
  }
  for (const { host, path, ...whose } of table.forbidden) {
    push(index.forbidden, host, {
      pattern: pathPattern(path, { below: path !== "/" }),
      decision: { kind: "forbidden", ...whose },
    });
  }
  return index;
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/** The first of `routes` (longest prefix first) that serves `path`, unless another connection has as good a one. */
function best(
  routes: readonly Served[],
  { port, path, readings }: {
    port: number;
    path: string;
    readings: readonly Segments[];
  },
): RouteDecision {
  let found: Route | undefined;
  let tied: Route[] | undefined;
  for (const { route, prefix } of routes) {
    if (
      found && (route.pathPrefix.length !== found.pathPrefix.length ||
        route.paths !== found.paths)
    ) break;
    if (
      route.port !== port || !isBelow(readings, prefix) ||
      (route.paths === "git" && !isGit(path, readings))
    ) continue;
    if (!found) {
      found = route;
    } else if (
      route.provider !== found.provider ||
      route.connection !== found.connection
    ) {
      (tied ??= [found]).push(route);
    }
  }
  if (!found) return NONE;
  return tied ? settle(tied) : { kind: "route", route: found };
}

/** The one that is preferred over all others. */
function settle(tied: readonly Route[]): RouteDecision {
  const route = tied.find((one) =>
    tied.every((other) =>
      other.provider === one.provider
        ? other.connection === one.connection
        : one.preferredOver?.includes(other.provider)
    )
  );
  return route
    ? { kind: "route", route }
    : { kind: "tie", providers: [...new Set(tied.map((one) => one.provider))] };
}

function isGit(target: string, readings: readonly Segments[]): boolean {
  return GIT.test(target.split("?", 1)[0]!) &&
    readings.every((segments) => GIT.test(`/${segments.join("/")}`));
}

function matches(match: HostMatch, host: string): boolean {
  if (match.kind === "exact") return match.host === host;
  return match.pattern.test(host) &&
    !match.exclude.some((name) => host === name || host.endsWith(`.${name}`));
}

/**
 * The host in lower case, or `undefined` if it is not plain ASCII. Checked before it is changed to lower case: the
 * Kelvin sign becomes a "k".
 */
function plainHost(host: string): string | undefined {
  return host.length <= 253 &&
      /^[A-Za-z0-9._-]*[A-Za-z0-9_-]$|^\[[0-9A-Fa-f:.]+\]$/.test(host)
    ? host.toLowerCase()
    : undefined;
}
