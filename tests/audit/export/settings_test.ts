import { expect } from "expect";
import { test } from "node:test";
import { readExportSettings } from "../../../lib/audit/export/settings.ts";

const ENDPOINT = "https://collector.example/v1/logs";

test("settings that can be used", () => {
  expect(readExportSettings({})).toEqual({});
  expect(readExportSettings({
    otlp: {
      endpoint: ENDPOINT,
      headers: { "x-scope-orgid": "team-a" },
      connection: "honeycomb/work",
    },
  })).toEqual({
    otlp: {
      endpoint: new URL(ENDPOINT),
      headers: { "x-scope-orgid": "team-a" },
      connection: { provider: "honeycomb", name: "work" },
    },
  });
  const addresses = {
    "udp://127.0.0.1": { kind: "udp", host: "127.0.0.1", port: 514 },
    "tcp://localhost:601": { kind: "tcp", host: "localhost", port: 601 },
    "tcp://[::1]:80": { kind: "tcp", host: "::1", port: 80 },
    "tls://logs.example": { kind: "tls", host: "logs.example", port: 6514 },
    "tls://10.0.0.7:7000": { kind: "tls", host: "10.0.0.7", port: 7000 },
    "unix:///dev/log": { kind: "unix", path: "/dev/log" },
  };
  for (const [text, address] of Object.entries(addresses)) {
    expect(readExportSettings({ syslog: { address: text } }))
      .toEqual({ syslog: { address, facility: 10 } });
  }
  expect(readExportSettings({
    syslog: {
      address: "udp://logs.example",
      facility: "local3",
      allow_plaintext: true,
    },
  })).toMatchObject({ syslog: { facility: 19 } });
});

const BAD: readonly (readonly [unknown, string, RegExp])[] = [
  [null, "", /not an object/],
  [[], "", /not an object/],
  [{ oltp: {} }, "", /other fields than otlp, syslog/],
  [{ otlp: "x" }, "otlp", /not an object/],
  [{ otlp: {} }, "otlp.endpoint", /not a URL/],
  [{ otlp: { endpoint: 1 } }, "otlp.endpoint", /not a URL/],
  [{ otlp: { endpoint: ENDPOINT, url: "" } }, "otlp", /other fields/],
  ...([
    ["ftp://collector.example/v1/logs", /neither https nor http/],
    ["http://collector.example/v1/logs", /http leads to this machine/],
    ["http://127.0.0.1.example/v1/logs", /http leads to this machine/],
    ["https://me:secret@collector.example/v1/logs", /password/],
    ["https://collector.example/v1/logs?api_key=x", /query/],
    ["https://collector.example/v1/logs#x", /query/],
    ["https://collector.example", /no path/],
  ] as const).map(([endpoint, problem]) =>
    [{ otlp: { endpoint } }, "otlp.endpoint", problem] as const
  ),
  ...([
    [{ authorization: "Bearer x" }, /may hold a secret/],
    [{ "X-Honeycomb-Team": "x" }, /may hold a secret/],
    [{ "dd-api-key": "x" }, /may hold a secret/],
    [{ "signoz-ingestion-key": "x" }, /may hold a secret/],
    [{ "lightstep-access-token": "x" }, /may hold a secret/],
    [{ "uptrace-dsn": "x" }, /may hold a secret/],
    [{ cookie: "a=b" }, /may hold a secret/],
    [{ "x-tenant": "hcaik01jx9k2m3n4p5q6r7s8t9" }, /may hold a secret/],
    [{ host: "other.example" }, /set by authsome/],
    [{ "Content-Type": "text/plain" }, /set by authsome/],
    [{ "transfer-encoding": "chunked" }, /set by authsome/],
    [{ "x-a": "b\r\nx-c: d" }, /no printable text/],
    [{ "x-a": 1 }, /no printable text/],
    [{ "x a": "b" }, /no header's/],
    ["x", /no object/],
  ] as const).map(([headers, problem]) =>
    [
      { otlp: { endpoint: ENDPOINT, headers } },
      "otlp.headers",
      problem,
    ] as const
  ),
  ...["", "a/b/c", "/a", 1].map((connection) =>
    [
      { otlp: { endpoint: ENDPOINT, connection } },
      "otlp.connection",
      /neither/,
    ] as const
  ),
  [
    {
      otlp: { endpoint: "http://127.0.0.1:4318/v1/logs", connection: "openai" },
    },
    "otlp.connection",
    /https alone/,
  ],
  [{ syslog: {} }, "syslog.address", /not a string/],
  ...([
    ["logs.example", /not udp/],
    ["http://logs.example", /not udp/],
    ["udp://logs.example", /read and forged/],
    ["tcp://logs.example:601", /read and forged/],
    ["tcp://localhost", /no port/],
    ["tls://logs.example:0", /port is 0/],
    ["tls://logs.example:99999", /not udp/],
    ["tls://me@logs.example", /password/],
    ["tls://logs.example/x", /more than a host/],
    ["unix://dev/log", /absolute path/],
  ] as const).map(([address, problem]) =>
    [{ syslog: { address } }, "syslog.address", problem] as const
  ),
  [
    { syslog: { address: "unix:///dev/log", facility: "secret" } },
    "syslog.facility",
    /none of kern/,
  ],
  [
    { syslog: { address: "udp://127.0.0.1", allow_plaintext: "yes" } },
    "syslog.allow_plaintext",
    /neither true nor false/,
  ],
];

test("settings that cannot be used say which field, and quote none", () => {
  for (const [value, field, problem] of BAD) {
    const read = readExportSettings(value);
    expect([value, read]).toEqual([value, {
      field,
      problem: expect.stringMatching(problem),
    }]);
    expect(JSON.stringify(read)).not.toMatch(/Bearer|hcaik|me:secret/);
  }
});
