/**
 * Where a definition says something of operations. What writes is recognised in every spelling that some server obeys;
 * what only reads, where no server could take it for something else.
 *
 * @module
 */
import { readApiUrl } from "../provider/api_url.ts";
import {
  fits,
  type PathPattern,
  pathPattern,
  segmentsOf,
} from "../wire/reading/path_readings.ts";
import type { RequestView } from "./request_view.ts";

/** Hosts and paths, ready to be compared. */
export interface Place {
  hosts: readonly ((host: string) => boolean)[];
  paths: readonly PlacePath[];
}

interface PlacePath {
  loose: PathPattern;
  /** Each segment as it is written, in its case. */
  exact: readonly (string | RegExp)[];
}

/** Reads the place of an entry. */
export function placeOf(
  { host, path }: { host?: string | string[]; path: string | string[] },
): Place {
  return {
    hosts: host === undefined ? [] : [host].flat().map(hostTest),
    paths: [path].flat().map((each) => ({
      loose: pathPattern(each),
      exact: segmentsOf(each.replace(/\/\*\*$/, ""))
        .map((segment) => exactPattern(segment, ".+")),
    })),
  };
}

/** Text with `{name}` for any other text, in its case; `any` is what a name matches. */
export function exactPattern(text: string, any = ".*"): string | RegExp {
  const literals = text.replace(/\{[^{}]*\}/g, "\0").split("\0");
  if (literals.length === 1) return text;
  const source = literals.map((part) =>
    part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
  );
  return new RegExp(`^${source.join(any)}$`, "s");
}

/** Whether some server may take the path of `view` for one of `place`. */
export function mayBeAt({ hosts, paths }: Place, view: RequestView): boolean {
  return hasHost(hosts, view.host) &&
    paths.some(({ loose: { parts, below } }) =>
      view.paths?.some(({ segments: { length }, loose }) =>
        length >= parts.length && (below || length === parts.length) &&
        parts.every((part, at) => loose[at]!.some((form) => fits(part, form)))
      )
    );
}

/** Whether every server takes the path of `view` for one of `place`. */
export function isAt({ hosts, paths }: Place, view: RequestView): boolean {
  return hasHost(hosts, view.host) && view.paths !== undefined &&
    view.paths.every(({ segments }) =>
      paths.some(({ exact, loose: { below } }) =>
        segments.length >= exact.length &&
        (below || segments.length === exact.length) &&
        exact.every((part, at) => fits(part, segments[at]!))
      )
    );
}

function hasHost(hosts: Place["hosts"], host: string): boolean {
  return hosts.length === 0 || hosts.some((test) => test(host));
}

function hostTest(entry: string): (host: string) => boolean {
  const read = readApiUrl(entry);
  if (read.kind === "host") return (host) => host === read.host;
  if (read.kind === "pattern") {
    const pattern = new RegExp(read.source);
    return (host) => pattern.test(host);
  }
  // Which host a login named is not known here; the route of the request is for no other.
  return (host) => host.startsWith(read.prefix);
}
