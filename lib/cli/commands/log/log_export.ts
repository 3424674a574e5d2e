import type { Pushed } from "../../../audit/export/exporter.ts";
import { auditExporter } from "../../../broker/audit/export_log.ts";
import { AuthsomeError } from "../../../errors.ts";
import { counted } from "../../../text.ts";
import { defineCommand, toggle } from "../../kit/define_command.ts";

interface Flags {
  all?: boolean;
}

/** How long a destination that asks to come again is waited for, and everything together. Milliseconds. */
const PATIENCE_MS = 30_000;
const LIMIT_MS = 600_000;

/** `log export`: sends the audit log on. */
export default defineCommand<Flags>({
  description:
    'Sends the entries of the audit log that the destinations of "audit.export" in config.json do not have yet: a collector by OTLP/HTTP, a syslog receiver. Commands do that by themselves; this one waits for it, for a timer or after an outage. Exit code 8 if a destination is not reached.',
  examples: [
    ["authsome log export", "send what is left"],
    ["authsome log export --all", "send everything once more"],
  ],
  parameters: {
    flags: {
      all: toggle("Begin at the first entry of the log"),
    },
  },

  async run(context, { all = false }) {
    const { output } = context;
    const broker = await context.broker();
    const exporter = await auditExporter(broker);
    const destinations = await context.during(
      "Sending the audit log",
      () =>
        exporter.push(AbortSignal.timeout(LIMIT_MS), {
          ...{ force: true, wait: true, patience: PATIENCE_MS, all },
        }),
    );
    if (output.asJson) {
      output.json({ destinations: destinations.map(asJson) });
    } else {
      for (const { failing, locked, ...each } of destinations) {
        if (failing || locked) continue;
        output.data(
          `${each.destination}: ${
            counted(each.sent, "entry", "entries")
          } sent to ${each.place}${
            each.rejected > 0 ? `, which did not keep ${each.rejected}` : ""
          }${
            each.missed > 0
              ? `; ${each.missed} were gone from the log before`
              : ""
          }`,
        );
      }
    }
    const bad = destinations.find(({ failing, locked }) => failing || locked);
    if (!bad) return;
    const error = errorOf(bad);
    context.exitCode = error.exitCode;
    if (!output.asJson) throw error;
  },
});

function errorOf(
  { destination, place, sent, failing }: Pushed,
): AuthsomeError {
  return new AuthsomeError(
    failing?.problem === "no_credential"
      ? "CredentialMissing"
      : "EndpointUnreachable",
    `Cannot send the audit log to ${place} (${destination}): ${
      failing?.message ?? "another process is sending to it"
    }${sent > 0 ? `, after ${counted(sent, "entry", "entries")}` : ""}`,
    failing?.problem === "refused"
      ? `Check "audit.export.${destination}" in config.json; nothing is lost, the entries stay in the log`
      : "Try again later: authsome log export. Nothing is lost, the entries stay in the log",
  );
}

function asJson(
  { destination, failing, locked, ...counts }: Pushed,
): Record<string, unknown> {
  return {
    name: destination,
    ...counts,
    ok: !failing && !locked,
    ...failing ? { problem: failing.problem, message: failing.message } : {},
    ...locked ? { problem: "locked" } : {},
  };
}
