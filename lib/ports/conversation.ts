/** How a login reaches the person. @module */
import type { FlowName, Provider } from "../provider/definition.ts";
import type { Secret } from "../secret.ts";

/** Opens a page for the person. */
export interface Browser {
  /** Opens `url` (http or https only, checked by the adapter); says whether a browser was started. Never uses a shell. */
  open(url: string): Promise<boolean>;
  /**
   * The same for an address that other users of this machine must not learn: it stands in no argument of a program. What
   * the browser is given instead is gone when `until` aborts.
   */
  openPrivately(url: string, until: AbortSignal): Promise<boolean>;
}

/** Asks the person and shows things. Every method rejects with `InputCancelled` when the person gives up. */
export interface Conversation {
  /** Asks for the secrets of an API key, or for what an OAuth client is made of, by field name. */
  askSecrets(request: {
    provider: Provider;
    connection: string;
    fields: string[];
    /** To be registered with the client. */
    redirectUri?: string;
  }): Promise<Record<string, Secret>>;
  /** Asks for the OAuth client that the person registered. The secret may be absent (public client). */
  askClient(request: {
    provider: Provider;
    redirectUri: string;
    scopes: string[];
    clientId?: string;
    /** Hosts that the client's id and its secret are sent to. */
    clientHosts?: { id: string[]; secret: string[] };
  }): Promise<{ clientId: string; clientSecret?: Secret }>;
  /** The redirect URI of this login, exactly as it will be sent. */
  readonly redirectUri: string;
  /**
   * Sends the person to the authorization endpoint and waits for the redirect back.
   *
   * Only a callback for which `accept` returns true ends the wait; any other changes nothing (a forged or
   * replayed callback must not cancel a login).
   *
   * @param post sent to `url` as a form (POST), from a page of ours. Default: `url` is opened.
   */
  authorize(
    url: URL,
    accept: (callback: URLSearchParams) => boolean,
    post?: Readonly<Record<string, string>>,
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

/** How a login ended, for the last page. Texts hold no secret. */
export type LoginOutcome =
  | { kind: "connected"; connection: string; account?: string }
  | { kind: "failed"; message: string; hint?: string; kept?: Kept };

/** What is stored although the login failed. */
export interface Kept {
  /** The OAuth client that the person typed or that was registered. */
  client: boolean;
  /** A connection of that name, which is as it was before. */
  connection: boolean;
}

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
    /** Tenant. */
    baseUrl?: string;
    /** The command that starts this login once more. */
    again?: string;
    /** When the person's time is up, in epoch milliseconds; it may become later. */
    endsAt?(): number;
    /** Called when the person can be asked, before they are: another login may have had the port until now. */
    ready?(): Promise<void>;
    signal: AbortSignal;
  }): LoginConversation;
}

/** What is known about the person's whereabouts. */
export interface ReachOptions {
  /** Whether stdin and stderr are a terminal. */
  interactive: boolean;
  /** `false`: open no browser. */
  browser?: boolean;
  /** Takes a secret that is probably none. */
  force?: boolean;
  /** Whether a question for a secret fails where neither a browser nor a terminal can answer it, instead of waiting. */
  unattended?: boolean;
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
  /** Seconds until the login ends. */
  seconds?: number;
}
