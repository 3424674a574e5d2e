/** The answers that the proxy itself gives. @module */
import type { ErrorCode } from "../errors.ts";
import { defined } from "../object.ts";
import { concat, latin1 } from "../wire/byte_stream.ts";
import { HeadError } from "../wire/http1.ts";
import type { ReasonCode } from "./route.ts";

/** Why a request is not sent on, and what the person can do. Never holds a secret. */
export interface Refusal {
  status: 200 | 400 | 401 | 403 | 407 | 421 | 429 | 431 | 501 | 502 | 503 | 505;
  reason: ReasonCode;
  message: string;
  hint: string;
  provider?: string;
  connection?: string;
  /** The rule of the person's that is against it. */
  rule?: string;
  /** Names of the operations that were asked for. */
  operation?: string;
  /** When it may be tried again, in seconds. */
  retryAfter?: number;
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
  429: "Too Many Requests",
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
  audit_unwritable: "StoreUnavailable",
  upstream_unreachable: "EndpointUnreachable",
  upstream_untrusted: "EndpointUnreachable",
  proxy_authentication_required: "AuthenticationFailed",
};

/** What the client itself can do otherwise; the person is needed for all other reasons. */
const FOR_THE_CLIENT: ReadonlySet<ReasonCode> = new Set([
  "authority_mismatch",
  "bad_request",
  "method_refused",
  "not_injectable",
  "not_signable",
  "placeholder_misplaced",
  "proxy_authentication_required",
]);

/** What may be gone at the next try. */
const MAY_PASS: ReadonlySet<ReasonCode> = new Set([
  "refresh_failed",
  "audit_unwritable",
  "upstream_unreachable",
]);

/** What an agent is to tell its person, in one sentence, or to do by itself. */
function sentenceOf({ reason, message, hint }: Refusal): string {
  const what = `authsome could not complete this request: ${
    message.replace(/\.$/, "")
  }`;
  return (FOR_THE_CLIENT.has(reason) ? what : `Tell your user that ${what}`) +
    (hint === "" ? "" : `; what to do: ${hint}`);
}

/** As vendors of models call what is wrong; SDKs make their exceptions of the status. */
function typeOf(status: number): string {
  if (status === 401) return "authentication_error";
  if (status === 403) return "permission_error";
  if (status === 429) return "rate_limit_error";
  return status < 500 ? "invalid_request_error" : "api_error";
}

/**
 * The answer: JSON `{"v":1,"type":"error","error":{"type","code","status","message"},"reason","provider","message","hint"}`,
 * its reason in `X-Authsome-Reason`, the rule of the person's in `rule` and `X-Authsome-Rule`. Agents and SDKs print what the vendor of their model, or of another API, calls a
 * message: `error.message` (Anthropic, OpenAI, Google and most others) or `message` (GitHub). Both are one sentence.
 */
export function refusalAnswer(
  refusal: Refusal,
): { fields: Record<string, string>; body: Uint8Array } {
  const { status, reason, provider, hint, answer, rule, retryAfter } = refusal;
  const sentence = sentenceOf(refusal);
  const body = new TextEncoder().encode(
    JSON.stringify(
      answer ?? {
        v: 1,
        type: "error",
        error: {
          type: typeOf(status),
          code: CODES[reason] ?? "OperationNotAllowed",
          status: reason,
          message: sentence,
        },
        reason,
        rule,
        operation: refusal.operation,
        provider,
        message: sentence,
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
      "X-Authsome-Rule": rule?.replace(/[^ -~]/g, "?"),
      "Retry-After": retryAfter === undefined
        ? undefined
        : String(Math.ceil(retryAfter)),
      "Proxy-Authenticate": status === 407
        ? 'Basic realm="authsome"'
        : undefined,
      // Agents repeat a request for minutes before they say why it failed; only a person can change the answer.
      "X-Should-Retry": status === 200 || MAY_PASS.has(reason) ||
          retryAfter !== undefined
        ? undefined
        : "false",
    }),
  };
  return { fields, body };
}

/** Longest phrase that is made of a sentence, in characters. */
const LONGEST_PHRASE = 400;

/** Of an answer to CONNECT no client shows more than its phrase: Python, Go and curl -v print it. */
function phraseOf(refusal: Refusal, method?: string): string {
  const { status } = refusal;
  if (method !== "CONNECT" || status === 407) return PHRASES[status];
  return sentenceOf(refusal).replace(/[^ -~]/g, "?").slice(0, LONGEST_PHRASE);
}

/** The whole answer in HTTP/1.1. */
export function refusalResponse(
  refusal: Refusal,
  options: { close: boolean; method?: string },
): Uint8Array {
  const { status } = refusal;
  const { fields, body } = refusalAnswer(refusal);
  let text = `HTTP/1.1 ${status} ${phraseOf(refusal, options.method)}\r\n`;
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
