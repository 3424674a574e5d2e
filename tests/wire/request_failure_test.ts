// What runtimes and systems say of a failed connection, by what a person is told of it.
import { expect } from "expect";
import { test } from "node:test";
import {
  causesOf,
  type FailureKind,
  hintOf,
  reasonIn,
  RequestFailure,
  sentenceOf,
} from "../../lib/wire/request_failure.ts";

function coded(code: string, message = ""): Error {
  return Object.assign(new Error(message), { code });
}

function named(name: string): Error {
  return Object.assign(new Error("connecting failed"), { name });
}

/** As Deno's `fetch` puts it. */
function sending(text: string): Error {
  return new TypeError("fetch failed", {
    cause: new Error(
      `error sending request for url (https://expired.example/timed out?a=Connection refused): ${text}`,
    ),
  });
}

/** As undici puts it. */
function fetching(cause: Error): Error {
  return new TypeError("fetch failed", { cause });
}

const CASES: [FailureKind, Error][] = [
  // Node and undici, on either runtime.
  ["self_signed", fetching(coded("DEPTH_ZERO_SELF_SIGNED_CERT"))],
  ["unknown_issuer", fetching(coded("UNABLE_TO_VERIFY_LEAF_SIGNATURE"))],
  ["unknown_issuer", fetching(coded("SELF_SIGNED_CERT_IN_CHAIN"))],
  ["unknown_issuer", coded("UNABLE_TO_GET_ISSUER_CERT_LOCALLY")],
  ["expired", fetching(coded("CERT_HAS_EXPIRED"))],
  ["not_yet_valid", fetching(coded("CERT_NOT_YET_VALID"))],
  ["revoked", fetching(coded("CERT_REVOKED"))],
  ["other_name", fetching(coded("ERR_TLS_CERT_ALTNAME_INVALID"))],
  ["other_purpose", fetching(coded("INVALID_PURPOSE"))],
  ["unknown_issuer", fetching(coded("CERT_SIGNATURE_FAILURE"))],
  ["unknown_issuer", sending("invalid peer certificate: BadSignature")],
  ["bad_certificate", fetching(coded("CERT_CHAIN_TOO_LONG"))],
  ["bad_certificate", fetching(coded("INVALID_CA"))],
  ["no_tls", fetching(coded("ERR_SSL_WRONG_VERSION_NUMBER"))],
  ["tls_refused", fetching(coded("EPROTO"))],
  [
    "tls_refused",
    fetching(
      coded(
        "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION",
        "tlsv1 alert protocol version",
      ),
    ),
  ],
  ["unknown_name", fetching(coded("ENOTFOUND"))],
  ["no_name_server", fetching(coded("EAI_AGAIN"))],
  ["refused", fetching(coded("ECONNREFUSED"))],
  [
    "refused",
    fetching(
      Object.assign(new AggregateError([new Error("a"), new Error("b")]), {
        code: "ECONNREFUSED",
      }),
    ),
  ],
  ["reset", fetching(coded("ECONNRESET"))],
  ["reset", fetching(coded("UND_ERR_SOCKET", "other side closed"))],
  ["reset", new TypeError("terminated", { cause: coded("UND_ERR_SOCKET") })],
  ["timed_out", fetching(coded("UND_ERR_CONNECT_TIMEOUT"))],
  ["timed_out", fetching(coded("ETIMEDOUT"))],
  ["timed_out", new DOMException("", "TimeoutError")],
  ["no_route", fetching(coded("EHOSTUNREACH"))],
  ["no_route", fetching(coded("ENETUNREACH"))],
  // Deno's fetch, and rustls.
  ["unknown_issuer", sending("invalid peer certificate: UnknownIssuer")],
  [
    "self_signed",
    sending(
      "client error (Connect): invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))",
    ),
  ],
  [
    "expired",
    sending(
      "client error (Connect): invalid peer certificate: certificate expired: verification time 1795773984 (UNIX), but certificate is not valid after 1794909973 (864011 seconds ago)",
    ),
  ],
  ["expired", sending("invalid peer certificate: Expired")],
  [
    "not_yet_valid",
    sending(
      "invalid peer certificate: certificate not valid yet: verification time 1 (UNIX), but certificate is not valid before 2",
    ),
  ],
  [
    "other_name",
    sending(
      'invalid peer certificate: certificate not valid for name "connection refused.example"; certificate is only valid for DnsName("other.example")',
    ),
  ],
  ["other_name", sending("invalid peer certificate: NotValidForName")],
  [
    "other_purpose",
    sending(
      "invalid peer certificate: certificate does not allow extended key usage for server authentication, allows client authentication",
    ),
  ],
  ["bad_certificate", sending("invalid peer certificate: BadEncoding")],
  ["no_tls", sending("received corrupt message of type InvalidContentType")],
  ["tls_refused", sending("received fatal alert: HandshakeFailure")],
  [
    "unknown_name",
    sending(
      "client error (Connect): dns error: failed to lookup address information: Name or service not known",
    ),
  ],
  [
    "unknown_name",
    sending(
      "dns error: failed to lookup address information: nodename nor servname provided, or not known",
    ),
  ],
  [
    "no_name_server",
    sending(
      "dns error: failed to lookup address information: Temporary failure in name resolution",
    ),
  ],
  ["unknown_name", new Error("the name has no address")],
  [
    "refused",
    sending(
      "client error (Connect): tcp connect error: Connection refused (os error 111)",
    ),
  ],
  [
    "refused",
    sending(
      "tcp connect error: No connection could be made because the target machine actively refused it. (os error 10061)",
    ),
  ],
  ["reset", sending("Connection reset by peer (os error 104)")],
  ["reset", sending("client error (Connect): tls handshake eof")],
  [
    "reset",
    sending("peer closed connection without sending TLS close_notify"),
  ],
  ["timed_out", sending("tcp connect error: Connection timed out")],
  ["no_route", sending("tcp connect error: No route to host (os error 113)")],
  [
    "no_route",
    sending("tcp connect error: Network is unreachable (os error 101)"),
  ],
  ["refused", named("ConnectionRefused")],
  ["reset", named("ConnectionReset")],
  ["timed_out", named("TimedOut")],
  ["unknown", sending("something else")],
  ["unknown", new Error("refused is a word, and so is expired")],
];

