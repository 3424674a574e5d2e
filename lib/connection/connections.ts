/**
 * The connections and clients of one profile.
 *
 * Invariant: a record is replaced only if its `revision` is the one that was read. A refresh that ends after a logout
 * or a second login changes nothing and reports `superseded`. (The store never gives a revision twice, so a record that
 * was deleted and made again is not mistaken for the one that was read.)
 *
 * @module
 */
import { AuthsomeError } from "../errors.ts";
import type { Clock } from "../ports/system.ts";
import type { Vault } from "../vault/vault.ts";
import type { Connection } from "./connection.ts";
import type { Client } from "../oauth/client.ts";
import { DEFAULT_CONNECTION } from "../names.ts";
import type { RegisteredClients } from "./clients/registered_clients.ts";
import { connectionOption } from "./hint.ts";
import { conflict, misplaced } from "./listing/connection_errors.ts";
import {
  type ConnectionName,
  ConnectionNames,
  type SketchedName,
} from "./listing/connection_names.ts";
import {
  decodeClient,
  decodeConnection,
  decodeName,
  encodeClient,
  encodeConnection,
  encodeName,
  parseClientKey,
  recordKeys,
} from "./record.ts";

/** What is needed of a {@linkcode Vault}. */
export type Records =
  & Pick<
    Vault,
    "get" | "put" | "delete" | "keys" | "version" | "revision"
  >
  & Partial<Pick<Vault, "digests">>;

/** Reads and writes the connections and clients of one profile; those of other profiles cannot be reached. */
export class Connections {
  readonly profile: string;
  readonly #vault: Records;
  readonly #clock: Clock;
  readonly #keys: ReturnType<typeof recordKeys>;
  readonly #names: ConnectionNames;

  /** @throws {AuthsomeError} `Usage` if `profile` is not a profile name. */
  constructor(vault: Records, profile: string, clock: Clock) {
    this.profile = profile;
    this.#vault = vault;
    this.#clock = clock;
    this.#keys = recordKeys(profile);
    this.#names = new ConnectionNames(vault, this.#keys);
  }

  /** Provider and name of every connection, in order; nothing is decrypted, so a corrupt record is listed too. */
  names(provider?: string): Promise<ConnectionName[]> {
    return this.#names.names(provider);
  }

  /** The providers with a connection, in order. */
  providers(): Promise<string[]> {
    return this.#names.providers();
  }

  /** How many connections a provider has. */
  count(provider: string): Promise<number> {
    return this.#names.count(provider);
  }

  /** Every connection with its sketch, if it may stay unread; see {@linkcode ConnectionNames.sketches}. */
  sketches(): Promise<SketchedName[]> {
    return this.#names.sketches();
  }

  /** Every connection (of `provider`), by provider and name. Throws `RecordCorrupt` if one does not open. */
  async list(provider?: string): Promise<Connection[]> {
    const found: Connection[] = [];
    for (const { provider: owner, name } of await this.names(provider)) {
      const connection = await this.#read(owner, name);
      if (connection) found.push(connection);
    }
    return found;
  }

