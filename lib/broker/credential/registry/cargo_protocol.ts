/**
 * What Cargo and a credential provider say to each other, one JSON object a line.
 *
 * @see https://doc.rust-lang.org/cargo/reference/credential-provider-protocol.html
 * @module
 */
import { isObject, parseObject } from "../../../object.ts";

/** The first line, before Cargo asks for anything: the versions that are spoken. */
export const CARGO_HELLO = JSON.stringify({ v: [1] });

/** What Cargo asks for. */
export type CargoRequest =
  | { kind: "get"; indexUrl: string }
  | { kind: "login" | "logout"; indexUrl: string }
  /** Of a later protocol. */
  | { kind: "unknown" };

/** A line of Cargo; `undefined` if it is none. */
export function readCargoRequest(line: string): CargoRequest | undefined {
  const request = parseObject(line);
  if (!request || typeof request.v !== "number") return undefined;
  const { v, kind, registry } = request;
  const indexUrl = isObject(registry) ? registry["index-url"] : undefined;
  if (v !== 1 || typeof kind !== "string") return { kind: "unknown" };
  if (typeof indexUrl !== "string") return undefined;
  return kind === "get" || kind === "login" || kind === "logout"
    ? { kind, indexUrl }
    : { kind: "unknown" };
}

/** The answer to `get`: what stands behind `Authorization:`. `expiresAt`: epoch milliseconds. */
export function cargoToken(
  { token, expiresAt }: { token: string; expiresAt?: number },
): string {
  return JSON.stringify({
    Ok: {
      kind: "get",
      token,
      // It is kept for one command of Cargo, which may publish several packages.
      ...expiresAt === undefined
        ? { cache: "session" }
        : { cache: "expires", expiration: Math.floor(expiresAt / 1000) },
      operation_independent: true,
    },
  });
}

/**
 * A refusal. `url-not-supported`: Cargo asks its next provider. `not-found`: the registry is ours, and there is no token.
 */
export function cargoRefusal(
  refusal: "url-not-supported" | "not-found" | "operation-not-supported",
): string;
export function cargoRefusal(refusal: "other", message: string): string;
export function cargoRefusal(kind: string, message?: string): string {
  return JSON.stringify({
    Err: kind === "other" ? { kind, message, "caused-by": [] } : { kind },
  });
}

/** The address that the index of a registry is asked at: without `sparse+`; `undefined` for an index that is a git repository. */
export function sparseIndex(indexUrl: string): string | undefined {
  return /^sparse\+(https:\/\/.+)$/.exec(indexUrl)?.[1];
}
