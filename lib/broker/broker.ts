/**
 * The middle of authsome: one profile's connections, the providers, the audit log, and the ports they work through.
 * Nothing is opened until it is used: a command that only reads definitions never touches the vault.
 *
 * @module
 */
import { defined } from "../object.ts";
import type { Runtime } from "../ports/runtime.ts";
import { DeferredAudit } from "../audit/deferred.ts";
import type { AuditLog } from "../audit/audit_log.ts";
import type { ProvenAudit } from "../audit/event.ts";
import type { ExportingAudit } from "../audit/export/exporting_audit.ts";
import type { ExportSettings } from "../audit/export/settings.ts";
import {
  allowedVariables,
  AUDIT_SETTINGS,
  type Config,
  ensureConfig,
  readConfig,
} from "../config.ts";
import type { Connection } from "../connection/connection.ts";
import { effectiveEncryption, type Encryption } from "../encryption.ts";
import { AuthsomeError } from "../errors.ts";
import { checkName, DEFAULT_PROFILE } from "../names.ts";
import { Connections, type Records } from "../connection/connections.ts";
import { profileNotFound, Profiles } from "../connection/profiles.ts";
import { sketchOf } from "../connection/listing/sketch.ts";
import { Preferences } from "../connection/preferences.ts";
import type { Candidate, Identity } from "../login/identity.ts";
import type { PendingLogins } from "../login/pending_login.ts";
import type { Clock, Env, Processes } from "../ports/system.ts";
import type { Fetch } from "../ports/net.ts";
import type { Store } from "../ports/store.ts";
import { ProviderRegistry } from "../provider/registry.ts";
import type { CredentialSource } from "../connection/credentials.ts";
import { RememberedStore } from "../vault/remembered_store.ts";
import type { ReferenceReader } from "../connection/references/reference_reader.ts";
import { Vault } from "../vault/vault.ts";
import { chooseProfile, type ProfileSource } from "./choose_profile.ts";
import { followingKeyring } from "./keys/following_keyring.ts";

/** Gives commands, the proxy and the library what they work with. Close it when done. */
export class Broker {
  readonly runtime: Runtime;
  readonly config: Config;
  readonly profile: string;
  readonly profileSource: ProfileSource;
  readonly registry: ProviderRegistry;
  readonly connections: Connections;
  readonly profiles: Profiles;
  readonly preferences: Preferences;
  readonly audit: DeferredAudit<ProvenAudit>;
  #store: Store | undefined;
  #vault: Promise<Vault> | undefined;
  #references: Promise<ReferenceReader> | undefined;
  #exporting: ExportingAudit | undefined;
  /** What may still write to the vault. */
  readonly #sources: { settled(): Promise<void> }[] = [];
  #closed = false;

  private constructor(
    runtime: Runtime,
    config: Config,
    profile: string,
    profileSource: ProfileSource,
    /** Where the audit log is sent; nowhere unless the person says so in `config.json`. */
    readonly auditExport: ExportSettings | undefined,
  ) {
    this.runtime = runtime;
    this.config = config;
    this.profile = profile;
    this.profileSource = profileSource;
    this.registry = new ProviderRegistry(
      runtime,
      runtime.definitionFiles,
      allowedVariables(runtime.configFile),
    );
    this.audit = new DeferredAudit(async () => {
      const log = await this.#auditLog();
      if (!auditExport) return log;
      const { exportingAudit } = await import("./audit/export_log.ts");
      this.#exporting = await exportingAudit(this, log);
      return this.#exporting ?? log;
    });
    this.connections = new Connections(
      this.#records(() => this.#profileVault()),
      profile,
      runtime.clock,
    );
    this.preferences = new Preferences(
      this.#records(() => this.#profileVault()),
      profile,
    );
    this.profiles = new Profiles(
      this.#records(() => this.vault()),
      runtime.clock,
    );
  }

  /**
   * Opens the broker of a profile: the one given, else `AUTHSOME_PROFILE`, else the configured one.
   *
   * @throws {AuthsomeError} `StoreUnavailable` if the home or its configuration cannot be used, `Usage` if the profile
   * is not a profile name. `ProfileNotFound` comes at the first use of a profile that was never created.
   */
  static async open(
    runtime: Runtime,
    options: { profile?: string } = {},
  ): Promise<Broker> {
    const config = await readConfig(runtime.configFile);
    const [profile, source] = chooseProfile(runtime, config, options.profile);
    const exported = config.auditExport === undefined
      ? undefined
      : (await import("./audit/export_settings.ts"))
        .exportSettings(runtime.configFile.path, config.auditExport);
    return new Broker(
      runtime,
      config,
      checkName("profile", profile),
      source,
      exported,
    );
  }

