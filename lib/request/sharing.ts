/** Which providers serve the same requests, so that a person must say whose credential they get. @module */
import { literalDomain } from "../provider/host_pattern.ts";
import type { HostMatch, Route } from "./route.ts";
import { buildRoutes, type RouteInput } from "./routes.ts";

/**
 * Whether some request could take either route, and nothing about the routes decides between them. An exact host comes
 * before a pattern and a longer prefix before a shorter one, so only equals tie.
 */
export function mayTie(a: Route, b: Route): boolean {
  return a.port === b.port && a.pathPrefix === b.pathPrefix &&
    a.paths === b.paths && hostsTie(a.host, b.host);
}

/** The providers among `others` with a route that may tie with one of `own`; sorted, each once. */
export function rivalsOf(
  own: readonly RouteInput[],
  others: readonly RouteInput[],
): string[] {
  const names = new Set(own.map(({ definition }) => definition.name));
  const mine = buildRoutes(own.filter(isForAnyone)).routes;
  const rivals = new Set<string>();
  for (const theirs of buildRoutes(others.filter(isForAnyone)).routes) {
    if (names.has(theirs.provider) || rivals.has(theirs.provider)) continue;
    if (mine.some((route) => mayTie(route, theirs))) {
      rivals.add(theirs.provider);
    }
  }
  return [...rivals].sort();
}

/** An agent's own login serves only what carries its placeholder, so it never ties. */
function isForAnyone({ definition }: RouteInput): boolean {
  return definition.flow !== "agent_login";
}

function hostsTie(a: HostMatch, b: HostMatch): boolean {
  if (a.kind === "exact" || b.kind === "exact") {
    return a.kind === "exact" && b.kind === "exact" && a.host === b.host;
  }
  const [one, two] = [a, b].map(({ pattern }) => literalDomain(pattern.source));
  return one === two || one!.endsWith(`.${two}`) || two!.endsWith(`.${one}`);
}