for (const [at, [kind, error]] of CASES.entries()) {
  const { cause } = error;
  const code = (cause as { code?: string } | undefined)?.code;
  const text = cause instanceof Error ? cause.message : error.message;
  test(`${at}: "${code ?? text}" is read as ${kind}`, () => {
    expect(reasonIn(error)).toEqual({ kind });
    // Behind whatever else was wrapped around it.
    expect(reasonIn(new Error("fetch failed", { cause: error })))
      .toEqual({ kind });
  });
}

test("what is no error, and a circle of causes, have no reason", () => {
  const circle = new Error("again");
  circle.cause = circle;
  for (const thrown of [undefined, "ECONNREFUSED", circle]) {
    expect(reasonIn(thrown)).toEqual({ kind: "unknown" });
  }
});

const PROXY = { variable: "https_proxy", host: "proxy.corp.example:3128" };

test("each cause has a sentence of its own, of the server and of the proxy", () => {
  const kinds = [...new Set(CASES.map(([kind]) => kind))];
  const sentences = [
    ...kinds.map((kind) => sentenceOf({ kind })),
    ...kinds.map((kind) => sentenceOf({ kind, proxy: PROXY })),
    ...[407, 403, 502].map((status) =>
      sentenceOf({ kind: "status", status, proxy: PROXY })
    ),
  ];
  expect(new Set(sentences).size).toBe(sentences.length);
  for (const sentence of sentences.slice(kinds.length)) {
    expect(sentence).toContain("proxy.corp.example:3128 of https_proxy");
  }
});

const HINTS: [Parameters<typeof hintOf>[0], RegExp][] = [
  [{ kind: "unknown_issuer" }, /export AUTHSOME_CA_BUNDLE=/],
  [{ kind: "self_signed" }, /export AUTHSOME_CA_BUNDLE=/],
  [{ kind: "unknown_issuer", proxy: PROXY }, /export AUTHSOME_CA_BUNDLE=/],
  [{ kind: "expired" }, /clock.*api\.example/],
  [{ kind: "not_yet_valid" }, /clock/],
  [{ kind: "other_name" }, /api\.example leads/],
  [{ kind: "unknown_name" }, /name api\.example/],
  [
    { kind: "status", status: 407, proxy: PROXY },
    /export https_proxy=http:\/\/<user>:<password>@proxy\.corp\.example:3128$/,
  ],
  [
    { kind: "status", status: 403, proxy: PROXY },
    /allow api\.example.*NO_PROXY=api\.example$/,
  ],
  [{ kind: "refused", proxy: PROXY }, /Start the proxy or correct https_proxy/],
  [{ kind: "unknown_name", proxy: PROXY }, /correct https_proxy/],
  [{ kind: "refused" }, /authsome doctor/],
  [{ kind: "unknown" }, /authsome doctor/],
];

for (const [reason, pattern] of HINTS) {
  test(`the hint for ${JSON.stringify(reason)}`, () => {
    expect(hintOf(reason, "api.example")).toMatch(pattern);
  });
}

test("the chain of causes is shown without addresses, and not where the reason is unknown", () => {
  const refused = sending("tcp connect error: Connection refused");
  expect(
    causesOf(new RequestFailure(reasonIn(refused), { cause: refused })),
  ).toEqual([
    "TypeError: fetch failed",
    "Error: error sending request: tcp connect error: Connection refused",
  ]);
  const other = sending("the header has sk-secret in it");
  expect(causesOf(new RequestFailure(reasonIn(other), { cause: other })))
    .toEqual([]);
});
