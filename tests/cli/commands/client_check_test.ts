import { expect } from "expect";
import { test } from "node:test";
import type { AuditEvent } from "../../../lib/audit/event.ts";
import { judge } from "../../../lib/cli/commands/doctor/client_check.ts";
import type { ClientFacts } from "../../../lib/cli/commands/doctor/client_verdict.ts";
import { tlsLibrary } from "../../../lib/cli/commands/doctor/tls_library.ts";
import type { ClientReport } from "../../../lib/ports/client_report.ts";

const inject: AuditEvent = {
  event: "inject",
  profile: "default",
  provider: "openai",
  connection: "default",
  host: "api.openai.com",
  path: "/v1",
  ok: true,
  status: 200,
};

test("a client is judged by what the proxy saw of it", () => {
  expect(judge("curl", 2, [inject])).toEqual({
    name: "client",
    ok: true,
    message:
      "1 request from curl used openai/default, the last with status 200",
  });
  const deny: AuditEvent = {
    ...inject,
    event: "deny",
    ok: false,
    reason: "tie",
  };
  const broken: AuditEvent = {
    ...inject,
    ok: false,
    reason: "upstream_unreachable",
  };
  const distrust: AuditEvent = {
    ...deny,
    method: "CONNECT",
    reason: "handshake_failed",
  };
  for (
    const [asked, events, text] of [
      [0, [], "did not come to the proxy"],
      [1, [], "made no request that shows more"],
      [1, [distrust], "does not trust the CA"],
      [3, [inject, distrust], "does not trust the CA"],
      [3, [inject, deny], "was refused api.openai.com/v1 (tie)"],
      [3, [inject, broken], "did not answer (upstream_unreachable)"],
    ] as const
  ) {
    const check = judge("curl", asked, events);
    expect(check).toMatchObject({ ok: false, exitCode: 1 });
    expect(check.message).toContain(text);
    expect(check.fix).not.toBe("");
  }
});

test("a host that nobody could reach is no fault of a client whose other requests get through", () => {
  const unreached: AuditEvent = {
    event: "deny",
    profile: "default",
    host: "telemetry.example",
    ok: false,
    reason: "upstream_unreachable",
  };
  expect(judge("curl", 3, [unreached, inject, unreached])).toEqual({
    name: "client",
    ok: true,
    message:
      "1 request from curl used openai/default, the last with status 200; could not be reached: telemetry.example",
  });
  // Also where a credential was for it.
  const unanswered: AuditEvent = {
    ...inject,
    ok: false,
    host: "raw.githubusercontent.com",
    reason: "upstream_unreachable",
  };
  expect(judge("curl", 3, [inject, unanswered])).toMatchObject({
    ok: true,
    message: expect.stringContaining(
      "; could not be reached: raw.githubusercontent.com",
    ),
  });
  // And a request that the client itself did not wait for.
  const { reason: _, ...left } = unanswered;
  expect(judge("curl", 3, [left, inject])).toMatchObject({
    ok: true,
    message:
      "1 request from curl used openai/default, the last with status 200",
  });
  expect(judge("curl", 3, [left])).toMatchObject({ ok: false });
  // Nothing else shows how it asks, and what is refused for another reason counts.
  for (
    const events of [
      [unreached],
      [inject, { ...unreached, reason: "private_address" }],
      [unreached, unanswered],
    ]
  ) expect(judge("curl", 3, events)).toMatchObject({ ok: false });
});

test("the canary's answer shows that all is well, whatever else was asked", () => {
  const canary: AuditEvent = {
    event: "deny",
    profile: "default",
    host: "doctor.invalid",
    ok: false,
    reason: "credential_missing",
  };
  expect(judge("curl", 1, [canary])).toMatchObject({ ok: true });
  expect(judge("curl", 1, [{ ...canary, reason: "handshake_failed" }]))
    .toMatchObject({ ok: false });
});

