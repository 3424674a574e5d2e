/** Where a connection of a program that ignores proxies wants to go, read from its first bytes. @module */
import { readClientHello } from "../wire/client_hello.ts";
import { parseAuthority } from "../wire/target.ts";

/** Most bytes that are waited for. */
const LIMIT = 65_536;

/**
 * The name that the first `bytes` of a connection to `port` ask for: the server name of TLS, else the `Host` of HTTP.
 *
 * @returns `incomplete` while more bytes may tell, `unknown` if they never will.
 */
export function namedHost(
  bytes: Uint8Array,
  port: number,
):
  | { kind: "incomplete" | "unknown" }
  | { kind: "host"; host: string } {
  if (bytes.length === 0) return { kind: "incomplete" };
  const host = bytes[0] === 22 ? serverName(bytes) : hostField(bytes, port);
  if (host === undefined) {
    return { kind: bytes.length < LIMIT ? "incomplete" : "unknown" };
  }
  return host === "" ? { kind: "unknown" } : { kind: "host", host };
}

/** The empty name stands for none, `undefined` for not yet. */
function serverName(bytes: Uint8Array): string | undefined {
  const hello = readClientHello(bytes);
  if (hello.kind === "incomplete") return undefined;
  if (hello.kind === "invalid") return "";
  return parseAuthority(hello.serverName ?? "", 443)?.host ?? "";
}

function hostField(bytes: Uint8Array, port: number): string | undefined {
  const text = new TextDecoder("latin1").decode(bytes);
  if (!/^[A-Z]{1,20}( |$)/.test(text.slice(0, 21))) return "";
  const [, value] = /\r?\nhost:[ \t]*([^\r\n]*?)[ \t]*\r?\n/i.exec(text) ?? [];
  if (value === undefined) {
    return /\r?\n\r?\n/.test(text) ? "" : undefined;
  }
  const endpoint = parseAuthority(value, port);
  return endpoint?.port === port ? endpoint.host : "";
}
