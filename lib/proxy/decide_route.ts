/**
 * Which route a request takes.
 *
 * Invariant: a host matches whole and in one spelling. What is not ASCII, or ends with a dot, matches nothing; a path that
 * two servers could resolve differently (dot segments) is given no credential.
 *
 * @module
 */
import type { HostMatch, Route, RouteDecision, RouteTable } from "./route.ts";

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
  return exact.get(name)?.some(fits) === true ||
    patterns.some((route) => fits(route) && matches(route.host, name)) ||
    table.named?.values().some((named) =>
        hasRoute(named, name, port, wanted)
      ) === true;
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
  const path = plainPath(request.path);
  if (path === undefined) return NONE;
  let decision = exact ? best(exact, request.port, path) : NONE;
  if (decision.kind === "none" && index.patterns.length > 0) {
    const routes = index.patterns.filter((route) => matches(route.host, host));
    decision = best(routes, request.port, path);
  }
  if (decision.kind === "none") return NONE;
  const endpoints = index.forbidden.get(host);
  if (endpoints) {
    const segments = foldedSegments(path);
    for (const endpoint of endpoints) {
      if (isBelow(segments, endpoint.segments)) return endpoint.decision;
    }
  }
  return decision;
}

const NONE: RouteDecision = { kind: "none" };
/** The paths of git's smart HTTP protocol (`gitprotocol-http`) and of its LFS API. */
const GIT =
  /\/(?:info\/refs|git-upload-pack|git-receive-pack|info\/lfs(?:\/[^?]*)?)$/;

interface Index {
  /** Longest prefix first. */
  exact: Map<string, Route[]>;
  /** Longest prefix first. */
  patterns: Route[];
  forbidden: Map<string, { segments: string[]; decision: RouteDecision }[]>;
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
    if (route.host.kind === "pattern") index.patterns.push(route);
    else push(index.exact, route.host.host, route);
  }
  for (const { host, path, provider } of table.forbidden) {
    push(index.forbidden, host, {
      segments: foldedSegments(path),
      decision: provider === undefined
        ? { kind: "forbidden" }
        : { kind: "forbidden", provider },
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
  routes: readonly Route[],
  port: number,
  path: string,
): RouteDecision {
  let found: Route | undefined;
  let tied: Route[] | undefined;
  for (const route of routes) {
    if (
      found && (route.pathPrefix.length !== found.pathPrefix.length ||
        route.paths !== found.paths)
    ) break;
    if (
      route.port !== port || !underPrefix(path, route.pathPrefix) ||
      (route.paths === "git" && !GIT.test(path))
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

function underPrefix(path: string, prefix: string): boolean {
  return prefix === "/" ||
    (path.startsWith(prefix) &&
      (path.length === prefix.length || path[prefix.length] === "/"));
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

/**
 * The path without its query, with escapes undone that mean nothing (RFC 3986 §6.2.2.2) and empty segments dropped;
 * `undefined` if a segment could be taken for a dot segment, or the path is no path.
 */
function plainPath(target: string): string | undefined {
  const query = target.indexOf("?");
  let path = query < 0 ? target : target.slice(0, query);
  if (!path.startsWith("/")) return undefined;
  if (!/[%\\]|\/[./]/.test(path)) return path;
  path = path.replace(/%([0-9A-Fa-f]{2})/g, (escape, hex: string) => {
    const character = String.fromCharCode(parseInt(hex, 16));
    return /[A-Za-z0-9._~-]/.test(character) ? character : escape;
  });
  // Some servers take %2F, a backslash or ";" for a separator.
  if (
    /(?:^|\/|\\|%2f|%5c)\.{1,2}(?:$|\/|\\|%2f|%5c|;)/i.test(path)
  ) {
    return undefined;
  }
  return path.replace(/\/{2,}/g, "/");
}

/** Segments in lower case, since some servers ignore case; empty ones and parameters dropped. */
function foldedSegments(path: string): string[] {
  return path.toLowerCase().split(/\/|\\|%2f|%5c/).filter((segment) =>
    segment !== ""
  )
    .map((segment) => segment.replace(/;.*$/, ""));
}

function isBelow(segments: string[], endpoint: string[]): boolean {
  if (endpoint.length === 0) return segments.length === 0;
  return segments.length >= endpoint.length &&
    endpoint.every((part, at) =>
      part === segments[at] || /^\{.*\}$/.test(part)
    );
}
