/**
 * authsome: a local-first credential broker for AI agents.
 *
 * Log in once, with `authsome login` or {@linkcode Authsome.login}; then {@linkcode Authsome.fetch} sends requests with
 * the credential of whoever serves the URL, and {@linkcode Authsome.run} runs a command that never sees one.
 *
 * @example The person's GitHub login
 * ```ts
 * import { Authsome } from "@authsome/authsome";
 *
 * await using authsome = await Authsome.open();
 * const response = await authsome.fetch("https://api.github.com/user");
 * const { login } = await response.json();
 * console.log(`Hello, ${login}`);
 * ```
 *
 * @module
 */
import type { Broker } from "./lib/broker/broker.ts";
import type { RunOptions } from "./lib/broker/run_options.ts";
import type { Connection } from "./lib/connection/connection.ts";
import type { RevokeOutcome } from "./lib/connection/revoke_connection.ts";
import type {
  FlowName,
  Provider,
  ProviderDefinition,
} from "./lib/provider/definition.ts";

export {
  type ApiKeyCredential,
  type Connection,
  type ConnectionStatus,
  type Credential,
  type Rejection,
  statusOf,
} from "./lib/connection/connection.ts";
export type { RunOptions } from "./lib/broker/run_options.ts";
export type { Client } from "./lib/oauth/client.ts";
export type { OAuth2Credential } from "./lib/oauth/credential.ts";
export { DEFAULT_CONNECTION, DEFAULT_PROFILE } from "./lib/names.ts";
export type { RevokeOutcome } from "./lib/connection/revoke_connection.ts";
export {
  AuthsomeError,
  type ErrorCode,
  type ErrorSubject,
  EXIT_CODES,
} from "./lib/errors.ts";
export type * from "./lib/provider/definition.ts";
export type * from "./lib/provider/operations/minting_place.ts";
export type * from "./lib/provider/operations/operations_definition.ts";
export type {
  ClientAssertion,
  ClientDefinition,
  ClientField,
  TokenAuthMethod,
} from "./lib/provider/secret/client_fields.ts";
export { PLACEHOLDER } from "./lib/placeholder.ts";
export { Secret } from "./lib/secret.ts";

/** How {@linkcode Authsome.open} finds its home and profile. */
export interface OpenOptions {
  /** Absolute path. Default: `AUTHSOME_HOME`, else `~/.authsome`. */
  home?: string;
  /** Default: `AUTHSOME_PROFILE`, else the profile of the working folder, else the configured one. */
  profile?: string;
  /** Told what a person should know and what fails nothing. Never a secret. Default: `console.warn`. */
  warn?: (message: string) => void;
  /**
   * Providers whose requests for new keys and tokens {@linkcode Authsome.fetch} lets through; it refuses those of others
   * with `OperationNotAllowed`. Default: none.
   */
  allowMinting?: readonly string[];
}

/** How {@linkcode Authsome.login} logs in. */
export interface LoginOptions {
  /** Name of the connection. Default: `default`. */
  connection?: string;
  /** Default: the provider's own, else one that works without a browser where there is none. */
  flow?: FlowName;
  /** In place of the provider's own. */
  scopes?: string[];
  /** Address of the person's own instance: an https URL. */
  baseUrl?: string;
  /** The API key, the fields of it by name, or those of the OAuth client, so that nobody is asked for them. */
  apiKey?: string | Readonly<Record<string, string>>;
  /** The OAuth client to use. Default: the one that is stored, else the person is asked. */
  clientId?: string;
  /** Needs `clientId`. */
  clientSecret?: string;
  /** Ask for the OAuth client again. Default: false. */
  resetClient?: boolean;
  /** Replace a connection that works, and take a key that looks like none of the provider. Default: false. */
  force?: boolean;
  /**
   * `false`: do not ask the provider whose the credential is, and whether a key works. Default: once, where the definition
   * says how; only a key that the provider calls invalid fails the login.
   */
  verify?: boolean;
  /** `false`: open no browser, only {@linkcode LoginOptions.tell} the address. Default: whether one would be seen. */
  browser?: boolean;
  /** Told what the person must see to go on, an address or a code. Default: `console.error`. */
  tell?: (message: string) => void;
  /** Told what happens meanwhile. Default: nobody. */
  say?: (message: string) => void;
  /** Seconds that the person has. Default: 600, or 1800 if they must register an app first. */
  timeout?: number;
  /** Ends the login with `Interrupted`. */
  signal?: AbortSignal;
}