test("a client that reads none of the usual variables gets advice on what it reads", () => {
  const fix = (name: string, asked: number, events: AuditEvent[] = []) =>
    judge(name, asked, events).fix;
  const distrust: AuditEvent = {
    event: "deny",
    profile: "default",
    host: "doctor.invalid",
    ok: false,
    reason: "handshake_failed",
  };
  expect(fix("/usr/bin/java", 0)).toContain(
    "authsome run --sandbox -- /usr/bin/java",
  );
  expect(fix("python3", 0)).toContain("trust_env");
  expect(fix("npx", 1, [distrust])).toContain("NODE_EXTRA_CA_CERTS");
  expect(fix("my tool", 0)).toContain("'my tool' --help");
  expect(fix("constructor", 0)).toContain("constructor --help");
});

const CONNECTION: ClientReport = {
  ...{ admitted: true, method: "CONNECT", host: "doctor.invalid", port: 443 },
  ...{ opened: true, tls: "none", requests: 0 },
};
/** The beginnings of handshakes, as these libraries make them. */
const HELLOS = {
  gnutls: {
    ciphers: [4866, 4867, 4865, 4868, 49196, 52393, 49162, 49325, 49195],
    extensions: [5, 10, 11, 13, 22, 23, 35, 51, 43, 65281, 0, 45, 28],
  },
  openssl: {
    ciphers: [4866, 4867, 4865, 49196, 49200, 159, 52393, 52392, 47, 255],
    extensions: [0, 11, 10, 16, 22, 23, 49, 13, 43, 45, 51, 21],
  },
  go: {
    ciphers: [49195, 49199, 49196, 49200, 52393, 52392, 4865, 4866, 4867],
    extensions: [0, 11, 65281, 23, 18, 5, 10, 13, 50, 16, 43, 51],
  },
  java: {
    ciphers: [4866, 4865, 4867, 49196, 49195, 52393, 255],
    extensions: [0, 5, 10, 11, 17, 23, 35, 13, 43, 45, 50, 51],
  },
  rustls: {
    ciphers: [4866, 4865, 4867, 49196, 49195, 52393, 49200, 49199, 52392, 255],
    extensions: [43, 11, 23, 0, 10, 51, 5, 16, 13, 35, 45],
  },
  chromium: {
    ciphers: [0x3a3a, 4865, 4866, 4867, 49195, 255],
    extensions: [0x0a0a, 0, 17, 18, 65281, 28],
  },
};

test("a library is told by its ClientHello", () => {
  expect(
    Object.entries(HELLOS).map(([name, hello]) => [name, tlsLibrary(hello)]),
  ).toEqual([
    ["gnutls", "GnuTLS"],
    ["openssl", undefined],
    ["go", "Go"],
    ["java", "Java"],
    ["rustls", "rustls"],
    ["chromium", undefined],
  ]);
});

