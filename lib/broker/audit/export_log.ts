/** Sends the audit log of a home to where its `config.json` says. @module */
import type { AuditSink, ProvenAudit } from "../../audit/event.ts";
import type { Destination } from "../../audit/export/export_destination.ts";
import { ExportError } from "../../audit/export/export_destination.ts";
import { AuditExporter } from "../../audit/export/exporter.ts";
import { ExportingAudit } from "../../audit/export/exporting_audit.ts";
import { otlpDestination } from "../../audit/export/otlp.ts";
import type {
  ExportSettings,
  OtlpSettings,
} from "../../audit/export/settings.ts";
import { syslogDestination } from "../../audit/export/syslog.ts";
import { AuthsomeError } from "../../errors.ts";
import { sleep } from "../../login/sleep.ts";
import type { AuditExportHost } from "../../ports/audit_export.ts";
import type { Runtime } from "../../ports/runtime.ts";
import type { Clock } from "../../ports/system.ts";
import {
  type DestinationContext,
  destinationHeaders,
} from "./destination_headers.ts";

/** What an export works with. */
interface ExportContext extends DestinationContext {
  runtime: Runtime;
  auditExport: ExportSettings | undefined;
  clock: Clock;
  profile: string;
  audit: AuditSink;
}

/** `log` and what sends it on, if this home and this build do. */
export async function exportingAudit(
  broker: ExportContext,
  log: ProvenAudit,
): Promise<ExportingAudit | undefined> {
  const host = await broker.runtime.auditExport?.();
  const settings = broker.auditExport;
  if (!host || !settings) return undefined;
  const exporter = makeExporter(broker, settings, host, log);
  return new ExportingAudit(log, exporter, host.after);
}

/**
 * What sends the audit log of this home on.
 *
 * @throws {AuthsomeError} `OperationNotAllowed` if `config.json` names no destination.
 */
export async function auditExporter(
  broker: ExportContext,
): Promise<AuditExporter> {
  const host = await broker.runtime.auditExport?.();
  const { auditExport: settings } = broker;
  if (!host || !settings?.otlp && !settings?.syslog) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      `Cannot export the audit log: "audit.export" in "${broker.runtime.configFile.path}" names no destination`,
      `Add it: "audit": {"export": {"otlp": {"endpoint": "https://…/v1/logs"}}}`,
      { subject: { field: "audit.export" } },
    );
  }
  return makeExporter(broker, settings, host, broker.audit);
}

function makeExporter(
  broker: ExportContext,
  { otlp, syslog }: ExportSettings,
  host: AuditExportHost,
  log: AuditSink,
): AuditExporter {
  const { clock, profile, runtime: { auditFile: file, fetch } } = broker;
  const hostName = host.hostName();
  const destinations: Destination[] = [];
  if (otlp) {
    destinations.push(otlpDestination(otlp, {
      ...{ fetch, hostName, now: () => clock.now() },
      credential: () => credentialFor(broker, otlp),
    }));
  }
  if (syslog) {
    const { syslog: sender } = host;
    destinations.push(syslogDestination(syslog, { sender, hostName }));
  }
  return new AuditExporter({
    ...{ file, host, destinations, clock, sleep },
    record: (event) => log.record({ ...event, profile }),
  });
}

/** The headers of the collector's connection, if it has one and that is for the collector's host. */
async function credentialFor(
  broker: ExportContext,
  { endpoint, connection }: OtlpSettings,
): Promise<Readonly<Record<string, string>>> {
  if (!connection) return {};
  try {
    return await destinationHeaders(broker, endpoint, connection);
  } catch (error) {
    if (!(error instanceof AuthsomeError)) throw error;
    throw new ExportError("no_credential", error.message);
  }
}
