/** What a CONNECT asks for, and whom its TLS names. @module */
import { readClientHello } from "../wire/client_hello.ts";
import { addressKind } from "../wire/address.ts";
import { type RequestHead, values } from "../wire/http1.ts";
import { type Endpoint, parseAuthority } from "../wire/target.ts";
import type { Refusal } from "../request/refusal.ts";

/** Where a tunnel leads, or why it leads nowhere. */
export type ConnectRequest =
  | { kind: "tunnel"; endpoint: Endpoint }
  | { kind: "refuse"; refusal: Refusal; endpoint?: Endpoint };

/** Reads the head of a CONNECT (RFC 9110 §9.3.6). */
export function readConnect(
  { target, fields, framing }: RequestHead,
): ConnectRequest {
  const endpoint = parseAuthority(target);
  if (!endpoint || framing.kind !== "none") {
    const refusal: Refusal = {
      status: 400,
      reason: "bad_request",
      message: "CONNECT needs host:port and no body",
      hint: "",
    };
    return { kind: "refuse", refusal, ...endpoint ? { endpoint } : {} };
  }
  const [host] = values(fields, "host");
  const named = host === undefined
    ? endpoint
    : parseAuthority(host, endpoint.port);
  // The proxy agent of undici in some releases names the proxy there; requests inside are asked again.
  const isProxy = named !== undefined && addressKind(named.host) === "loopback";
  if (
    isProxy || named?.host === endpoint.host && named.port === endpoint.port
  ) {
    return { kind: "tunnel", endpoint };
  }
  const refusal: Refusal = {
    status: 421,
    reason: "authority_mismatch",
    message: "The Host header and the target of CONNECT name different servers",
    hint: `Send Host: ${target}`,
  };
  return { kind: "refuse", refusal, endpoint };
}

/**
 * Whether the ClientHello in `bytes` is for `host`. A name that is not the tunnel's would let one host's requests reach
 * another.
 */
export function judgeClientHello(
  bytes: Uint8Array,
  host: string,
): "incomplete" | "accepted" | "bad_request" | "authority_mismatch" {
  const hello = readClientHello(bytes);
  switch (hello.kind) {
    case "incomplete":
      return "incomplete";
    case "invalid":
      return "bad_request";
    default:
      return speaksFor(hello.serverName, host)
        ? "accepted"
        : "authority_mismatch";
  }
}

/** An IP address is never sent as a server name (RFC 6066 §3). */
function speaksFor(serverName: string | undefined, host: string): boolean {
  if (serverName === undefined) return /^\[|^\d+(\.\d+){3}$/.test(host);
  return serverName.toLowerCase() === host;
}
