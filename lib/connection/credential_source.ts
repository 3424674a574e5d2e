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
  SentRequest,
} from "./credentials.ts";
import type { Connection, Credential } from "./connection.ts";
import type { Connections } from "./connections.ts";
import { publicValues } from "./public_values.ts";
import type { ProviderRegistry } from "../provider/registry.ts";
import {
  hasExpired,
  isUnread,
  needsRefresh,
  refuseDead,
} from "./refresh/freshness.ts";

/** How often a record is read again because something was written meanwhile. */
const MAX_READS = 5;

/**
 * Gives a connection with a credential fit for use: refreshed if need be, else as it was given.
 *
 * @throws {AuthsomeError} `CredentialExpired`, `RefreshFailed`, `ConnectionNotFound` and others of exit code 5 or 8.
 */
export type Refresh = (connection: Connection) => Promise<Connection>;

/** What a {@linkcode VaultCredentialSource} works with. */
interface CredentialContext {
  readonly connections: Connections;
  readonly clock: Clock;
  readonly refresh: Refresh;
  /** Told that the API refused what was read from a secret manager; says whether it is read again at the next use. */
  readonly readAgain?: (
    connection: Connection,
    sent: Credential,
  ) => Promise<boolean>;
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
  /** What is being written to the vault. */
  readonly #writes = new Set<Promise<unknown>>();
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
        cached?.version === version && this.#usable(cached.connection)
      ) return resultOf(cached.connection, cached.values);
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

  rejected(sent: SentRequest): Promise<boolean> {
    // If it fails, the answer is what it is without us.
    return this.#written(this.#mark(sent).catch(() => false));
  }

  accepted(sent: SentRequest): void {
    // If it fails, the token only stays in doubt.
    this.#written(this.#accept(sent)).catch(() => {});
  }

  /** Resolves when all that was told is in the vault. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#writes);
  }

  async #accept(sent: SentRequest): Promise<void> {
    const { markAccepted } = await import("./refresh/rejection.ts");
    await markAccepted(this.#context, sent);
  }

  async #mark(sent: SentRequest): Promise<boolean> {
    const { connections, clock, readAgain } = this.#context;
    if (readAgain) {
      const current = await connections.find(sent.provider, sent.connection);
      if (current && isUnread(current, clock.now())) {
        this.#cache.delete(`${sent.provider}/${sent.connection}`);
        return await readAgain(current, sent.credential);
      }
    }
    const { markRejected } = await import("./refresh/rejection.ts");
    const marked = await markRejected(this.#context, sent);
    if (!marked) return false;
    const key = `${sent.provider}/${sent.connection}`;
    // The version may be one that was read before the mark was written.
    if (this.#cache.get(key)?.connection.revision !== marked.revision) {
      this.#cache.delete(key);
    }
    return true;
  }

  #written<T>(write: Promise<T>): Promise<T> {
    this.#writes.add(write);
    const done = () => void this.#writes.delete(write);
    write.then(done, done);
    return write;
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
        // What is read from elsewhere is in no record, however often that is read.
        const unread = isUnread(connection, this.#context.clock.now());
        if (unread || !refreshed && !this.#usable(connection)) {
          connection = await this.#refresh(connection);
          refreshed = true;
        }
        const values = await this.#values(connection);
        // Whatever was written meanwhile may be a logout, also for the requests that have joined since: read again.
        const isCurrent = await connections.version() === version;
        if (isCurrent) this.#cache.set(key, { version, connection, values });
        if (isCurrent || reads === MAX_READS) {
          return resultOf(connection, values);
        }
      }
    } catch (error) {
      return failure(provider, name, error);
    }
  }

  async #refresh(connection: Connection): Promise<Connection> {
    try {
      return await this.#context.refresh(connection);
    } catch (error) {
      if (
        !(error instanceof AuthsomeError) || error.code !== "RefreshFailed" ||
        hasExpired(connection, this.#context.clock.now()) ||
        isUnread(connection, this.#context.clock.now())
      ) throw error;
      // It was refused once and could not be refreshed: the API itself has the last word.
      return connection;
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
  #usable(connection: Connection): boolean {
    const now = this.#context.clock.now();
    return !needsRefresh(connection, now) && !isUnread(connection, now);
  }
}

function resultOf(
  { credential, rejection }: Connection,
  values: Record<string, string>,
): CredentialResult {
  return {
    ok: true,
    credential,
    values,
    ...rejection && rejection.state !== "accepted"
      ? { doubted: rejection.request }
      : {},
  };
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
