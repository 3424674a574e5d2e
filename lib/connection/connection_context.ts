/** What works at a provider's endpoints with what the vault holds. @module */
import type { AuditSink } from "../audit/event.ts";
import type { Clock, Processes } from "../ports/system.ts";
import type { LoginFiles } from "../ports/login_files.ts";
import type { Fetch } from "../ports/net.ts";
import type { Client } from "../oauth/client.ts";
import type { ProviderRegistry } from "../provider/registry.ts";
import type { Records } from "./connections.ts";
import type { ReferenceReader } from "./references/reference_reader.ts";

/** What a refresh and a revocation work through, besides the connections. */
export interface EndpointContext {
  readonly vault: Pick<Records, "get" | "put" | "delete" | "revision">;
  readonly registry: Pick<ProviderRegistry, "get">;
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** Absent where nothing is known of other processes. */
  readonly processes?: Processes;
  /** Tells a person in a line what is waited for. */
  readonly warn?: (message: string) => void;
  /** Where agents keep their own logins. Absent where there is none. */
  readonly loginFiles?: () => Promise<LoginFiles>;
  /** Reads secrets that stay in their manager, and writes them there. Absent where there is no way to. */
  readonly references?: () => Promise<ReferenceReader>;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  readonly audit?: AuditSink;
  readonly signal?: AbortSignal;
  readonly allowPrivateHosts?: boolean;
}

/** The client with all of its secrets, those that stay in a secret manager read now. */
export async function wholeClient<C extends Client | undefined>(
  context: Pick<EndpointContext, "references">,
  client: C,
): Promise<C | Client> {
  return client?.references === undefined || !context.references
    ? client
    : await (await context.references()).client(client);
}
