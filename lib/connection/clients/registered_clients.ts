/**
 * The clients that authsome registered with authorization servers. They are kept by server: one serves every connection
 * to it that has the same redirect URI, of whatever provider.
 *
 * @module
 */
import { AuthsomeError } from "../../errors.ts";
import type { Connection } from "../connection.ts";
import type { Client } from "../../oauth/client.ts";
import type { Clock } from "../../ports/system.ts";
import type { Vault } from "../../vault/vault.ts";
import { decodeClient, encodeClient, type recordKeys } from "../record.ts";

/** For which server and which logins a client is wanted. */
export interface RegisteredFor {
  issuer: string;
  /** A client's secret goes to no other token endpoint than that of the server that issued it. */
  tokenOrigin: string;
  redirectUri: string;
}

interface Kept {
  key: string;
  client: Client;
}

/** Reads and writes the registered clients of one profile. */
export class RegisteredClients {
  readonly #vault: Pick<Vault, "get" | "put" | "delete" | "keys" | "revision">;
  readonly #keys: ReturnType<typeof recordKeys>;
  readonly #clock: Clock;

  constructor(
    vault: Pick<Vault, "get" | "put" | "delete" | "keys" | "revision">,
    keys: ReturnType<typeof recordKeys>,
    clock: Clock,
  ) {
    this.#vault = vault;
    this.#keys = keys;
    this.#clock = clock;
  }

  /**
   * The last client that was registered for these logins and that its server has not refused.
   *
   * @param earlier one that was kept by provider, as earlier versions did; it is taken over.
   */
  async find(
    wanted: RegisteredFor,
    earlier?: Client,
  ): Promise<Client | undefined> {
    const all = (await this.#all()).map(({ client }) => client);
    if (
      earlier && earlier.redirectUri === wanted.redirectUri &&
      !all.some(({ clientId }) => clientId === earlier.clientId)
    ) {
      // Its old record stays: connections that say nothing of their server are refreshed with it.
      all.push(
        await this.keep({
          ...earlier,
          revision: 0,
          issuer: wanted.issuer,
          tokenOrigin: wanted.tokenOrigin,
          registeredAt: 0,
          lastLoginAt: 0,
        }),
      );
    }
    return all
      .filter((client) =>
        client.replacedAt === undefined &&
        client.issuer === wanted.issuer &&
        client.tokenOrigin === wanted.tokenOrigin &&
        client.redirectUri === wanted.redirectUri
      )
      .sort((a, b) => (b.registeredAt ?? 0) - (a.registeredAt ?? 0))[0];
  }

  /** The client of that id at that server, even one that its server refused since. */
  async byId(issuer: string, clientId: string): Promise<Client | undefined> {
    return (await this.#all()).find(({ client }) =>
      client.issuer === issuer && client.clientId === clientId
    )?.client;
  }

  /** The providers whose logins they were registered for. */
  async providers(): Promise<string[]> {
    return (await this.#all()).map(({ client }) => client.provider);
  }

  /** Keeps a client that is new. Records that do not open make room for it: nobody can tell whose they were. */
  async keep(client: Client): Promise<Client> {
    for (const damaged of (await this.#read()).damaged) {
      const revision = await this.#vault.revision(damaged);
      if (revision) await this.#vault.delete(damaged, revision);
    }
    // Their keys are random, since a key is not sealed.
    const key = this.#keys.registeredClient(crypto.randomUUID());
    const revision = await this.#vault.put(key, encodeClient(client), 0);
    return { ...client, revision: revision! };
  }

  /** Notes that the server refused the client, so that no login uses it again. */
  async forget({ issuer, clientId }: Client): Promise<void> {
    await this.#change(issuer, clientId, { replacedAt: this.#clock.now() });
  }

  /** Notes that a login with the client has ended, and whether the next one has to ask if its server still knows it. */
  async noteLogin(
    { issuer, clientId }: Client,
    { doubtful }: { doubtful: boolean },
  ): Promise<void> {
    const lastLoginAt = doubtful ? this.#clock.now() : undefined;
    await this.#change(issuer, clientId, { lastLoginAt });
  }

  async #change(
    issuer: string | undefined,
    clientId: string,
    change: Pick<Client, "replacedAt"> | { lastLoginAt: number | undefined },
  ): Promise<void> {
    for (const { key, client } of await this.#all()) {
      if (client.issuer !== issuer || client.clientId !== clientId) continue;
      // Another process that changed it meanwhile found out the same.
      await this.#vault.put(
        key,
        encodeClient({ ...client, ...change } as Client),
        client.revision,
      );
    }
  }

  /**
   * Deletes the clients of `provider` that none of `connections` uses, and says whether there was one. One that a
   * connection of another provider uses becomes that one's.
   */
  async discardUnused(
    provider: string,
    connections: readonly Connection[],
  ): Promise<boolean> {
    let some = false;
    for (const { key, client } of await this.#all()) {
      if (client.provider !== provider) continue;
      const user = connections.find(({ credential }) =>
        credential.type === "oauth2" && credential.issuer === client.issuer &&
        credential.clientId === client.clientId
      );
      if (!user) {
        some = await this.#vault.delete(key, client.revision) || some;
      } else if (user.provider !== provider) {
        const passed = { ...client, provider: user.provider };
        await this.#vault.put(key, encodeClient(passed), client.revision);
      }
    }
    return some;
  }

  /** One that does not open is no reason to keep the person from another. */
  async #all(): Promise<Kept[]> {
    return (await this.#read()).kept;
  }

  async #read(): Promise<{ kept: Kept[]; damaged: string[] }> {
    const kept: Kept[] = [];
    const damaged: string[] = [];
    for (const key of await this.#vault.keys(this.#keys.registeredClients)) {
      try {
        const record = await this.#vault.get(key);
        if (!record) continue;
        kept.push({ key, client: decodeClient(record.text, record.revision) });
      } catch (error) {
        const isDamaged = error instanceof AuthsomeError &&
          error.code === "RecordCorrupt";
        if (!isDamaged) throw error;
        damaged.push(key);
      }
    }
    return { kept, damaged };
  }
}