  /** The connection, or `undefined`; without `name` the default one. Throws `RecordCorrupt` if it does not open. */
  async find(provider: string, name?: string): Promise<Connection | undefined> {
    return await this.#read(
      provider,
      name ?? await this.defaultName(provider),
    );
  }

  /**
   * The connection; without `name` the default one.
   *
   * @throws {AuthsomeError} `ConnectionNotFound`.
   */
  async get(provider: string, name?: string): Promise<Connection> {
    const wanted = name ?? await this.defaultName(provider);
    const connection = await this.#read(provider, wanted);
    if (!connection) throw connectionNotFound(provider, wanted);
    return connection;
  }

  /**
   * Stores the connection in place of the revision that was read (0: a new one) and sets `updatedAt`. The first
   * connection of a provider becomes its default.
   *
   * @returns the connection at its new revision.
   * @throws {AuthsomeError} `RecordConflict` if it was changed, made or deleted meanwhile; nothing is written then.
   */
  async save(connection: Connection): Promise<Connection> {
    const { provider, name } = connection;
    const key = this.#keys.connection(provider, name);
    const first = connection.revision === 0 &&
      await this.#names.usableDefault(provider) === undefined &&
      (await this.names(provider)).length === 0;
    const previous = await this.#attempt(
      provider,
      name,
      () => this.#vault.get(key),
    );
    const saved = { ...connection, updatedAt: this.#clock.now() };
    const revision = (previous?.revision ?? 0) === connection.revision
      ? await this.#vault.put(
        key,
        encodeConnection(saved, previous?.text),
        connection.revision,
      )
      : undefined;
    if (revision === undefined) throw conflict(provider, name);
    if (first) await this.#keepDefault(provider, name);
    return { ...saved, revision };
  }

  /** Deletes the connection if it is still at the revision that was read; says whether it was. */
  async delete(connection: Connection): Promise<boolean> {
    return await this.#vault.delete(
      this.#keys.connection(connection.provider, connection.name),
      connection.revision,
    );
  }

  /** Deletes the connection whatever its revision, even one that does not open; says whether there was one. */
  async discard(provider: string, name: string): Promise<boolean> {
    return await this.#discard(this.#keys.connection(provider, name));
  }

  /**
   * The name of the provider's default connection: the one that was chosen, else the one called `default`, else the
   * first by name. `default` if the provider has no connection.
   */
  async defaultName(provider: string): Promise<string> {
    const usable = await this.#names.usableDefault(provider);
    if (usable !== undefined) return usable;
    const names = (await this.names(provider)).map(({ name }) => name);
    if (names.length > 1 || names[0] !== DEFAULT_CONNECTION) {
      const record = await this.#attempt(
        provider,
        undefined,
        () => this.#vault.get(this.#keys.default(provider)),
      );
      const chosen = record && decodeName(record.text);
      if (chosen !== undefined && names.includes(chosen)) return chosen;
    }
    return names.includes(DEFAULT_CONNECTION)
      ? DEFAULT_CONNECTION
      : names[0] ?? DEFAULT_CONNECTION;
  }

  /**
   * Makes `name` the provider's default connection.
   *
   * @throws {AuthsomeError} `ConnectionNotFound` if there is none of that name.
   */
  async setDefault(provider: string, name: string): Promise<void> {
    const names = await this.names(provider);
    if (!names.some((known) => known.name === name)) {
      throw connectionNotFound(provider, name);
    }
    await this.#keepDefault(provider, name);
  }

  /** The providers with an OAuth client kept for them. */
  async clientProviders(): Promise<string[]> {
    const own = (await this.#vault.keys(this.#keys.clients))
      .map((key) => parseClientKey(key));
    const others = await this.#vault.keys(this.#keys.registeredClients);
    if (others.length === 0) return own;
    const registered = await this.registered();
    return [...new Set([...own, ...await registered.providers()])];
  }

  /** The clients that authsome registered, by their server. */
  async registered(): Promise<RegisteredClients> {
    const { RegisteredClients } = await import(
      "./clients/registered_clients.ts"
    );
    return new RegisteredClients(this.#vault, this.#keys, this.#clock);
  }

  /** Whether there are records of logins in the background; `login/pending_login.ts` reads them. */
  async hasBackgroundLogins(): Promise<boolean> {
    return (await this.#vault.keys(`${this.#keys.root}login/`)).length > 0;
  }

  /**
   * The OAuth client kept for the provider, or `undefined`. With `clientId` that one, even if another has taken its
   * place: tokens are refreshed by the client that they were issued to. With `issuer` it may be one that was registered
   * there.
   */
  async client(
    provider: string,
    clientId?: string,
    issuer?: string,
  ): Promise<Client | undefined> {
    if (clientId !== undefined && issuer !== undefined) {
      const registered = await this.registered();
      const found = await registered.byId(issuer, clientId);
      if (found) return found;
    }
    const client = await this.#client(provider, this.#keys.client(provider));
    if (clientId === undefined || client?.clientId === clientId) return client;
    let damaged: unknown;
    const earlier = await this.#earlierClients(provider, (error) => {
      damaged = error;
    });
    const found = earlier.find((each) => each.client.clientId === clientId);
    if (!found && damaged) throw damaged;
    return found?.client;
  }

  /** The provider's client, and those whose place it took, the last first. */
  async clients(provider: string): Promise<Client[]> {
    const current = await this.client(provider);
    const earlier = (await this.#earlierClients(provider))
      .map(({ client }) => client)
      .filter(({ clientId }, at, all) =>
        clientId !== current?.clientId &&
        // Two processes that keep the same one at once give it two names.
        at === all.findIndex((other) => other.clientId === clientId)
      );
    earlier.sort((a, b) => (b.replacedAt ?? 0) - (a.replacedAt ?? 0));
    return [...current ? [current] : [], ...earlier];
  }

  /**
   * The clients whose place others took. Their keys are random, since a key is not sealed. Without `onDamaged` the first
   * record that does not open ends it.
   */
  async #earlierClients(
    provider: string,
    onDamaged?: (error: unknown) => void,
  ): Promise<{ key: string; client: Client }[]> {
    const found: { key: string; client: Client }[] = [];
    const keys = await this.#vault.keys(this.#keys.earlierClients(provider));
    for (const key of keys) {
      try {
        const client = await this.#client(provider, key);
        if (client) found.push({ key, client });
      } catch (error) {
        if (!onDamaged) throw error;
        onDamaged(error);
      }
    }
    return found;
  }

  async #client(provider: string, key: string): Promise<Client | undefined> {
    return await this.#attempt(provider, undefined, async () => {
      const record = await this.#vault.get(key);
      if (!record) return undefined;
      const client = decodeClient(record.text, record.revision);
      if (client.provider !== provider) throw misplaced();
      return client;
    });
  }

  /**
   * Stores the client in place of the revision that was read (0: a new one). One with another id is still found by it.
   * Throws `RecordConflict`.
   */
  async saveClient(client: Client): Promise<Client> {
    const key = this.#keys.client(client.provider);
    const previous = await this.#attempt(
      client.provider,
      undefined,
      () => this.#vault.get(key),
    );
    if (previous?.revision === client.revision) {
      await this.#keepEarlier(client, previous);
    }
    const revision = (previous?.revision ?? 0) === client.revision
      ? await this.#vault.put(
        key,
        encodeClient({ ...client, replacedAt: undefined }, previous?.text),
        client.revision,
      )
      : undefined;
    if (revision === undefined) throw conflict(client.provider);
    return { ...client, revision };
  }

  async #keepEarlier(
    { provider, clientId }: Client,
    { text, revision }: { text: string; revision: number },
  ): Promise<void> {
    const known = await this.#renewKeys(provider);
    const earlier = decodeClient(text, revision);
    if (earlier.clientId === clientId) return;
    const same = known.find(({ client }) =>
      client.clientId === earlier.clientId
    );
    const key = same?.key ??
      this.#keys.earlierClient(provider, crypto.randomUUID());
    const replaced = { ...earlier, replacedAt: this.#clock.now() };
    if (
      await this.#vault.put(
        key,
        encodeClient(replaced, text),
        same?.client.revision ?? 0,
      ) === undefined
    ) {
      throw conflict(provider);
    }
  }

  /** Gives records whose key shows the id of their client, as earlier versions wrote them, another key. */
  async #renewKeys(
    provider: string,
  ): Promise<{ key: string; client: Client }[]> {
    // One that does not open is no reason to keep the person from another client.
    const known = await this.#earlierClients(provider, () => {});
    for (const each of known) {
      const { client: { clientId, revision }, key: old } = each;
      if (old !== this.#keys.earlierClient(provider, clientId)) continue;
      const record = await this.#vault.get(old);
      if (record?.revision !== revision) throw conflict(provider);
      each.key = this.#keys.earlierClient(provider, crypto.randomUUID());
      // Copied before it is deleted: after a crash it is there, twice at worst.
      const renewed = await this.#vault.put(each.key, record.text, 0);
      if (renewed === undefined) throw conflict(provider);
      each.client = { ...each.client, revision: renewed };
      await this.#vault.delete(old, revision);
    }
    return known;
  }

  /** Deletes the provider's client and those before it; says whether there was one. */
  async deleteClient(provider: string): Promise<boolean> {
    const earlier = this.#keys.earlierClients(provider);
    for (const key of await this.#vault.keys(earlier)) await this.#discard(key);
    return await this.#discard(this.#keys.client(provider));
  }

  /** Differs once any process has written to the vault. Without a write it costs microseconds and no wait. */
  version(): Promise<number> {
    return this.#vault.version();
  }

  async #read(provider: string, name: string): Promise<Connection | undefined> {
    const key = this.#keys.connection(provider, name);
    return await this.#attempt(provider, name, async () => {
      const record = await this.#vault.get(key);
      if (!record) return undefined;
      const connection = decodeConnection(record.text, record.revision);
      if (connection.provider !== provider || connection.name !== name) {
        throw misplaced();
      }
      return connection;
    });
  }

  async #keepDefault(provider: string, name: string): Promise<void> {
    const key = this.#keys.default(provider);
    for (let tries = 0; tries < 100; tries++) {
      const revision = await this.#vault.revision(key) ?? 0;
      if (
        await this.#vault.put(key, encodeName(name), revision) !== undefined
      ) return;
    }
    throw conflict(provider, name);
  }

  async #discard(key: string): Promise<boolean> {
    for (let tries = 0; tries < 100; tries++) {
      const revision = await this.#vault.revision(key);
      if (revision === undefined) return false;
      if (await this.#vault.delete(key, revision)) return true;
    }
    throw new AuthsomeError(
      "RecordConflict",
      "Cannot delete record: other processes keep changing it",
      "Try again",
    );
  }

  /** Says whose record it was when one does not open. */
  async #attempt<T>(
    provider: string,
    name: string | undefined,
    body: () => Promise<T>,
  ): Promise<T> {
    try {
      return await body();
    } catch (error) {
      if (!(error instanceof AuthsomeError) || error.code !== "RecordCorrupt") {
        throw error;
      }
      const what = name === undefined
        ? `the client of ${provider}`
        : `connection ${provider}/${name}`;
      throw new AuthsomeError(
        "RecordCorrupt",
        `Cannot use ${what}: its record is damaged`,
        name === undefined
          ? `authsome login ${provider} --reset-client`
          : `authsome logout ${provider}${connectionOption(name)}`,
        {
          cause: error,
          subject: name === undefined
            ? { provider }
            : { provider, connection: name },
        },
      );
    }
  }
}

/** There is no connection of that name. */
export function connectionNotFound(
  provider: string,
  name: string,
): AuthsomeError {
  return new AuthsomeError(
    "ConnectionNotFound",
    `Cannot find connection ${provider}/${name}`,
    `authsome login ${provider}${connectionOption(name)}`,
    { subject: { provider, connection: name } },
  );
}
