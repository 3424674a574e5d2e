/**
 * authsome: a local-first credential broker for AI agents.
 *
 * ```ts
 * import { Authsome } from "@authsome/authsome";
 *
 * await using authsome = await Authsome.open();
 * const headers = await authsome.getAuthHeaders("github");
 * const response = await fetch("https://api.github.com/user", { headers });
 * ```
 *
 * @module
 */
import { Broker, type Runtime } from "./lib/broker.ts";
import type { Connection } from "./lib/connection/connection.ts";
import type { AuditEvent } from "./lib/audit/event.ts";
import { AuthsomeError } from "./lib/errors.ts";
import type {
  Provider,
  ProviderDefinition,
} from "./lib/provider/definition.ts";

export {
  type ApiKeyCredential,
  type Client,
  type Connection,
  type ConnectionStatus,
  type Credential,
  DEFAULT_CONNECTION,
  DEFAULT_PROFILE,
  type OAuth2Credential,
  statusOf,
} from "./lib/connection/connection.ts";
export {
  AuthsomeError,
  type ErrorCode,
  type ErrorSubject,
  EXIT_CODES,
} from "./lib/errors.ts";
export type {
  ApiKeyDefinition,
  ExtraRoute,
  FlowName,
  Injection,
  OAuthDefinition,
  Provider,
  ProviderDefinition,
} from "./lib/provider/definition.ts";
export { Secret } from "./lib/secret.ts";

/** How {@linkcode Authsome.open} finds its home and profile. */
export interface OpenOptions {
  /** Absolute path. Default: `AUTHSOME_HOME`, else `~/.authsome`. */
  home?: string;
  /** Default: `AUTHSOME_PROFILE`, else the configured default profile. */
  profile?: string;
  /** The world to work in. Default: this machine. */
  runtime?: Runtime;
}

/** What {@linkcode Authsome.exportCredentials} exports. */
export interface ExportOptions {
  provider?: string;
  /** Needs `provider`. */
  connection?: string;
}

/**
 * The connections of one profile. Every method throws {@linkcode AuthsomeError}; its `code` says what happened and its
 * `hint` what to do. Close it when done, or declare it with `await using`.
 */
export class Authsome {
  readonly #broker: Broker;

  private constructor(broker: Broker) {
    this.#broker = broker;
  }

  /** Opens the home; it is made at the first use of the vault if there is none. */
  static async open(options: OpenOptions = {}): Promise<Authsome> {
    const { home, profile } = options;
    const runtime = options.runtime ??
      (await import("./lib/adapters/runtime.ts")).denoRuntime({ home });
    return new Authsome(await Broker.open(runtime, { profile }));
  }

  /** Every provider, bundled or the user's own, by name. */
  async listProviders(): Promise<Provider[]> {
    return await this.#broker.registry.list();
  }

  /** The provider called `name`. Throws `ProviderNotFound`. */
  async getProvider(name: string): Promise<Provider> {
    return await this.#broker.registry.get(name);
  }

  /** Validates and installs a definition. Throws `InvalidDefinition`, or `ProviderExists` without `force`. */
  async registerProvider(
    definition: ProviderDefinition,
    options: { force?: boolean } = {},
  ): Promise<Provider> {
    const provider = await this.#broker.registry.register(
      JSON.stringify(definition),
      options,
    );
    this.#record("register", { provider: provider.definition.name });
    return provider;
  }

  /** The connections of this profile, or those of one provider. */
  async listConnections(provider?: string): Promise<Connection[]> {
    return await this.#broker.connections.list(provider);
  }

  /** The connection; without `name` the provider's default one. Throws `ConnectionNotFound`. */
  async getConnection(provider: string, name?: string): Promise<Connection> {
    return await this.#broker.connections.get(provider, name);
  }

  /** Chooses the connection that is used when none is named. Throws `ConnectionNotFound`. */
  async setDefaultConnection(provider: string, name: string): Promise<void> {
    await this.#broker.connections.setDefault(provider, name);
  }

  /**
   * The access token, fresh, of an OAuth connection. Throws `ConnectionNotFound`, `CredentialExpired`, `RefreshFailed`;
   * `OperationNotAllowed` for an API key, which has headers and export variables.
   */
  async getAccessToken(provider: string, name?: string): Promise<string> {
    const { credential, name: connection } = await this.#fresh(provider, name);
    if (credential.type !== "oauth2") {
      throw new AuthsomeError(
        "OperationNotAllowed",
        `Cannot get the access token of ${provider}/${connection}: it is an API key`,
        "Use getAuthHeaders() or exportCredentials()",
        { subject: { provider, connection } },
      );
    }
    this.#record("get", { provider, connection, detail: "access_token" });
    return credential.accessToken.reveal();
  }

  /** The headers that a request to the provider's API needs, with a fresh credential. Only for the provider's hosts. */
  async getAuthHeaders(
    provider: string,
    name?: string,
  ): Promise<Record<string, string>> {
    const { definition } = await this.#broker.registry.get(provider);
    const connection = await this.#fresh(provider, name);
    const { authHeaders } = await import("./lib/proxy/auth_headers.ts");
    const client = await this.#broker.connections.client(provider);
    const headers = authHeaders(definition, connection, {
      ...(connection.credential.type === "oauth2"
        ? connection.credential.captured
        : {}),
      ...(client ? { client_id: client.clientId } : {}),
    });
    this.#record("get", {
      provider,
      connection: connection.name,
      detail: "headers",
    });
    return headers;
  }

  /**
   * The export variables of a connection, or of every provider's default one: access tokens and API keys, fresh, never
   * a refresh token.
   */
  async exportCredentials(
    options: ExportOptions = {},
  ): Promise<Record<string, string>> {
    const { exportVariables } = await import("./lib/connection/export.ts");
    const { connections, registry } = this.#broker;
    const providers = options.provider === undefined
      ? new Set((await connections.names()).map(({ provider }) => provider))
      : [options.provider];
    const exported: Record<string, string> = {};
    for (const provider of providers) {
      const { definition } = await registry.get(provider);
      const connection = await this.#fresh(
        provider,
        options.provider === undefined ? undefined : options.connection,
      );
      const variables = exportVariables(definition, connection);
      for (const [variable, secret] of Object.entries(variables)) {
        exported[variable] = secret.reveal();
      }
      this.#record("export", {
        provider,
        connection: connection.name,
        detail: Object.keys(variables).join(","),
      });
    }
    return exported;
  }

  /** Deletes one connection here, the default one without `name`; the provider is not told. Throws `ConnectionNotFound`. */
  async logout(provider: string, name?: string): Promise<void> {
    const { connections } = this.#broker;
    const connection = name ?? await connections.defaultName(provider);
    if (!await connections.discard(provider, connection)) {
      await connections.get(provider, connection);
    }
    this.#record("logout", { provider, connection });
  }

  /** Writes what is still to be written and releases the vault. */
  async close(): Promise<void> {
    await this.#broker.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #fresh(provider: string, name?: string): Promise<Connection> {
    const { connections } = this.#broker;
    return await this.#broker.refresh(await connections.get(provider, name));
  }

  #record(
    event: AuditEvent["event"],
    about: Pick<AuditEvent, "provider" | "connection" | "detail">,
  ): void {
    const { audit, profile } = this.#broker;
    audit.record({ event, profile, ok: true, ...about });
  }
}
