/** The phone's part of `approval` in `config.json`: how requests get there, and answers back. @module */
import { defined, type Fields, isObject } from "../../object.ts";
import { isLoopback } from "../../wire/target.ts";

/** How phones are reached. Nothing of it comes from the environment, which a repository may set. */
export interface RemoteSettings {
  ntfy?: NtfySettings;
  /** Where the person put the page: https, http on this machine, or a file. */
  page?: string;
  listen?: ListenSettings;
}

/** An ntfy server. */
export interface NtfySettings {
  /** https, or http on this machine, without a slash at the end. */
  server: string;
  /** The connection whose headers open the server. */
  connection?: { provider: string; name?: string };
}

/** An address of this machine that takes answers. */
export interface ListenSettings {
  host: string;
  port: number;
  /** Where phones reach it. */
  url: string;
}

/** A field below `approval` and what is wrong with it. */
export interface RemoteProblem {
  field: string;
  problem: string;
}

/** What belongs to phones among the fields of `approval`. */
export const REMOTE_FIELDS = ["ntfy", "page", "listen"] as const;

/** Longest address of a page: with a sealed request it must fit into a message of Discord. */
const MAX_PAGE = 256;

/** The settings in the field `approval`, or what is wrong with which of its fields. Fields of others are passed over. */
export function readRemoteSettings(
  value: unknown,
): RemoteSettings | RemoteProblem {
  if (value === undefined) return {};
  if (!isObject(value)) return wrong("", "it is not an object");
  const ntfy = value.ntfy === undefined ? undefined : readNtfy(value.ntfy);
  if (ntfy && "problem" in ntfy) return ntfy;
  const listen = value.listen === undefined
    ? undefined
    : readListen(value.listen);
  if (listen && "problem" in listen) return listen;
  const { page } = value;
  const problem = page === undefined ? undefined : pageProblem(page);
  if (problem) return wrong("page", problem);
  return defined({ ntfy, listen, page: page as string | undefined });
}

function readNtfy(value: unknown): NtfySettings | RemoteProblem {
  if (!isObject(value)) return wrong("ntfy", "it is not an object");
  const strange = strangeField("ntfy", value, ["server", "connection"]);
  if (strange) return strange;
  const server = baseAddress(value.server);
  if (typeof server !== "string") return wrong("ntfy.server", server.problem);
  const { connection } = value;
  if (connection === undefined) return { server };
  const [, provider, name] = typeof connection === "string"
    ? /^([^/]+)(?:\/([^/]+))?$/.exec(connection) ?? []
    : [];
  if (provider === undefined) {
    return wrong(
      "ntfy.connection",
      'it is neither "provider" nor "provider/connection"',
    );
  }
  if (!server.startsWith("https:")) {
    return wrong("ntfy.connection", "a credential is sent by https alone");
  }
  return { server, connection: defined({ provider, name }) };
}

function readListen(value: unknown): ListenSettings | RemoteProblem {
  if (!isObject(value)) return wrong("listen", "it is not an object");
  const strange = strangeField("listen", value, ["address", "url"]);
  if (strange) return strange;
  const { address } = value;
  const [, inBrackets, plain, digits] = typeof address === "string"
    ? /^(?:\[([\da-fA-F:.]+)\]|([\d.]+|localhost)):(\d{1,5})$/.exec(address) ??
      []
    : [];
  const host = inBrackets ?? plain;
  const port = Number(digits);
  if (host === undefined || port < 1 || port > 65_535) {
    return wrong("listen.address", "it is not an IP address and a port");
  }
  const url = value.url === undefined
    ? `http://${address}`
    : anyAddress(value.url);
  return typeof url === "string"
    ? { host, port, url }
    : wrong("listen.url", url.problem);
}

/** An address that content is sent to, or is sealed and posted by a page: not to be read on the way. */
function baseAddress(value: unknown): string | { problem: string } {
  const url = anyAddress(value);
  if (typeof url !== "string") return url;
  const { protocol, hostname } = new URL(url);
  return protocol === "http:" && !isLoopback(hostname)
    ? { problem: "http leads to this machine alone: use https" }
    : url;
}

function anyAddress(value: unknown): string | { problem: string } {
  const url = typeof value === "string" && URL.canParse(value)
    ? new URL(value)
    : undefined;
  if (!url) return { problem: "it is not a URL" };
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return { problem: "it is neither https nor http" };
  }
  if (url.username || url.password) {
    return { problem: "it contains a password" };
  }
  if (url.search || url.hash) {
    return { problem: "it has a query or a fragment" };
  }
  return url.href.replace(/\/+$/, "");
}

function pageProblem(value: unknown): string | undefined {
  const url = typeof value === "string" && URL.canParse(value)
    ? new URL(value)
    : undefined;
  if (!url) return "it is not a URL";
  const { protocol, hostname } = url;
  if (!["https:", "http:", "file:"].includes(protocol)) {
    return "it is neither https nor a file";
  }
  if (protocol === "http:" && !isLoopback(hostname)) {
    return "who changes it on the way could answer for you: use https";
  }
  if (url.username || url.password) return "it contains a password";
  // The key and what is asked stand there.
  if (url.hash || (value as string).includes("#")) return "it has a fragment";
  if (!/^[\x21-\x7e]+$/.test(value as string)) {
    return "it has characters that a URL has only encoded";
  }
  return (value as string).length > MAX_PAGE
    ? `it has more than ${MAX_PAGE} characters`
    : undefined;
}

function strangeField(
  field: string,
  value: Fields,
  known: readonly string[],
): RemoteProblem | undefined {
  return Object.keys(value).some((name) => !known.includes(name))
    ? wrong(field, `it has other fields than ${known.join(", ")}`)
    : undefined;
}

function wrong(field: string, problem: string): RemoteProblem {
  return { field, problem };
}
