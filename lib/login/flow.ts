/**
 * A flow turns a conversation with a person and a provider into a credential.
 *
 * Flows hold the protocol order; how the person is reached (local form, terminal, stdin) is behind
 * {@linkcode Conversation}, so every flow finishes with or without a local browser.
 *
 * @module
 */
import type { Conversation } from "../ports/conversation.ts";
import type { Credential } from "../connection/connection.ts";
import type { MintContext } from "../mint/minted.ts";
import type { RegisteredClients } from "../connection/clients/registered_clients.ts";
import type { Client } from "../oauth/client.ts";
import type { Clock } from "../ports/system.ts";
import type { Fetch } from "../ports/net.ts";
import type { Provider } from "../provider/definition.ts";

/** What a flow works with. */
export interface FlowRequest {
  provider: Provider;
  connection: string;
  /** Scopes asked for by the person; the definition's otherwise. */
  scopes?: string[];
  /** Tenant. */
  baseUrl?: string;
  /** Stored or declared client, if any. */
  client?: Client;
  /** The client that the person named, if it is not at hand. */
  clientId?: string;
  /** Whether the client of the last login is not to be used again. */
  resetClient?: boolean;
  /** Where the document is that describes authsome as a client, in place of the project's; empty if there is none. */
  clientMetadataUrl?: string;
  /** The clients that authsome registered; absent: each login registers anew. */
  registrations?: Pick<
    RegisteredClients,
    "find" | "keep" | "forget" | "noteLogin"
  >;
  /** Told that the login uses a client that was kept, which its server may have forgotten. */
  usesKept?(): void;
  /** Called before the person is asked for a client, since they may have to register an app first. */
  allowRegistration?(): void;
  /** Told a client as soon as the person has typed it, before anybody knows whether it is good. */
  keepClient?(client: Client): Promise<void>;
  conversation: Conversation;
  fetch: Fetch;
  clock: Clock;
  /** Waits; rejects when `signal` aborts. Injected so that polling can be tested. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** The keys of another connection, fresh: `provider` or `provider/connection`. */
  keysOf?: MintContext["keysOf"];
  /** URL of the remote `origin` of the working folder. */
  gitOrigin?(): Promise<string | undefined>;
  /** Accepts private hosts, and http on this machine, in what servers tell us. Default: false. */
  allowPrivateHosts?: boolean;
}

/** What a flow ends with; the caller stores it. */
export interface FlowResult {
  credential: Credential;
  /** The client to keep, if it is new or changed. */
  client?: Client;
  /** Which secrets of the credential stay in their manager, in place of those that the person named. */
  references?: Readonly<Record<string, string>>;
}

/** One flow. */
export interface Flow {
  run(request: FlowRequest): Promise<FlowResult>;
}
