/**
 * Why a server was not reached: what the runtimes and the system say, read into one list, and what a person is told.
 *
 * @module
 */

/** What stood in the way; those up to `bad_certificate` are about the certificate. */
export type FailureKind =
  | "self_signed"
  | "unknown_issuer"
  | "expired"
  | "not_yet_valid"
  | "other_name"
  | "other_purpose"
  | "revoked"
  | "bad_certificate"
  | "no_tls"
  | "tls_refused"
  | "unknown_name"
  | "no_name_server"
  | "refused"
  | "reset"
  | "timed_out"
  | "no_route"
  | "status"
  | "unknown";

/** The proxy that a request goes through. */
export interface NamedProxy {
  /** The variable that names it, as it is spelled there. */
  variable: string;
  /** Host and port, without its password. */
  host: string;
}

/** One reason. */
export interface FailureReason {
  kind: FailureKind;
  /** Set if it is the proxy that was not reached, or that refused. */
  proxy?: NamedProxy;
  /** What the proxy answered, for `status`. */
  status?: number;
}

/** A request without an answer, with the reason; a `TypeError`, as `fetch` throws. */
export class RequestFailure extends TypeError {
  override readonly name = "RequestFailure";

  constructor(readonly reason: FailureReason, options?: ErrorOptions) {
    super(sentenceOf(reason), options);
  }
}

/** Codes of the system, of OpenSSL's verification and of undici. */
const CODES: Readonly<Record<string, FailureKind>> = {
  CERT_HAS_EXPIRED: "expired",
  CERT_NOT_YET_VALID: "not_yet_valid",
  CERT_REVOKED: "revoked",
  DEPTH_ZERO_SELF_SIGNED_CERT: "self_signed",
  ERR_TLS_CERT_ALTNAME_INVALID: "other_name",
  HOSTNAME_MISMATCH: "other_name",
  INVALID_PURPOSE: "other_purpose",
  SELF_SIGNED_CERT_IN_CHAIN: "unknown_issuer",
  UNABLE_TO_GET_ISSUER_CERT: "unknown_issuer",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "unknown_issuer",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "unknown_issuer",
  CERT_UNTRUSTED: "unknown_issuer",
  // Of a CA that has the name of a trusted one.
  CERT_SIGNATURE_FAILURE: "unknown_issuer",
  ENOTFOUND: "unknown_name",
  ENODATA: "unknown_name",
  EAI_NONAME: "unknown_name",
  EAI_NODATA: "unknown_name",
  EAI_AGAIN: "no_name_server",
  EAI_FAIL: "no_name_server",
  ESERVFAIL: "no_name_server",
  ECONNREFUSED: "refused",
  ECONNRESET: "reset",
  ECONNABORTED: "reset",
  EPIPE: "reset",
  UND_ERR_SOCKET: "reset",
  ETIMEDOUT: "timed_out",
  UND_ERR_CONNECT_TIMEOUT: "timed_out",
  UND_ERR_HEADERS_TIMEOUT: "timed_out",
  UND_ERR_BODY_TIMEOUT: "timed_out",
  EHOSTUNREACH: "no_route",
  ENETUNREACH: "no_route",
  ENETDOWN: "no_route",
  EHOSTDOWN: "no_route",
  EADDRNOTAVAIL: "no_route",
  ERR_SSL_WRONG_VERSION_NUMBER: "no_tls",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "no_tls",
  ERR_SSL_HTTP_REQUEST: "no_tls",
  EPROTO: "tls_refused",
};

/** Texts where there is no code: Deno's `fetch`, and rustls. The first that matches counts. */
const TEXTS: readonly (readonly [RegExp, FailureKind])[] = [
  [/CaUsedAsEndEntity|self[- ]signed certificate$/i, "self_signed"],
  [
    /UnknownIssuer|unknown issuer|BadSignature|self[- ]signed/i,
    "unknown_issuer",
  ],
  [/certificate (?:has )?expired|peer certificate: Expired/i, "expired"],
  [/not valid yet|not yet valid|NotValidYet/i, "not_yet_valid"],
  [/not valid for name|NotValidForName|altnames/i, "other_name"],
  [/key usage|InvalidPurpose|certificate purpose/i, "other_purpose"],
  [/certificate: (?:.*\b)?revoked/i, "revoked"],
  [/invalid peer certificate/i, "bad_certificate"],
  [/corrupt message|wrong version number|packet length too long/i, "no_tls"],
  [
    /handshake ?failure|peer is incompatible|received fatal alert|alert (?:number|handshake|protocol)|unsupported protocol/i,
    "tls_refused",
  ],
  [/temporary failure in name|no connections available/i, "no_name_server"],
  [
    /dns error|failed to lookup|name or service not known|nodename nor servname|no such host|no address associated|the name has no address/i,
    "unknown_name",
  ],
  [/connection refused|actively refused|ConnectionRefused/i, "refused"],
  [
    /no route to host|network is unreachable|unreachable (?:host|network)/i,
    "no_route",
  ],
  [/timed out|timeout/i, "timed_out"],
  [
    /connection (?:was )?(?:reset|aborted|closed)|broken pipe|handshake eof|unexpected eof|closed (?:the )?connection|close_notify|other side closed|socket disconnected|end of file|connection error/i,
    "reset",
  ],
];