  get home(): string {
    return this.runtime.home;
  }
  get clock(): Clock {
    return this.runtime.clock;
  }
  get fetch(): Fetch {
    return this.runtime.fetch;
  }
  get clientMetadataUrl(): string | undefined {
    return this.config.clientMetadataUrl;
  }
  get env(): Env {
    return this.runtime.env;
  }
  /** Where the master key is for this process. */
  get encryption(): Encryption {
    return effectiveEncryption(this.config.encryption, this.env);
  }

  /** The vault, opened (and made, with its key and configuration) at the first call. */
  vault(): Promise<Vault> {
    return this.#vault ??= this.#openVault().catch((error) => {
      this.#vault = undefined;
      throw error;
    });
  }

  /** The store under the vault, for `key rotate` and health checks. */
  async store(): Promise<Store> {
    await this.vault();
    return this.#store!;
  }

  /** The audit log once more, which takes the entries that are there as they are: see {@linkcode acceptLog}. */
  acceptingAudit(): Promise<AuditLog> {
    return this.#auditLog({ accept: true });
  }

  async #auditLog(options: { accept?: boolean } = {}): Promise<AuditLog> {
    const [{ AuditLog }, { headRecords }] = await Promise.all([
      import("../audit/audit_log.ts"),
      import("./custody/head_records.ts"),
    ]);
    const { maxBytes, keep } = this.config.audit ?? AUDIT_SETTINGS;
    return new AuditLog(this.runtime.auditFile, this.clock, {
      ...options,
      // Never opened for the log: who cannot open it may use what needs no vault.
      vault: async () => {
        const vault = await this.#vault?.catch(() => undefined);
        return vault && headRecords(vault, this.#store!);
      },
      ...maxBytes > 0 && { rotation: { maxBytes, keep } },
    });
  }

  /**
   * Fresh credentials of this profile, for the proxy and the library.
   *
   * @param version the vault's version as each request sees it. Default: read each time.
   */
  async credentialSource(
    version?: () => Promise<number>,
  ): Promise<CredentialSource> {
    const { VaultCredentialSource } = await import(
      "../connection/credential_source.ts"
    );
    const { connections, clock, registry } = this;
    const refresh = this.refresh.bind(this);
    const source = new VaultCredentialSource({
      connections,
      registry,
      clock,
      refresh,
      readAgain: async (connection, sent) =>
        await (await this.references()).refused(connection, sent),
      ...defined({ version }),
    });
    this.#sources.push(source);
    if (!this.config.audit?.required) return source;
    const { AuditedSource } = await import("./custody/audited_source.ts");
    return new AuditedSource(source, this.audit);
  }

  /**
   * The connection with a credential fit for use now: refreshed if it expires soon or `force` is set, else as given.
   *
   * @throws {AuthsomeError} `CredentialExpired` if the person must log in again, `RefreshFailed` or
   * `EndpointUnreachable` if trying later may help.
   */
  async refresh(
    connection: Connection,
    { force = false }: { force?: boolean } = {},
  ): Promise<Connection> {
    const { isUnread, needsRefresh, refuseDead } = await import(
      "../connection/refresh/freshness.ts"
    );
    refuseDead(connection);
    const now = this.clock.now();
    if (!force && !needsRefresh(connection, now)) {
      return isUnread(connection, now)
        ? await (await this.references()).live(connection)
        : connection;
    }
    const [{ ensureFresh }, { sleep }] = await Promise.all([
      import("../connection/refresh/refresh.ts"),
      import("../login/sleep.ts"),
    ]);
    const fresh = await ensureFresh(
      {
        vault: await this.vault(),
        connections: this.connections,
        registry: this.registry,
        fetch: this.fetch,
        clock: this.clock,
        sleep,
        audit: this.audit,
        loginFiles: this.runtime.loginFiles,
        references: () => this.references(),
        ...await this.neighbours(),
      },
      connection,
      { force },
    );
    return isUnread(fresh, now)
      ? await (await this.references()).live(fresh)
      : fresh;
  }

  /** Reads the secrets of connections that are references; loaded for them alone. */
  references(): Promise<ReferenceReader> {
    return this.#references ??= this.#openReferences();
  }

  async #openReferences(): Promise<ReferenceReader> {
    const [{ ReferenceReader }, { SharedReadings }, { sleep }] = await Promise
      .all([
        import("../connection/references/reference_reader.ts"),
        import("../connection/references/shared_readings.ts"),
        import("../login/sleep.ts"),
      ]);
    const { runtime, env, profile, clock } = this;
    const vault = await this.vault();
    const memory = await runtime.sharedMemory?.();
    return new ReferenceReader({
      ...{ env, profile, clock, sleep, vault },
      ...defined({
        managers: runtime.secretManagers?.bind(runtime),
        shared: memory && new SharedReadings(vault, memory, profile),
      }),
      ...await this.neighbours(),
    });
  }

  /** Removes what processes share of what was read from secret managers. */
  async forgetReadings(): Promise<void> {
    (await this.runtime.sharedMemory?.())?.clear();
  }

  /** What is needed to wait for other processes. */
  async neighbours(): Promise<
    { processes?: Processes; warn?: (message: string) => void }
  > {
    const { runtime } = this;
    return defined({
      processes: await runtime.processes?.(),
      warn: runtime.warn && ((message: string) => runtime.warn!(message)),
    });
  }

  /**
   * What the provider says of a credential that is about to be stored; `undefined` if nothing is asked, since the
   * definition does not say how or `AUTHSOME_NO_VERIFY` is set. Rejects if `signal` aborts.
   */
  async identify(
    candidate: Candidate,
    signal: AbortSignal,
  ): Promise<Identity | undefined> {
    if (!candidate.definition.whoami || this.env.get("AUTHSOME_NO_VERIFY")) {
      return undefined;
    }
    const { identify } = await import("./identify.ts");
    return await identify(this, candidate, signal);
  }

  /**
   * The error that a refresh of `connection` would end with before its provider is asked; `undefined` if it would be.
   *
   * @throws {AuthsomeError} `StoreUnavailable`.
   */
  async refreshObstacle(
    connection: Connection,
  ): Promise<AuthsomeError | undefined> {
    const { refreshObstacle } = await import(
      "../connection/refresh/refresh_obstacle.ts"
    );
    const { clock, connections, registry } = this;
    const vault = await this.vault();
    return await refreshObstacle(
      { vault, registry, clock, connections },
      connection,
    );
  }

  /** The logins of this profile that go on in processes of their own. */
  async pendingLogins(): Promise<PendingLogins> {
    const { PendingLogins } = await import("../login/pending_login.ts");
    return new PendingLogins(
      this.#records(() => this.#profileVault()),
      this.profile,
      this.clock,
    );
  }

  /**
   * Writes what the audit log still holds and closes the store. Closing twice does nothing.
   *
   * @throws {AuthsomeError} `StoreUnavailable` if the audit log cannot be written; the store is closed all the same.
   */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      for (const source of this.#sources) await source.settled();
      await this.audit.flush();
      await this.#exporting?.finish();
    } finally {
      this.#store?.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #openVault(): Promise<Vault> {
    await ensureConfig(this.runtime.configFile, this.encryption);
    const keyring = await followingKeyring(this.runtime, this.encryption);
    const store = this.#remembered(await this.runtime.openStore());
    try {
      const vault = await Vault.open(store, keyring, {
        digest: sketchOf,
        explain: (error) => this.#ofOtherKey(error),
      });
      this.#store = store;
      return vault;
    } catch (error) {
      store.close();
      throw this.#ofOtherKey(error);
    }
  }

  /** `error`, with the hint that a variable has taken the place of the home's own key if that may be its cause. */
  #ofOtherKey(error: unknown): unknown {
    const { mode } = this.config.encryption;
    if (
      !(error instanceof AuthsomeError) ||
      error.code !== "MasterKeyUnavailable" ||
      mode === this.encryption.mode
    ) return error;
    return new AuthsomeError(
      error.code,
      `${error.message}. AUTHSOME_MASTER_KEY takes precedence over the key of this home (${mode})`,
      "unset AUTHSOME_MASTER_KEY AUTHSOME_MASTER_KEY_FILE, or set the key that belongs to this vault",
      { cause: error },
    );
  }

  /** The store, told apart from an older copy of itself if something outside remembers it. */
  #remembered(store: Store): Store {
    const { runtime } = this;
    const witness = runtime.witness?.();
    return witness
      ? new RememberedStore(store, witness, () =>
        runtime.warn?.(
          "The vault holds an older record than this machine remembers: it was restored, or somebody put it back. See which: authsome vault verify",
        ))
      : store;
  }

  async #profileVault(): Promise<Vault> {
    const vault = await this.vault();
    // At each use, since another process may delete the profile under a running proxy.
    if (
      this.profile !== DEFAULT_PROFILE &&
      !await this.profiles.exists(this.profile)
    ) {
      throw profileNotFound(this.profile);
    }
    return vault;
  }

  /** A vault that is opened by its first use. */
  #records(open: () => Promise<Vault>): Records {
    return {
      get: async (key) => (await open()).get(key),
      put: async (key, text, expected) =>
        (await open()).put(key, text, expected),
      delete: async (key, expected) => (await open()).delete(key, expected),
      keys: async (prefix) => (await open()).keys(prefix),
      digests: async (prefix) => (await open()).digests(prefix),
      revision: async (key) => (await open()).revision(key),
      // Without a look at the profile: the proxy asks at each request.
      version: async () => (await this.vault()).version(),
    };
  }
}
