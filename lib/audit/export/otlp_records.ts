/**
 * Entries of the audit log as log records of OpenTelemetry (https://opentelemetry.io/docs/specs/otel/logs/data-model/).
 *
 * The body of a record is the line as it is in the log, so that who keeps the records can verify the hash chain.
 *
 * @module
 */
import { JsonLogsSerializer } from "@opentelemetry/otlp-transformer";
import { defined } from "../../object.ts";
import { VERSION } from "../../version.ts";
import type { ExportedEntry } from "./export_destination.ts";

/** Severity numbers of the data model. */
const INFO = 9;
const WARN = 13;

type LogRecords = Parameters<typeof JsonLogsSerializer.serializeRequest>[0];

/** The body of a request that exports `entries` of the machine `hostName`: ExportLogsServiceRequest in JSON. */
export function logsRequest(
  entries: readonly ExportedEntry[],
  hostName: string,
): Uint8Array<ArrayBuffer> {
  const resource = {
    attributes: {
      "service.name": "authsome",
      "service.version": VERSION,
      "host.name": hostName,
    },
    schemaUrl: undefined,
  };
  const instrumentationScope = { name: "authsome.audit", version: VERSION };
  const records = entries.map(({ line, entry }) => {
    const time = Date.parse(entry.ts);
    const hrTime = [Math.floor(time / 1000), time % 1000 * 1e6];
    return {
      ...{ hrTime, hrTimeObserved: hrTime, resource, instrumentationScope },
      severityNumber: entry.ok ? INFO : WARN,
      severityText: entry.ok ? "INFO" : "WARN",
      eventName: `authsome.${entry.event}`,
      body: line,
      attributes: defined({
        "authsome.audit.seq": entry.seq,
        "authsome.audit.hash": entry.hash,
        "authsome.audit.prev": entry.prev,
        "authsome.event": entry.event,
        "authsome.ok": entry.ok,
        "authsome.profile": entry.profile,
        "authsome.provider": entry.provider,
        "authsome.connection": entry.connection,
        "authsome.reason": entry.reason,
        "authsome.detail": entry.detail,
        "authsome.run": entry.run,
        "authsome.rule": entry.rule,
        "authsome.operation": entry.operation,
        "http.request.method": entry.method,
        "server.address": entry.host,
        "server.port": entry.port,
        "url.path": entry.path,
        "http.response.status_code": entry.status,
      }),
      droppedAttributesCount: 0,
    };
  });
  // The types are those of records made by the SDK, of which the serializer reads these members alone.
  return JsonLogsSerializer.serializeRequest(
    records as unknown as LogRecords,
  )! as Uint8Array<ArrayBuffer>;
}
