/** What the requests of a run are decided with: one object from `run` to every connection of its proxy. @module */
import type { AuditSink } from "../audit/event.ts";
import type { CredentialSource } from "../connection/credentials.ts";
import type { ClientReport } from "../ports/client_report.ts";
import type { Control } from "./control/control.ts";
import type { RouteTable } from "./route.ts";

/** What requests are decided with, and where decisions are recorded. */
export interface RequestContext {
  /** The routes as they are now; asked for at each tunnel and request. */
  routes(): RouteTable | Promise<RouteTable>;
  credentials: CredentialSource;
  audit: AuditSink;
  profile: string;
  /** Whether hosts without a route are tunnelled (`open`) or refused. */
  policy: "open" | "deny";
  /** The person's rules. Default: there are none. */
  control?: Control;
  /** Given a report of each connection from the command as it comes. */
  observe?(report: ClientReport): void;
}