/** What {@linkcode Authsome.exportCredentials} exports. */
export interface ExportOptions {
  /** Default: every connected one. */
  provider?: string;
  /** Needs `provider`. Default: the provider's default one. */
  connection?: string;
}

/**
 * The connections of one profile. Methods throw {@linkcode AuthsomeError}: its `code` says what happened, its `hint`
 * what to do. Close it when done, or declare it with `await using`.
 *
 * @example Two accounts at one provider
 * ```ts
 * import { Authsome } from "@authsome/authsome";
 *
 * await using authsome = await Authsome.open();
 * for (const { name } of await authsome.listConnections("github")) {
 *   const headers = await authsome.getAuthHeaders("github", name);
 *   const response = await fetch("https://api.github.com/user", { headers });
 *   console.log(name, response.status);
 *   await response.body?.cancel();
 * }
 * ```
 */
export class Authsome {
  readonly #broker: Broker;
  readonly #warn: (message: string) => void;
  readonly #allowMinting: readonly string[];
  #routed: Promise<Fetch> | undefined;

  private constructor(
    broker: Broker,
    warn: (message: string) => void,
    allowMinting: readonly string[],
  ) {
    this.#broker = broker;
    this.#warn = warn;
    this.#allowMinting = allowMinting;
  }

  /**
   * Opens the home; it is made at the first use of the vault if there is none.
   *
   * @throws {AuthsomeError} `StoreUnavailable` if the home or its configuration cannot be used, `Usage` if `profile` is
   * not a profile name. A profile that was never created is `ProfileNotFound` at its first use.
   */
  static async open(options: OpenOptions = {}): Promise<Authsome> {
    const { home, profile, warn = console.warn, allowMinting = [] } = options;
    const { loadBroker, openRuntime } = await import("./lib/host/wiring.ts");
    const { Broker } = await loadBroker();
    const runtime = await openRuntime({
      warn: (message) => warn(message),
      ...(home === undefined ? {} : { home }),
    });
    const broker = await Broker.open(
      runtime,
      profile === undefined ? {} : { profile },
    );
    return new Authsome(broker, (message) => warn(message), allowMinting);
  }

  /** Every provider, bundled or the user's own, by name. */
  async listProviders(): Promise<Provider[]> {
    return await this.#broker.registry.list();
  }

  /** The provider called `name`. Throws `ProviderNotFound`. */
  async getProvider(name: string): Promise<Provider> {
    return await this.#broker.registry.get(name);
  }

  /**
   * Validates and installs a definition. Throws `InvalidDefinition`, or `ProviderExists` without `force`. With `force` its
   * variables may have any name, also one that programs run or obey.
   */
  async registerProvider(
    definition: ProviderDefinition,
    options: { force?: boolean } = {},
  ): Promise<Provider> {
    const { registerProvider } = await import(
      "./lib/broker/register/register_provider.ts"
    );
    return await registerProvider(
      this.#broker,
      JSON.stringify(definition),
      options,
    );
  }

