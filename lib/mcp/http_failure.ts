/** What goes wrong between this program and a remote server. @module */
import { AuthsomeError } from "../errors.ts";
import { isObject, parseObject } from "../object.ts";
import type { RpcError } from "./message.ts";

/** An answer that is none of the protocol. */
export class HttpFailure extends Error {
  override readonly name = "HttpFailure";

  constructor(
    readonly status: number,
    /** At most some thousand characters. */
    readonly body: string,
    /** `WWW-Authenticate`. */
    readonly challenge: string,
  ) {
    super(`HTTP ${status}`);
  }
}

/** An error that the server answered `initialize` with. */
export class RpcFailure extends Error {
  override readonly name = "RpcFailure";

  constructor(readonly error: RpcError) {
    super(error.message);
  }
}

/** Whether only a login can help. */
export function needsLogin(error: unknown): boolean {
  if (error instanceof HttpFailure) return error.status === 401;
  return error instanceof AuthsomeError &&
    /^(?:CredentialMissing|CredentialExpired|ConnectionNotFound)$/.test(
      error.code,
    );
}

/** The scopes that the token lacks for this (RFC 6750 §3.1), if the server names them. */
export function wantedScopes(error: unknown): string[] | undefined {
  if (
    !(error instanceof HttpFailure) ||
    !/\berror="?insufficient_scope\b/.test(error.challenge)
  ) return undefined;
  const [, text = ""] = /\bscope="([^"]*)"/.exec(error.challenge) ?? [];
  const scopes = text.split(" ").filter((scope) =>
    /^[\x21\x23-\x5b\x5d-\x7e]{1,300}$/.test(scope)
  );
  return scopes.length > 0 ? [...new Set(scopes)].sort() : undefined;
}

/** Whether the server has forgotten the session: 404 by the protocol, 400 by servers that say so in words. */
export function isForgotten(error: unknown): boolean {
  return error instanceof HttpFailure &&
    (error.status === 404 ||
      error.status === 400 && /session/i.test(error.body));
}

/** Whether the server may be there in a moment. */
export function isOutage(error: unknown): boolean {
  if (error instanceof HttpFailure) {
    return error.status === 502 || error.status === 503 || error.status === 504;
  }
  if (error instanceof RpcFailure) return false;
  return !(error instanceof AuthsomeError) ||
    error.code === "EndpointUnreachable" || error.code === "RefreshFailed";
}

/** Whether the request that failed has not reached the server. */
export function isUnsent(error: unknown): boolean {
  if (error instanceof HttpFailure) return error.status === 503;
  if (error instanceof AuthsomeError && error.code === "RefreshFailed") {
    return true;
  }
  for (
    let at: unknown = error, depth = 0;
    at instanceof Error && depth < 8;
    at = at.cause, depth++
  ) {
    const { code } = at as { code?: unknown };
    if (
      /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|UND_ERR_CONNECT_TIMEOUT/
        .test(String(code)) ||
      /\(Connect\)|connection refused|dns error|Proxy response \(\d+\)/i
        .test(at.message)
    ) return true;
  }
  return false;
}

/** How the client is told of it. */
export function rpcError(error: unknown, server: string): RpcError {
  if (error instanceof RpcFailure) return error.error;
  if (error instanceof HttpFailure) {
    const own = parseObject(error.body)?.error;
    if (isObject(own) && typeof own.code === "number") {
      return { code: own.code, message: String(own.message), ...dataOf(own) };
    }
    const scope = /\bscope="([^"]*)"/.exec(error.challenge)?.[1];
    const lacks = error.challenge.includes("insufficient_scope");
    return {
      code: -32000,
      message: lacks
        ? `${server} refused this: the login lacks a scope${
          scope ? ` (${scope})` : ""
        }`
        : `${server} answered with HTTP ${error.status}`,
    };
  }
  if (error instanceof AuthsomeError) {
    const { message, hint } = error;
    return { code: -32000, message: hint ? `${message}. ${hint}` : message };
  }
  return { code: -32000, message: `The connection to ${server} was lost` };
}

function dataOf(error: Record<string, unknown>): { data?: unknown } {
  return "data" in error ? { data: error.data } : {};
}
