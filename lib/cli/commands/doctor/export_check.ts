/** Whether the destinations of the audit log take it. An empty request is sent, and no data. @module */
import { auditExporter } from "../../../broker/audit/export_log.ts";
import type { Broker } from "../../../broker/broker.ts";
import { ExportError } from "../../../audit/export/export_destination.ts";
import { type Check, failure } from "./doctor_check.ts";

const LIMIT_MS = 3_000;

export async function* auditExports(broker: Broker): AsyncGenerator<Check> {
  if (!broker.auditExport) return;
  try {
    const exporter = await auditExporter(broker);
    for (const { destination, cursor } of await exporter.cursors()) {
      const name = "audit export";
      const { name: kind, place } = destination;
      const sent = cursor.seq === 0
        ? "nothing was sent yet"
        : `sent up to entry ${cursor.seq}`;
      try {
        await destination.send([], AbortSignal.timeout(LIMIT_MS));
        yield { name, ok: true, message: `${kind}: ${place}, ${sent}` };
      } catch (error) {
        if (!(error instanceof ExportError)) throw error;
        yield {
          name,
          ok: false,
          message: `${kind}: ${error.message}; ${sent}`,
          fix: error.problem === "refused" || error.problem === "no_credential"
            ? `Check "audit.export.${kind}" in ${broker.runtime.configFile.path}`
            : "authsome log export",
          exitCode: error.problem === "no_credential" ? 5 : 8,
        };
      }
    }
  } catch (error) {
    yield failure("audit export", error);
  }
}