const CLASSES: Readonly<Record<string, FailureKind>> = {
  ConnectionRefused: "refused",
  ConnectionReset: "reset",
  ConnectionAborted: "reset",
  BrokenPipe: "reset",
  UnexpectedEof: "reset",
  TimedOut: "timed_out",
  TimeoutError: "timed_out",
  NetworkUnreachable: "no_route",
  HostUnreachable: "no_route",
};

const DEPTH = 8;

/** The reason in `error` or its causes, of any runtime. */
export function reasonIn(error: unknown): FailureReason {
  let cause = error;
  for (let at = 0; at < DEPTH && cause instanceof Error; at++) {
    if (cause instanceof RequestFailure) return cause.reason;
    const kind = kindOf(cause);
    if (kind) return { kind };
    cause = cause.cause;
  }
  return { kind: "unknown" };
}

function kindOf(error: Error): FailureKind | undefined {
  const { code } = error as { code?: unknown };
  if (typeof code === "string") {
    if (Object.hasOwn(CODES, code)) return CODES[code];
    // Other verdicts of OpenSSL on a certificate; its other trouble starts with ERR_.
    if (/^(?:CERT|CRL|INVALID|PATH|UNABLE|HOSTNAME)_/.test(code)) {
      return "bad_certificate";
    }
  }
  if (Object.hasOwn(CLASSES, error.name)) return CLASSES[error.name];
  // An address may quote any of the words.
  const text = withoutUrl(error.message).replaceAll(/"[^"]*"/g, "");
  return TEXTS.find(([pattern]) => pattern.test(text))?.[1];
}

function withoutUrl(text: string): string {
  return text.replaceAll(/ ?\bfor url \([^)]*\)/g, "");
}

/**
 * What the causes of `error` say, the outermost first: name, code and text without the address. Empty unless it is a
 * {@linkcode RequestFailure} whose reason is known: other errors may quote a secret.
 */
export function causesOf(error: Error): string[] {
  if (!(error instanceof RequestFailure) || error.reason.kind === "unknown") {
    return [];
  }
  const lines: string[] = [];
  let cause = error.cause;
  for (let at = 0; at < DEPTH && cause instanceof Error; at++) {
    const { code } = cause as { code?: unknown };
    const named = typeof code === "string"
      ? `${cause.name} ${code}`
      : cause.name;
    lines.push(`${named}: ${withoutUrl(cause.message)}`);
    cause = cause.cause;
  }
  return lines;
}

/** Whether it is about the certificate that the other side showed. */
export function isAboutTrust({ kind }: FailureReason): boolean {
  return /^(?:self_signed|unknown_issuer|expired|not_yet_valid|other_name|other_purpose|revoked|bad_certificate)$/
    .test(kind);
}

const SENTENCES: Readonly<Record<FailureKind, string>> = {
  self_signed: "its certificate is not trusted: it is self-signed",
  unknown_issuer:
    "its certificate is not trusted: its issuer is unknown on this machine",
  expired: "its certificate is not trusted: it has expired",
  not_yet_valid: "its certificate is not trusted: it is not valid yet",
  other_name: "its certificate is not trusted: it is for another host name",
  other_purpose: "its certificate is not trusted: it is not for servers",
  revoked: "its certificate is not trusted: it was revoked",
  bad_certificate: "its certificate is not trusted: it is not valid",
  no_tls: "it does not speak TLS on this port",
  tls_refused: "it refused the TLS connection",
  unknown_name: "there is no such host name",
  no_name_server: "no name server answered for its host name",
  refused: "the connection was refused",
  reset: "the connection was closed before the answer was complete",
  timed_out: "it did not answer in time",
  no_route: "there is no network route to it",
  status: "the proxy refused",
  unknown: "the connection failed",
};

/** The part of a message that says why: `Cannot reach <server>: <sentence>`. */
export function sentenceOf({ kind, proxy, status }: FailureReason): string {
  if (!proxy) return SENTENCES[kind];
  const named = `the proxy ${proxy.host} of ${proxy.variable}`;
  if (kind !== "status") {
    return `${named} was not reached: ${SENTENCES[kind]}`;
  }
  return status === 407
    ? `${named} wants a user name and a password, or others (407)`
    : status === 403
    ? `${named} forbids it (403)`
    : `${named} answered ${status}`;
}

/** What a person can do about it, for the server at `host`. */
export function hintOf(
  { kind, proxy, status }: FailureReason,
  host: string,
): string {
  if (kind === "self_signed" || kind === "unknown_issuer") {
    return "If your network or this server has a CA of its own: export AUTHSOME_CA_BUNDLE=<file with its root certificate>";
  }
  if (kind === "expired" || kind === "not_yet_valid") {
    return `Compare this machine's clock (date); if it is right, tell who runs ${
      proxy ? proxy.host : host
    }`;
  }
  if (proxy) {
    const { variable } = proxy;
    if (status === 407) {
      return `Put them into the variable: export ${variable}=http://<user>:<password>@${proxy.host}`;
    }
    const direct = `or reach the server without it: export NO_PROXY=${host}`;
    return status !== undefined
      ? `Ask who runs the proxy to allow ${host}, ${direct}`
      : `Start the proxy or correct ${variable}, ${direct}`;
  }
  if (kind === "unknown_name" || kind === "no_name_server") {
    return `Check the name ${host} and the network; if only a proxy leads out: export HTTPS_PROXY=http://<host>:<port>`;
  }
  if (isAboutTrust({ kind })) {
    return `Check where ${host} leads from here: a proxy or a portal may answer in its place`;
  }
  return "Check the network, then try again: authsome doctor";
}
