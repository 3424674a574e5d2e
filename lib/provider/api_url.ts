/**
 * The notation of `api_url`: where a credential may go.
 *
 * | form | example |
 * | --- | --- |
 * | host, with or without port and path prefix | `api.github.com`, `slack.com/api`, `api.example.com:8443` |
 * | URL | `https://api.openai.com` |
 * | host named by a value | `{base_url_host}/api`, `api.{base_url_host}`, `{instance_url}` |
 * | pattern over whole hosts | `regex:^[a-z0-9-]+\.sentry\.io$` |
 *
 * @module
 */
import type { ProviderDefinition } from "./definition.ts";

/** One entry of `api_url`, read. Hosts are lower case; paths are `/` or have no slash at the end. */
type ApiUrl =
  | { kind: "host"; host: string; port: number; path: string }
  | {
    kind: "template";
    /** Labels before the value, with their dot; usually empty. */
    prefix: string;
    /** `base_url_host`, or the name of a captured value or of a part of the base URL. */
    value: string;
    path: string;
  }
  | { kind: "pattern"; source: string };

const LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?";
const HOST = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const AUTHORITY =
  /^(?:https:\/\/)?(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::([0-9]{1,5}))?(\/.*)?$/i;
const TEMPLATE = new RegExp(
  `^(?:https://)?((?:${LABEL}\\.)*)\\{([a-z][a-z0-9_]*)\\}(/.*)?$`,
);
/** Segments of characters that need no escape (RFC 3986 §2.3), none of them only dots. */
const PATH = /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~@:-]+)*\/?$/;

/**
 * Reads one entry of `api_url`.
 *
 * @throws {TypeError} saying what is wrong with it.
 */
export function readApiUrl(entry: string): ApiUrl {
  if (entry.startsWith("regex:")) {
    return { kind: "pattern", source: entry.slice("regex:".length) };
  }
  const template = TEMPLATE.exec(entry);
  if (template) {
    const [, prefix, value, path] = template as unknown as [
      string,
      string,
      string,
      string | undefined,
    ];
    return { kind: "template", prefix, value, path: readPath(path) };
  }
  const match = AUTHORITY.exec(entry);
  if (!match) throw new TypeError("is not a host, host/path or regex:^…$");
  const host = match[1]!.toLowerCase();
  if (!host.startsWith("[") && (host.length > 253 || !HOST.test(host))) {
    throw new TypeError("has a host that is not valid");
  }
  const port = match[2] === undefined ? 443 : Number(match[2]);
  if (port < 1 || port > 65_535) {
    throw new TypeError("has a port that is not from 1 to 65535");
  }
  return { kind: "host", host, port, path: readPath(match[3]) };
}

/**
 * The host that a value names: a URL's, or the value itself. A URL's path becomes the path prefix, so that a server
 * mounted below a path keeps its credential there.
 *
 * @returns `undefined` if the value names no https host.
 */
export function hostOfValue(
  value: string,
): { host: string; port: number; path: string } | undefined {
  let url: URL;
  try {
    url = new URL(value.includes("://") ? value : `https://${value}`);
  } catch {
    return undefined;
  }
  if (url.protocol !== "https:" || url.username || url.password) {
    return undefined;
  }
  const path = url.pathname.replace(/\/+$/, "") || "/";
  if (!url.hostname || !PATH.test(path)) return undefined;
  return { host: url.hostname, port: Number(url.port || 443), path };
}

/** `base` and, below it, `path`. */
export function joinPaths(base: string, path: string): string {
  if (base === "/") return path;
  return path === "/" ? base : base + path;
}

function readPath(path: string | undefined): string {
  if (path === undefined || path === "/") return "/";
  if (!PATH.test(path)) {
    throw new TypeError("has a path that is not plain segments");
  }
  return path.endsWith("/") ? path.slice(0, -1) : path;
}

/** An address of `whoami`, read. */
export interface WhoamiUrl {
  /** Its host, as `api_url` has it; absent for the first entry of `api_url`. */
  place?: string;
  /** Path and query. Names in braces are fields of the credential. */
  target: string;
}