test("what became of its connections tells why a client does not work", () => {
  const reason = (
    reports: Partial<ClientReport>[],
    facts: Partial<ClientFacts> = {},
    asked = 1,
    events: AuditEvent[] = [],
  ) => {
    const whole = reports.map((report) => ({ ...CONNECTION, ...report }));
    const { ok, reason, message, fix } = judge(
      "acme",
      asked,
      events,
      whole,
      facts,
    );
    expect([ok, message === "", fix === ""]).toEqual([false, false, false]);
    return reason;
  };
  const alert = {
    tls: "failed" as const,
    failure: "received fatal alert: UnknownCA",
  };
  const left = { tls: "done" as const };
  const { gnutls, openssl, go, java, rustls } = HELLOS;
  for (
    const [expected, report, facts] of [
      ["own_roots", { ...alert, hello: openssl }, { readRoots: false }],
      ["untrusted", { ...alert, hello: openssl }, {}],
      ["own_roots", { ...left, hello: openssl }, { readRoots: false }],
      ["pinned", { ...left, hello: openssl }, { readRoots: true }],
      ["pinned", {
        ...alert,
        failure: "received fatal alert: BadCertificate",
        hello: go,
      }, { readRoots: true }],
      ["own_store", { ...left, hello: gnutls }, { readRoots: false }],
      ["own_store", { ...alert, hello: java }, { readRoots: true }],
      ["compiled_in", { ...alert, hello: rustls }, { readRoots: false }],
      ["tls_failed", {
        tls: "failed",
        failure: "peer is incompatible: NoCipherSuitesInCommon",
      }, {}],
      ["tls_failed", {
        tls: "failed",
        failure:
          "C0:error:0A000102:SSL routines:tls_early_post_process_client_hello:unsupported protocol",
      }, {}],
      // It left without an alert.
      ["pinned", {
        tls: "failed",
        failure: "the client closed the connection",
      }, { readRoots: true }],
      ["not_tls", { strange: "no TLS" }, {}],
      ["other_name", { strange: "another host" }, {}],
      ["no_tls", {}, {}],
      ["other_host", { opened: false, host: "api.acme.com" }, {}],
      ["plain_http", { opened: false, method: "GET", port: 80 }, {}],
      ["no_password", { admitted: false, opened: false }, {}],
    ] as [string, Partial<ClientReport>, Partial<ClientFacts>][]
  ) expect([expected, reason([report], facts)]).toEqual([expected, expected]);
  expect(reason([], {}, 0)).toBe("no_proxy");
  expect(reason([], { connected: ["203.0.113.7:443"] }, 0)).toBe("direct");
  expect(reason([], { version: "v20.20.2" }, 0)).toBe("old_node");
  expect(reason([], { version: "v23.9.0" }, 0)).toBe("old_node");
  expect(reason([], { version: "v22.21.0" }, 0)).toBe("own_agent");
  expect(reason([], { version: "v26.1.0" }, 0)).toBe("own_agent");
  // One host is served, another's certificate refused.
  expect(
    reason(
      [{ ...left, requests: 1, host: "api.openai.com" }, alert],
      {},
      2,
      [inject],
    ),
  ).toBe("untrusted");
});

test("what comes without the password first, or opens more than it uses, is no failure", () => {
  const served: ClientReport = { ...CONNECTION, tls: "done", requests: 1 };
  const first: AuditEvent = {
    event: "deny",
    profile: "default",
    host: "api.openai.com",
    ok: false,
    reason: "proxy_authentication_required",
    status: 407,
  };
  const { ok, message } = judge("w3m", 1, [first, inject], [
    { ...CONNECTION, admitted: false, opened: false },
    { ...served, host: "api.openai.com" },
  ]);
  expect([ok, message]).toEqual([
    true,
    "1 request from w3m used openai/default, the last with status 200; it asks without the password first and comes again with it",
  ]);
  expect(judge("browser", 2, [inject], [
    { ...served, host: "api.openai.com" },
    { ...CONNECTION, host: "api.openai.com", tls: "done" },
    { ...CONNECTION, host: "telemetry.acme.com", opened: false },
    { ...CONNECTION, host: "other.acme.com", tls: "done" },
  ])).toMatchObject({ ok: true });
});

test("a sandbox is named where it is the cure, and not inside of one", () => {
  const fix = (report: Partial<ClientReport>, sandboxed: boolean) =>
    judge("acme", 1, [], [{ ...CONNECTION, ...report }], {
      ...{ line: "acme get", sandboxed, readRoots: false },
    }).fix;
  const named = "authsome run --sandbox -- acme get";
  for (const hello of [HELLOS.gnutls, HELLOS.java, HELLOS.openssl]) {
    expect(fix({ tls: "done", hello }, false)).toContain(named);
    expect(fix({ tls: "done", hello }, true)).not.toContain("--sandbox");
  }
  expect(fix({ tls: "done", hello: HELLOS.rustls }, false))
    .not.toContain("--sandbox");
  expect(judge("acme", 0, [], [], { line: "acme get" }).fix).toContain(named);
  expect(judge("acme", 0, [], [], { sandboxed: true }).fix)
    .not.toContain("--sandbox");
});
