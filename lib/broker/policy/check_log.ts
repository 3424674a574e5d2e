/** What rules would have said of the requests of an audit log. @module */
import type { AuditEntry } from "../../audit/chain.ts";
import { defined } from "../../object.ts";
import type { EffectivePolicy } from "../../policy/file/effective.ts";
import type { ControlledRequest } from "../../request/control/control.ts";
import type { Broker } from "../broker.ts";
import { type Judgement, judgeWith } from "./judge_request.ts";

/** A request of the log, and what the rules say of it. */
export interface CheckedEntry {
  entry: AuditEntry;
  judgement: Judgement;
}

/**
 * Judges each request of `entries` that got a credential, or was refused one. The log has no query, header or body:
 * what they decide counts as what cannot be read.
 */
export async function checkLog(
  broker: Broker,
  effective: EffectivePolicy,
  entries: AsyncIterable<AuditEntry>,
): Promise<CheckedEntry[]> {
  const judge = await judgeWith(broker, effective, {
    program: "",
    folder: broker.runtime.workingFolder?.() ?? "/",
  });
  const checked: CheckedEntry[] = [];
  for await (const entry of entries) {
    const request = requestOf(entry);
    if (!request) continue;
    const names = entry.operation?.split(", ");
    const judgement = await judge(request, defined({ names }));
    checked.push({ entry, judgement });
  }
  return checked;
}

function requestOf(entry: AuditEntry): ControlledRequest | undefined {
  const { event, host, method, path = "/", port = 443 } = entry;
  if (event !== "inject" && event !== "deny") return undefined;
  if (!host || !method || method === "CONNECT" || !path.startsWith("/")) {
    return undefined;
  }
  const { provider, connection } = entry;
  const bodiless = ["GET", "HEAD", "OPTIONS"].includes(method);
  return {
    scheme: port === 80 ? "http" : "https",
    authority: { host, port },
    head: {
      method,
      target: path,
      minor: 1,
      fields: [],
      framing: bodiless ? { kind: "none" } : { kind: "chunked" },
    },
    ...defined({ provider, connection }),
  };
}
