/** What the audit log says of a request. @module */
import type { AuditEvent, AuditSink, Because } from "../audit/event.ts";
import { defined } from "../object.ts";
import type { Endpoint } from "../wire/target.ts";
import type { Refusal } from "./refusal.ts";

/** Records what became of one request. */
export type Auditor = (
  event: Omit<AuditEvent, "profile" | "method" | "host" | "path">,
  because?: Because,
) => void;

/** The port as the audit log keeps it: only where it is not the usual one. */
export function portOf({ port }: Endpoint): { port?: number } {
  return port === 443 || port === 0 ? {} : { port };
}

/** Adds what was asked for, as the client wrote it: its path holds no credential, and the query is left out. */
export function auditor(
  { audit, profile }: { audit: AuditSink; profile: string },
  endpoint: Endpoint,
  { method, target }: { method: string; target: string },
): Auditor {
  return (event, because) =>
    audit.record({
      ...event,
      profile,
      method,
      host: endpoint.host,
      ...portOf(endpoint),
      path: target.split("?", 1)[0]!,
    }, because);
}

/** What is recorded of a request that is not sent. */
export function denied(
  { reason, status, provider, connection, rule, operation, detail }: Omit<
    Refusal,
    "message" | "hint"
  >,
): Parameters<Auditor>[0] {
  return {
    event: "deny",
    ok: false,
    reason,
    status,
    ...defined({ provider, connection, rule, operation, detail }),
  };
}
