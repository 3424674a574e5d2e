/** The hosts that git can be sent to with a credential of the vault. @module */
import { decideRoute } from "../../request/decide_route.ts";
import { buildRoutes } from "../../request/routes.ts";
import type { Broker } from "../broker.ts";
import { basicOf, HelperConnections } from "./served.ts";

/** Where git begins to speak to a repository, below its path (gitprotocol-http(5)). */
export const FIRST_REQUEST = "/info/refs";

/** A host for git's configuration. */
export interface GitHost {
  /** With its port unless that is 443. */
  host: string;
  /** Whether only what is below a path is served, so that git must tell the path. */
  isBelowPath: boolean;
}

/** Those of every connection, sorted. */
export async function gitHosts(
  broker: Broker,
  warn: (message: string) => void,
): Promise<GitHost[]> {
  const found = new Map<string, GitHost>();
  for (const input of await new HelperConnections(broker, { warn }).views()) {
    const table = buildRoutes([input]);
    for (const { host: match, port, pathPrefix, paths } of table.routes) {
      // Which hosts a pattern stands for is not known: the person names them.
      if (match.kind !== "exact" || paths !== "git") continue;
      const isBelowPath = pathPrefix !== "/";
      const path = `${isBelowPath ? pathPrefix : ""}${FIRST_REQUEST}`;
      const decision = decideRoute(table, { host: match.host, port, path });
      if (decision.kind !== "route" || !basicOf(decision)) continue;
      const host = port === 443 ? match.host : `${match.host}:${port}`;
      if (!isBelowPath || !found.has(host)) {
        found.set(host, { host, isBelowPath });
      }
    }
  }
  return [...found.values()].sort((a, b) => a.host < b.host ? -1 : 1);
}
