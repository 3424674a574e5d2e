/**
 * A flow turns a conversation with a person and a provider into a credential.
 *
 * Flows hold the protocol order; how the person is reached (local form, terminal, stdin) is behind
 * {@linkcode Conversation}, so every flow finishes with or without a local browser.
 *
 * @module
 */
import type { Credential } from "../connection/connection.ts";
import type { Client } from "../oauth/client.ts";
import type { Clock, Fetch } from "../ports.ts";
import type { FlowName, Provider } from "../provider/definition.ts";
import type { Secret } from "../secret.ts";

/** Asks the person and shows things. Every method rejects with `InputCancelled` when the person gives up. */
export interface Conversation {
  /** Asks for the secrets of an API key, by field name. */
  askSecrets(
    request: { provider: Provider; connection: string; fields: string[] },
  ): Promise<Record<string, Secret>>;
  /** Asks for the OAuth client that the person registered. The secret may be absent (public client). */
  askClient(request: {
    provider: Provider;
    redirectUri: string;
    scopes: string[];
    clientId?: string;
  }): Promise<{ clientId: string; clientSecret?: Secret }>;
  /** The redirect URI of this login, exactly as it will be sent. */
  readonly redirectUri: string;
  /**
   * Sends the person to the authorization endpoint and waits for the redirect back.
   *
   * Only a callback for which `accept` returns true ends the wait; any other changes nothing (a forged or
   * replayed callback must not cancel a login).
   */
  authorize(
    url: URL,
    accept: (callback: URLSearchParams) => boolean,
  ): Promise<URLSearchParams>;
  /** Shows a device code (RFC 8628 §3.3). Does not wait. */
  showDeviceCode(code: {
    userCode: string;
    verificationUri: string;
    verificationUriComplete?: string;
    /** Epoch milliseconds. */
    expiresAt: number;
  }): Promise<void>;
  /** Says something on stderr (never a secret). */
  say(message: string): void;
  /** Aborts when the person cancels or the time is up. */
  readonly signal: AbortSignal;
}

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
  /** Told a client as soon as the person has typed it, before anybody knows whether it is good. */
  keepClient?(client: Client): Promise<void>;
  conversation: Conversation;
  fetch: Fetch;
  clock: Clock;
  /** Waits; rejects when `signal` aborts. Injected so that polling can be tested. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Accepts private hosts, and http on this machine, in what servers tell us. Default: false. */
  allowPrivateHosts?: boolean;
}

/** What a flow ends with; the caller stores it. */
export interface FlowResult {
  credential: Credential;
  /** The client to keep, if it is new or changed. */
  client?: Client;
}

/** One flow. */
export interface Flow {
  run(request: FlowRequest): Promise<FlowResult>;
}

/** How a login ended, for the last page. Texts hold no secret. */
export type LoginOutcome =
  | { kind: "connected"; connection: string; account?: string }
  | { kind: "failed"; message: string; hint?: string };

/** A {@linkcode Conversation} that can be ended: the last page, the last line; releases ports and the terminal. */
export interface LoginConversation extends Conversation {
  end(outcome: LoginOutcome): Promise<void>;
}

/** The ways to reach the person. */
export interface Conversations {
  /** Whether a page can be opened for the person on this machine. */
  readonly browser: boolean;
  /** Asks for a tenant's address on the terminal; absent where there is none. `check` says what is wrong with an answer. */
  askBaseUrl?(request: {
    provider: Provider;
    check(answer: string): string | undefined;
    signal: AbortSignal;
  }): Promise<string>;
  open(request: {
    provider: Provider;
    connection: string;
    flow: FlowName;
    /** Answers that part of the question for an OAuth client. */
    clientId?: string;
    signal: AbortSignal;
  }): LoginConversation;
}

/** The ways by which the person can be reached. */
export interface ReachOptions {
  /** Whether stdin and stderr are a terminal. */
  interactive: boolean;
  /** `false`: open no browser. */
  browser?: boolean;
  /** Reads the line of `--stdin`; absent without the flag. */
  stdin?: () => Promise<string | undefined>;
  /** Talk. */
  say(message: string): void;
  /** What the person must see to go on. */
  tell(message: string): void;
  /** Told the first address that the person is asked to open. */
  onUrl?(shown: ShownAddress): void;
  /**
   * The next address or code that the person pastes in place of the browser's redirect; `undefined` when no more can
   * follow.
   */
  pastedRedirect?(signal: AbortSignal): Promise<string | undefined>;
}

/** An address that a person is asked to open, and for which login. */
export interface ShownAddress {
  url: string;
  /** What is to be typed there (device flow). */
  userCode?: string;
  provider: string;
  connection: string;
}
