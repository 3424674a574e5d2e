/** What a refresh works through, and what it comes to. @module */
import type { AuthsomeError } from "../../errors.ts";
import type { Connection } from "../connection.ts";
import type { Connections } from "../connections.ts";
import type { EndpointContext } from "../connection_context.ts";

/** What a refresh works through. */
export interface RefreshContext extends EndpointContext {
  readonly connections: Pick<
    Connections,
    "profile" | "find" | "save" | "client"
  >;
  /** Refreshes another connection, with which this one is minted. */
  fresh?(connection: Connection): Promise<Connection>;
}

/** What a refresh came to. */
export type RefreshOutcome =
  /** New tokens were issued and stored. */
  | { kind: "refreshed"; connection: Connection }
  /** Another process refreshed it, or it was logged in anew (`connection`) or logged out. Nothing was written. */
  | { kind: "superseded"; connection?: Connection }
  /** There is nothing to refresh it with. */
  | { kind: "no_refresh_token"; connection: Connection }
  /** It may work later, not before `retryAt` (epoch milliseconds). The stored tokens are as they were. */
  | {
    kind: "transient";
    connection: Connection;
    retryAt: number;
    reason: string;
    error?: AuthsomeError;
  }
  /** The provider refused the grant for good; the connection is stored with the state that says how. */
  | { kind: "permanent"; connection: Connection; error: AuthsomeError };