  /** The connections of this profile, or those of one provider. Their secrets cannot be revealed. */
  async listConnections(provider?: string): Promise<Connection[]> {
    const { handedConnection } = await import("./lib/broker/get_connection.ts");
    const handed = handedConnection.bind(undefined, this.#broker);
    const all = await this.#broker.connections.list(provider);
    return await Promise.all(all.map(handed));
  }

  /**
   * The connection; without `name` the provider's default one. Throws `ConnectionNotFound`, or `ProviderNotFound`. Its
   * secrets cannot be revealed: that goes by way of {@linkcode Authsome.getAccessToken},
   * {@linkcode Authsome.getAuthHeaders} and {@linkcode Authsome.exportCredentials}, which the audit log notes. Its
   * `public_fields` can be revealed: `credential.fields.account_sid.reveal()`.
   */
  async getConnection(provider: string, name?: string): Promise<Connection> {
    const { getConnection, handedConnection } = await import(
      "./lib/broker/get_connection.ts"
    );
    const connection = await getConnection(this.#broker, provider, name);
    return await handedConnection(this.#broker, connection);
  }

  /** Chooses the connection that is used when none is named. Throws `ConnectionNotFound`, or `ProviderNotFound`. */
  async setDefaultConnection(provider: string, name: string): Promise<void> {
    const { setDefaultConnection } = await import(
      "./lib/broker/set_default_connection.ts"
    );
    await setDefaultConnection(this.#broker, provider, name);
  }

  /**
   * Connects an account: the person is asked in the browser, or told an address to open. Nobody is asked for what the
   * options, the provider's declared variables or the vault hold.
   *
   * @throws {AuthsomeError} `ConnectionExists` if the connection works and `force` is not set; `AuthenticationFailed`,
   * `InputCancelled`, `Interrupted`; `PortUnavailable` if another program holds the login port. Nothing was changed then,
   * but that an OAuth client may be kept.
   */
  async login(
    provider: string,
    options: LoginOptions = {},
  ): Promise<Connection> {
    const {
      tell = console.error,
      say = () => {},
      browser,
      apiKey,
      clientId,
      clientSecret,
      verify = true,
      ...asked
    } = options;
    const [{ logIn }, { handedConnection }] = await Promise.all([
      import("./lib/broker/log_in.ts"),
      import("./lib/broker/get_connection.ts"),
    ]);
    const connection = await logIn(this.#broker, {
      ...asked,
      provider,
      clientId: clientId || undefined,
      noVerify: !verify,
      given: {
        apiKey,
        clientId,
        clientSecret,
        force: asked.force,
        warn: this.#warn,
      },
      reach: {
        interactive: false,
        browser,
        say,
        tell: (message) => tell(message),
      },
    });
    return await handedConnection(this.#broker, connection);
  }

  /**
   * The access token, fresh, of an OAuth connection. Throws `ConnectionNotFound`, `ProviderNotFound`,
   * `CredentialExpired`, `RefreshFailed`; `OperationNotAllowed` for an API key, which has headers and export variables.
   */
  async getAccessToken(provider: string, name?: string): Promise<string> {
    const { getAccessToken } = await import("./lib/broker/get_access_token.ts");
    return await getAccessToken(this.#broker, provider, name);
  }

  /**
   * The headers that a request to the provider's API needs, with a fresh credential. Only for the provider's hosts.
   * Throws `StoreUnavailable` if the audit log cannot be written: then no method gives a secret.
   */
  async getAuthHeaders(
    provider: string,
    name?: string,
  ): Promise<Record<string, string>> {
    const { getAuthHeaders } = await import("./lib/broker/get_auth_headers.ts");
    return await getAuthHeaders(this.#broker, provider, name);
  }

  /**
   * As the standard `fetch`, with the credential of the default connection that serves the URL, by the same routes as
   * the proxy of {@linkcode Authsome.run}; a URL that none serves is fetched as it is. It needs no `this`, so that it
   * can be handed to a client that takes a `fetch`.
   *
   * Bodies stream both ways. A 401 refreshes an OAuth token and sends the request once more, unless its body is a
   * stream. Where a scope is missing, {@linkcode OpenOptions.warn} is told the login that asks for it. Redirects are followed, and another host gets no credential. Where a client insists on a key, give it
   * {@linkcode PLACEHOLDER}, or the `placeholder` of the provider's definition if it checks what a key looks like. It
   * is served wherever the definition puts a credential, or accepts one.
   *
   * @throws {AuthsomeError} `CredentialMissing`, `CredentialExpired` or `RefreshFailed` if there is no credential to
   * send; `OperationNotAllowed` for what the proxy would refuse: a placeholder that no credential replaces, an OAuth
   * endpoint, two providers that serve the same URL; `EndpointUnreachable` if a request with a credential fails. What
   * the standard `fetch` throws otherwise.
   *
   * @example A client that takes a `fetch`
   * ```ts
   * import { Authsome, PLACEHOLDER } from "@authsome/authsome";
   * import OpenAI from "openai";
   *
   * await using authsome = await Authsome.open();
   * const openai = new OpenAI({ apiKey: PLACEHOLDER, fetch: authsome.fetch });
   * const models = await openai.models.list();
   * console.log(models.data.map(({ id }) => id));
   * ```
   */
  readonly fetch: (
    input: Request | URL | string,
    init?: RequestInit,
  ) => Promise<Response> = async (input, init) => {
    this.#routed ??= this.#openFetch();
    return await (await this.#routed)(input, init);
  };

  /**
   * The export variables of a connection, or of every provider's default one: access tokens and API keys, fresh, and
   * what is no secret, never a refresh token. Of two of one name the first is given; {@linkcode OpenOptions.warn} is told.
   * Throws `OperationNotAllowed` for a provider that exports nothing, and what fails for one of several fails it.
   */
  async exportCredentials(
    options: ExportOptions = {},
  ): Promise<Record<string, string>> {
    const { exportCredentials } = await import(
      "./lib/broker/export_credentials.ts"
    );
    const { variables } = await exportCredentials(this.#broker, {
      provider: options.provider,
      connection: options.connection,
      warn: this.#warn,
    });
    return variables;
  }

  /**
   * Deletes one connection here, the default one without `name`; the provider is not told. Throws `ConnectionNotFound`,
   * or `ProviderNotFound`.
   */
  async logout(provider: string, name?: string): Promise<void> {
    const { logOut } = await import("./lib/broker/ending/log_out.ts");
    await logOut(this.#broker, provider, name);
  }

  /**
   * Tells the provider to end the access, then deletes it here: one connection, or without `name` all of them and the
   * OAuth client. Where the provider could not be told, the outcome says so: the access works on until it is ended
   * there.
   *
   * @throws {AuthsomeError} `ProviderNotFound`; `ConnectionNotFound` if there is nothing to revoke.
   */
  async revoke(provider: string, name?: string): Promise<RevokeOutcome[]> {
    const { revokeAccess } = await import(
      "./lib/broker/ending/revoke_access.ts"
    );
    const { outcomes } = await revokeAccess(this.#broker, provider, name);
    return outcomes;
  }

  /**
   * Runs a command (no shell) with this process's input, output and environment, behind a proxy of its own: it and what
   * it starts see only {@linkcode PLACEHOLDER}, and the proxy puts the credential into their requests. What this
   * process's environment holds of providers' keys is kept from it.
   *
   * @returns its exit code, 128 + n if signal n ended it.
   * @throws {AuthsomeError} if it could not be started: `CommandNotFound`, `NotExecutable`, `Usage`, `ProviderNotFound`,
   * `ConnectionNotFound`, `StoreUnavailable`.
   *
   * @example An agent that has GitHub and nothing else
   * ```ts
   * import { Authsome } from "@authsome/authsome";
   *
   * await using authsome = await Authsome.open();
   * const code = await authsome.run(
   *   ["curl", "-sS", "https://api.github.com/user"],
   *   { only: ["github"], policy: "deny" },
   * );
   * console.log(code);
   * ```
   */
  async run(
    command: readonly string[],
    { allowPrivate = [], shims = true, ...options }: RunOptions = {},
  ): Promise<number> {
    const { runCommand } = await import("./lib/broker/run_command.ts");
    return await runCommand(this.#broker, { ...options, command }, {
      ...{ allowPrivate, shims },
      warn: this.#warn,
    });
  }

  /** Writes what is still to be written and releases the vault. Closing twice does nothing. */
  async close(): Promise<void> {
    await this.#broker.close();
  }

  /** {@linkcode Authsome.close}, at the end of the block of an `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #openFetch(): Promise<Fetch> {
    const { openFetch } = await import("./lib/broker/open_fetch.ts");
    return await openFetch(this.#broker, {
      warn: this.#warn,
      allowMinting: this.#allowMinting,
    });
  }
}

type Fetch = (
  input: Request | URL | string,
  init?: RequestInit,
) => Promise<Response>;
