/** The answers that the proxy itself gives. @module */
import type { ErrorCode } from "../errors.ts";
import { defined } from "../object.ts";
import { concat, latin1 } from "../wire/byte_stream.ts";
import { HeadError } from "../wire/http1.ts";
import type { ReasonCode } from "./route.ts";

/** Why a request is not sent on, and what the person can do. Never holds a secret. */
export interface Refusal {
  status: 200 | 400 | 401 | 403 | 407 | 421 | 431 | 501 | 502 | 503 | 505;
  reason: ReasonCode;
  message: string;
  hint: string;
  provider?: string;
  connection?: string;
  /** For the audit log alone. */
  detail?: string;
  /** With status 200: what the client is given, as JSON. */
  answer?: Readonly<Record<string, string | number>>;
}

/** Why a TLS handshake with a client fails. */
export const UNTRUSTED_CA = {
  message:
    "The client came to the proxy and gave TLS up: it does not trust the CA of the run",
  hint: "authsome doctor --client -- <command>",
};

const PHRASES: Record<Refusal["status"], string> = {
  200: "OK",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  407: "Proxy Authentication Required",
  421: "Misdirected Request",
  431: "Request Header Fields Too Large",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  505: "HTTP Version Not Supported",
};

const CODES: Partial<Record<ReasonCode, ErrorCode>> = {
  bad_request: "Usage",
  credential_missing: "CredentialMissing",
  credential_expired: "CredentialExpired",
  refresh_failed: "RefreshFailed",
  upstream_unreachable: "EndpointUnreachable",
  upstream_untrusted: "EndpointUnreachable",
  proxy_authentication_required: "AuthenticationFailed",
};

/** The answer: JSON `{"v":1,"error","reason","provider","message","hint"}`, its reason in `X-Authsome-Reason`. */
export function refusalAnswer(
  refusal: Refusal,
): { fields: Record<string, string>; body: Uint8Array } {
  const { status, reason, provider, message, hint, answer } = refusal;
  const body = new TextEncoder().encode(
    JSON.stringify(
      answer ?? {
        v: 1,
        error: CODES[reason] ?? "OperationNotAllowed",
        reason,
        provider,
        message,
        hint,
      },
    ) + "\n",
  );
  const fields = {
    "Content-Type": "application/json",
    "Content-Length": String(body.length),
    "Cache-Control": "no-store",
    "X-Authsome-Reason": reason,
    ...defined({
      "Proxy-Authenticate": status === 407
        ? 'Basic realm="authsome"'
        : undefined,
    }),
  };
  return { fields, body };
}

/** The whole answer in HTTP/1.1. */
export function refusalResponse(
  refusal: Refusal,
  options: { close: boolean; method?: string },
): Uint8Array {
  const { status } = refusal;
  const { fields, body } = refusalAnswer(refusal);
  let text = `HTTP/1.1 ${status} ${PHRASES[status]}\r\n`;
  for (const [name, value] of Object.entries(fields)) {
    text += `${name}: ${value}\r\n`;
  }
  if (options.close) text += "Connection: close\r\n";
  const head = latin1(`${text}\r\n`);
  return options.method === "HEAD" ? head : concat(head, body);
}

/** The refusal of a request that cannot be parsed or handled. */
export function unreadable(error: unknown): Refusal {
  const known = error instanceof HeadError;
  return {
    status: known ? error.status : 502,
    reason: "bad_request",
    message: known
      ? `Cannot read the request: ${error.message}`
      : "Cannot handle the request",
    hint: "",
  };
}
