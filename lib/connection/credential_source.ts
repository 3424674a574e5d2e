/**
 * Fresh credentials for the proxy and the library. What was read is kept until any process writes to the vault, so a
 * request costs microseconds while nothing changed, and a logout elsewhere is seen by the next request.
 *
 * @module
 */
import { AuthsomeError } from "../errors.ts";
import { defined } from "../object.ts";
import type { Clock } from "../ports/system.ts";
import type {
  CredentialResult,
  CredentialSource,
  NoCredential,
} from "./credentials.ts";
import { type Connection, isRenewable } from "./connection.ts";
import type { Connections } from "./connections.ts";
import { publicValues } from "./public_values.ts";
import type { ProviderRegistry } from "../provider/registry.ts";
import { needsRefresh, refuseDead } from "./refresh/freshness.ts";

/** How often a record is read again because something was written meanwhile. */
const MAX_READS = 5;
/** How long a rejected token whose expiry is unknown is left alone before another refresh, in milliseconds. */
const REJECTED_COOLDOWN_MS = 30_000;

/**
 * Gives a connection with a credential fit for use: refreshed if need be, else as it was given.
 *
 * @throws {AuthsomeError} `CredentialExpired`, `RefreshFailed`, `ConnectionNotFound` and others of exit code 5 or 8.
 */
export type Refresh = (
  connection: Connection,
  options: { force: boolean },
) => Promise<Connection>;

/** What a {@linkcode VaultCredentialSource} works with. */
interface CredentialContext {
  readonly connections: Connections;
  readonly clock: Clock;
  readonly refresh: Refresh;
  /** Says what of a connection is no secret, for the templates of injections. */
  readonly registry?: Pick<ProviderRegistry, "get">;
  /** The vault's version as each request sees it. Default: that of `connections`. */
  readonly version?: () => Promise<number>;
}

interface Cached {
  /** The vault's version, the same before and after the reading. */
  version: number;
  connection: Connection;
  values: Record<string, string>;
}

interface Pending {
  /** The vault's version as the request saw it for which the reading began. */
  version: number;
  result: Promise<CredentialResult>;
}

/** The {@linkcode CredentialSource} of one profile. */
export class VaultCredentialSource implements CredentialSource {
  readonly #context: CredentialContext;
  readonly #cache = new Map<string, Cached>();
  /** Rejected access tokens by connection, and when. */
  readonly #rejected = new Map<string, { revision: number; at: number }>();
  readonly #pending = new Map<string, Pending>();
  #version = Number.NaN;

  constructor(context: CredentialContext) {
    this.#context = context;
  }

  async fresh(provider: string, name: string): Promise<CredentialResult> {
    const key = `${provider}/${name}`;
    const { connections, version: recent } = this.#context;
    let version: number;
    try {
      version = await (recent ? recent() : connections.version());
      if (version !== this.#version) {
        this.#cache.clear();
        this.#version = version;
      }
      const cached = this.#cache.get(key);
      if (
        cached?.version === version && this.#usable(key, cached.connection)
      ) {
        return {
          ok: true,
          credential: cached.connection.credential,
          values: cached.values,
        };
      }
    } catch (error) {
      return failure(provider, name, error);
    }
    // Many requests may find the cache empty at once; one of them does the work. Whoever has seen a write since reads
    // anew: what is under way may have looked for the last time.
    let pending = this.#pending.get(key);
    if (pending?.version !== version) {
      pending = { version, result: this.#load(provider, name, key) };
      this.#pending.set(key, pending);
    }
    try {
      return await pending.result;
    } finally {
      if (this.#pending.get(key) === pending) this.#pending.delete(key);
    }
  }

  rejected(provider: string, name: string): void {
    const key = `${provider}/${name}`;
    const cached = this.#cache.get(key);
    const before = this.#rejected.get(key);
    const now = this.#context.clock.now();
    if (!cached || !isRenewable(cached.connection.credential)) return;
    if (before && now - before.at < REJECTED_COOLDOWN_MS) return;
    this.#rejected.set(key, {
      revision: cached.connection.revision,
      at: now,
    });
  }

  async #load(
    provider: string,
    name: string,
    key: string,
  ): Promise<CredentialResult> {
    try {
      const { connections } = this.#context;
      let refreshed = false;
      for (let reads = 1;; reads++) {
        const version = await connections.version();
        let connection = await connections.get(provider, name);
        refuseDead(connection);
        if (!refreshed && !this.#usable(key, connection)) {
          connection = await this.#refresh(key, connection);
          refreshed = true;
        }
        const values = await this.#values(connection);
        // Whatever was written meanwhile may be a logout, also for the requests that have joined since: read again.
        const isCurrent = await connections.version() === version;
        if (isCurrent) this.#cache.set(key, { version, connection, values });
        if (isCurrent || reads === MAX_READS) {
          return { ok: true, credential: connection.credential, values };
        }
      }
    } catch (error) {
      return failure(provider, name, error);
    }
  }

  async #refresh(key: string, connection: Connection): Promise<Connection> {
    const rejected = this.#rejected.get(key);
    const force = rejected?.revision === connection.revision;
    try {
      return await this.#context.refresh(connection, { force });
    } finally {
      // When it was stays known: the API may refuse the new token as well.
      if (rejected) this.#rejected.set(key, { ...rejected, revision: 0 });
    }
  }

  async #values(connection: Connection): Promise<Record<string, string>> {
    const { provider, credential } = connection;
    const shown = await this.#shown(connection);
    if (credential.type === "api_key") return shown;
    const client = await this.#context.connections.client(
      provider,
      credential.clientId,
      credential.issuer,
    );
    return {
      ...credential.captured,
      ...shown,
      ...defined({ client_id: client?.clientId }),
    };
  }

  /** What is no secret; nothing without a definition, which has no route either. */
  async #shown(connection: Connection): Promise<Record<string, string>> {
    const { registry } = this.#context;
    try {
      const provider = await registry?.get(connection.provider);
      return provider ? publicValues(provider.definition, connection) : {};
    } catch (error) {
      if (!(error instanceof AuthsomeError)) throw error;
      return {};
    }
  }

  /** Whether the credential needs no refresh. */
  #usable(key: string, connection: Connection): boolean {
    return this.#rejected.get(key)?.revision !== connection.revision &&
      !needsRefresh(connection, this.#context.clock.now());
  }
}

/** The proxy's answer to a failure: 401 when the person must log in, 502 when trying later may help. */
function failure(
  provider: string,
  name: string,
  error: unknown,
): CredentialResult {
  if (!(error instanceof AuthsomeError)) {
    return {
      ok: false,
      reason: "refresh_failed",
      status: 502,
      message: `Cannot get the credential of ${provider}/${name}`,
      hint: "authsome doctor",
    };
  }
  const [reason, status] = answers(error);
  return {
    ok: false,
    reason,
    status,
    message: error.message,
    hint: error.hint,
  };
}

function answers(error: AuthsomeError): [NoCredential, 401 | 502] {
  switch (error.code) {
    case "ConnectionNotFound":
    case "ProfileNotFound":
    case "CredentialMissing":
      return ["credential_missing", 401];
    case "CredentialExpired":
      return ["credential_expired", 401];
    default:
      return ["refresh_failed", 502];
  }
}
