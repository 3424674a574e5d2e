// The audit log to the real OpenTelemetry Collector, and to what decodes it with the official protobufs.
import { expect } from "expect";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { verifyAuditLog } from "../../../lib/audit/chain.ts";
import { freePort } from "../../support/free_port.ts";
import { missing } from "../../support/missing.ts";
import { Session } from "../../support/terminal/terminal_script.ts";

const ROOT = new URL("../../..", import.meta.url).pathname;
const COLLECTOR = `${ROOT}build/otelcol/otelcol`;
const PYTHON = Deno.env.get("AUTHSOME_TEST_PYTHON") ?? "python3";

type Fields = Record<string, unknown>;

/** A log record as OTLP/JSON has it. */
interface LogRecord {
  timeUnixNano: string;
  severityNumber: number | string;
  severityText: string;
  eventName: string;
  body: { stringValue: string };
  attributes: { key: string; value: Fields }[];
}

/** A receiver, listening on a port; what it received are requests as OTLP/JSON has them. */
interface Receiver extends AsyncDisposable {
  port: number;
  received: Fields[];
}

async function collector(work: string): Promise<Receiver> {
  const received: Fields[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      received.push(await request.json());
      return Response.json({});
    },
  );
  const port = freePort();
  Deno.writeTextFileSync(
    `${work}/collector.yaml`,
    `receivers:
  otlp:
    protocols:
      http:
        endpoint: 127.0.0.1:${port}
exporters:
  otlp_http:
    endpoint: http://127.0.0.1:${server.addr.port}
    encoding: json
    compression: none
    sending_queue:
      enabled: false
service:
  telemetry:
    metrics:
      level: none
  pipelines:
    logs:
      receivers: [otlp]
      exporters: [otlp_http]
`,
  );
  const child = new Deno.Command(COLLECTOR, {
    args: ["--config", `${work}/collector.yaml`],
    ...{ stdin: "null", stdout: "null", stderr: "null" },
  }).spawn();
  await answering(port);
  return {
    ...{ port, received },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
      await server.shutdown();
    },
  };
}

async function decoder(): Promise<Receiver> {
  const port = freePort();
  const received: Fields[] = [];
  const child = new Deno.Command(PYTHON, {
    args: [`${ROOT}tests/audit/export/collector/decode.py`, String(port)],
    ...{ stdin: "null", stdout: "piped", stderr: "inherit" },
  }).spawn();
  const reading = (async () => {
    let text = "";
    for await (
      const part of child.stdout.pipeThrough(new TextDecoderStream())
    ) {
      const lines = (text + part).split("\n");
      text = lines.pop()!;
      received.push(...lines.map((line) => JSON.parse(line)));
    }
  })();
  await answering(port);
  return {
    ...{ port, received },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
      await reading;
    },
  };
}

async function answering(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    try {
      return (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

const RECEIVERS = [
  {
    name: "the OpenTelemetry Collector",
    start: collector,
    skip: existsSync(COLLECTOR)
      ? false
      : "otelcol is not built: tests/audit/export/collector/install.sh",
  },
  {
    name: "the official protobufs",
    start: decoder,
    skip: await missing(
      PYTHON,
      "-c",
      "import opentelemetry.proto.collector.logs.v1.logs_service_pb2",
    ),
  },
];

for (const { name, start, skip } of RECEIVERS) {
  test(`${name} read every entry, and the chain can be verified there`, {
    skip,
  }, async () => {
    await using session = await Session.open();
    await using receiver = await start(session.work);
    await session.run("authsome init");
    const path = `${session.work}/home/config.json`;
    const config = JSON.parse(Deno.readTextFileSync(path));
    const endpoint = `http://127.0.0.1:${receiver.port}/v1/logs`;
    const audit = { export: { otlp: { endpoint } } };
    Deno.writeTextFileSync(path, JSON.stringify({ ...config, audit }));
    await session.run(
      "printf gsk_1234567890abcdefgh | authsome login groq --stdin --connection 'caf\u00e9 1'; authsome token groq; authsome run -- true",
    );
    // A busy machine may have been too slow for the commands: that it takes entries again is an entry too.
    await session.run("authsome log export");
    const { code, stderr } = await session.run("authsome log export");
    expect([code, stderr]).toEqual([0, ""]);
    const lines = Deno.readTextFileSync(`${session.work}/home/audit.log`)
      .trimEnd().split("\n");
    let records: LogRecord[] = [];
    for (let tries = 0; tries < 200 && records.length < lines.length; tries++) {
      records = recordsIn(receiver.received);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(records.map(({ body }) => body.stringValue)).toEqual(lines);
    expect(await verifyAuditLog(lines)).toMatchObject({ ok: true });
    for (const record of records) {
      const entry = JSON.parse(record.body.stringValue);
      expect(BigInt(record.timeUnixNano) / 1_000_000n).toBe(
        BigInt(Date.parse(entry.ts)),
      );
      expect(record).toMatchObject({
        severityText: entry.ok ? "INFO" : "WARN",
        eventName: `authsome.${entry.event}`,
      });
      const attributes = Object.fromEntries(
        record.attributes.map(({ key, value }) => [
          key,
          String(Object.values(value)[0]),
        ]),
      );
      expect(attributes).toMatchObject({
        "authsome.audit.seq": String(entry.seq),
        "authsome.audit.hash": entry.hash,
        "authsome.audit.prev": entry.prev,
        "authsome.profile": "default",
      });
    }
    const [resource] = receiver.received.flatMap((request) =>
      request.resourceLogs as { resource: { attributes: { key: string }[] } }[]
    );
    expect(resource!.resource.attributes.map(({ key }) => key).sort())
      .toEqual(["host.name", "service.name", "service.version"]);
    expect((await session.run("authsome doctor")).stdout).toContain(
      `otlp: 127.0.0.1:${receiver.port}, sent up to entry ${lines.length}`,
    );
  });
}

function recordsIn(requests: readonly Fields[]): LogRecord[] {
  type Scopes = { scopeLogs: { logRecords: LogRecord[] }[] }[];
  return requests.flatMap((request) =>
    (request.resourceLogs as Scopes | undefined ?? [])
      .flatMap(({ scopeLogs }) => scopeLogs)
      .flatMap(({ logRecords }) => logRecords)
  );
}