/**
 * Reads an address of `whoami`.
 *
 * @throws {TypeError} saying what is wrong with it.
 */
export function readWhoamiUrl(entry: string): WhoamiUrl {
  const match = /^(?:https:\/\/)?([^/?#]*)(\/(?!\/)[^#]*)$/.exec(entry);
  if (!match) throw new TypeError("is not /path or host/path");
  const [, place = "", target = ""] = match;
  const [path = ""] = target.split("?", 1);
  if (
    !/^[A-Za-z0-9._~@:,$!*'()+;=%&?/{}-]*$/.test(target) ||
    !PLAIN_PATH.test(path)
  ) throw new TypeError("has a path that is not plain segments");
  if (place === "") return { target };
  if (readApiUrl(place).kind === "pattern") {
    throw new TypeError("has a pattern for its host");
  }
  return { place, target };
}

/** No segment is empty, escaped or made of dots alone: every server reads such a path in the same way. */
const PLAIN_PATH =
  /^(?:\/|(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~@:,$!*'()+;={}-]+)+\/?)$/;

/** Whether an entry of `api_url` serves `path` on the host that `place`, written in the same way, names. */
export function servesPlace(
  entry: string,
  place: string,
  path: string,
  excluded: readonly string[] = [],
): boolean {
  const served = readApiUrl(entry);
  const asked = readApiUrl(place);
  if (asked.kind === "pattern") return false;
  if (served.kind === "pattern") {
    return asked.kind === "host" && asked.port === 443 &&
      new RegExp(served.source).test(asked.host) &&
      !excluded.some((host) =>
        asked.host === host || asked.host.endsWith(`.${host}`)
      );
  }
  const below = served.path === "/" || path === served.path ||
    path.startsWith(`${served.path}/`);
  if (!below) return false;
  return served.kind === "host" && asked.kind === "host"
    ? served.host === asked.host && served.port === asked.port
    : served.kind === "template" && asked.kind === "template" &&
      served.value === asked.value && served.prefix === asked.prefix;
}

/** Segments that an entry of `api_url` can hold (RFC 3986 §2.3). */
const ENTRY_SEGMENT = /^(?!\.{1,2}$)[A-Za-z0-9._~@:-]+$/;

/**
 * Where the token of the server at `url` goes: the place of the URL first, then that of its resource (RFC 9728) if it is
 * wider, on the same origin and above `url`.
 */
export function entriesFor(
  url: URL,
  resource: string | undefined,
): string | string[] {
  const own = placeOf(url);
  const whole = resource === undefined ? url : new URL(resource);
  const wide = placeOf(whole);
  return whole.origin === url.origin && wide !== own && entryServes(wide, own)
    ? [own, wide]
    : own;
}

/** Its host and path. A path that no entry can hold is refused with the definition. */
function placeOf({ host, pathname }: URL): string {
  return host + pathname.replace(/\/+$/, "");
}

/** The longest entry of `api_url` at or above a URL. */
export function entryOf({ host, pathname }: URL): string {
  const segments = pathname.split("/").filter(Boolean);
  const odd = segments.findIndex((segment) => !ENTRY_SEGMENT.test(segment));
  return [host, ...odd < 0 ? segments : segments.slice(0, odd)].join("/");
}

/** The entries of `api_url`, without `https://`. */
export function entriesOf({ api_url }: ProviderDefinition): string[] {
  return [api_url].flat().map((entry) => entry.replace(/^https:\/\//i, ""));
}

/** Whether `entry` serves `place`; both as {@linkcode entryOf} writes them. */
export function entryServes(entry: string, place: string): boolean {
  return `${place}/`.startsWith(`${entry}/`);
}

/** The longest place that serves both. They are of one host. */
export function commonEntry(one: string, other: string): string {
  const theirs = other.split("/");
  const parts = one.split("/");
  const end = parts.findIndex((part, at) => part !== theirs[at]);
  return (end < 0 ? parts : parts.slice(0, end)).join("/");
}

/** Where something that stands beside the last segment of `place` is found: `host/a/sse` → `host/a`. */
export function folderOfEntry(place: string): string {
  return place.includes("/") ? place.slice(0, place.lastIndexOf("/")) : place;
}
