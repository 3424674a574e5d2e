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

/** One entry of `api_url`, read. Hosts are lower case; paths are `/` or have no slash at the end. */
type ApiUrl =
  | { kind: "host"; host: string; port: number; path: string }
  | {
    kind: "template";
    /** Labels before the value, with their dot; usually empty. */
    prefix: string;
    /** `base_url_host`, or the name of a captured value. */
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
