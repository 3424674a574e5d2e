/** The audit log to a receiver of syslog. @module */
import type { SyslogSender } from "../../ports/audit_export.ts";
import type { AuditEntry } from "../chain.ts";
import {
  type Destination,
  type ExportedEntry,
  ExportError,
} from "./export_destination.ts";
import type { SyslogSettings } from "./settings.ts";

/** Severities (RFC 5424 §6.2.1). */
const WARNING = 4;
const INFORMATIONAL = 6;
/** The largest `sequenceId` (RFC 5424 §7.3.1). */
const MAX_SEQUENCE = 2_147_483_647;

const utf8 = new TextEncoder();

/** The receiver of `settings`. */
export function syslogDestination(
  { address, facility }: SyslogSettings,
  { sender, hostName }: { sender: SyslogSender; hostName: string },
): Destination {
  const place = address.kind === "unix"
    ? address.path
    : `${address.host}:${address.port}`;
  return {
    name: "syslog",
    place,
    async send(entries, signal) {
      try {
        if (address.kind === "unix") {
          await sender.local(
            address.path,
            localLines(entries, facility),
            signal,
          );
        } else {
          const messages = entries.map((entry) =>
            utf8.encode(syslogMessage(entry, facility, hostName))
          );
          await (address.kind === "udp"
            ? sender.datagrams(address, messages, signal)
            : sender.stream(
              { ...address, tls: address.kind === "tls" },
              messages.map(octetCounted),
              signal,
            ));
        }
      } catch (error) {
        if (error instanceof ExportError) throw error;
        throw new ExportError(
          "unreachable",
          signal.aborted
            ? `${place} did not take it in time`
            : `cannot reach ${place}: ${await sender.why(error)}`,
        );
      }
      return {};
    },
  };
}

/** One message (RFC 5424 §6): what it says is the line as it is in the log, so that the hash chain can be verified. */
export function syslogMessage(
  { line, entry }: ExportedEntry,
  facility: number,
  hostName: string,
): string {
  const host = hostName.replace(/[^\x21-\x7e]/g, "").slice(0, 255) || "-";
  const sequence = (entry.seq - 1) % MAX_SEQUENCE + 1;
  return `<${
    priority(entry, facility)
  }>1 ${entry.ts} ${host} authsome - ${entry.event} [meta sequenceId="${sequence}"] ${line}`;
}

/** What a socket of this machine takes line by line, each with its priority: `logger` adds what the system's own format wants. */
function localLines(
  entries: readonly ExportedEntry[],
  facility: number,
): string {
  return entries.map(({ line, entry }) =>
    `<${priority(entry, facility)}>${line}\n`
  ).join("");
}

function priority({ ok }: AuditEntry, facility: number): number {
  return facility * 8 + (ok ? INFORMATIONAL : WARNING);
}

/** A message with its length before it (RFC 6587 §3.4.1, RFC 5425 §4.3). */
export function octetCounted(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const length = utf8.encode(`${message.length} `);
  const frame = new Uint8Array(length.length + message.length);
  frame.set(length);
  frame.set(message, length.length);
  return frame;
}
