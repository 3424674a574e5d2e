/**
 * A {@linkcode Store} as one on a server behaves: every answer comes later, and the server tells every client of writes.
 * In the server's own words, as PostgreSQL would be used: one row holds a number that each write raises in its transaction,
 * reads answer with it, LISTEN and NOTIFY bring it meanwhile.
 */
import { memoryStore } from "../../lib/host/vault/memory_store.ts";
import type { Change, Store } from "../../lib/ports/store.ts";

/** The server, with the number of its last write. */
export class StoreServer {
  readonly #records = memoryStore();
  readonly #listeners = new Set<(number: number) => void>();
  #number = 0;

  /** One statement: what it answers is decided when it arrives, and arrives later with the number of then. */
  async ask<T>(
    statement: (records: Store) => Promise<T>,
    isWrite = (_: T) => false,
  ): Promise<{ result: T; number: number }> {
    await later();
    const result = await statement(this.#records);
    if (isWrite(result)) {
      const number = ++this.#number;
      for (const tell of this.#listeners) later().then(() => tell(number));
    }
    const number = this.#number;
    await later();
    return { result, number };
  }

  /** The number of the last write. */
  get number(): number {
    return this.#number;
  }

  listen(tell: (number: number) => void): () => void {
    this.#listeners.add(tell);
    return () => this.#listeners.delete(tell);
  }
}

/** A connection to the server. */
export class RemoteStore implements Store {
  readonly #server: StoreServer;
  #unlisten: (() => void) | undefined;
  #number: number | undefined;
  #closed = false;

  constructor(server: StoreServer) {
    this.#server = server;
    this.listen();
  }

  /** Lets the server tell of writes. What was written before is not told, so the number is unknown. */
  listen(): void {
    this.#number = undefined;
    this.#unlisten = this.#server.listen((number) => this.#saw(number));
  }

  /** The connection that tells of writes is lost. */
  unlisten(): void {
    this.#unlisten?.();
    this.#unlisten = undefined;
  }

  get(key: string) {
    return this.#ask((records) => records.get(key));
  }

  put(key: string, value: string, expected: number) {
    return this.#ask(
      (records) => records.put(key, value, expected),
      (revision) => revision !== undefined,
    );
  }

  delete(key: string, expected: number) {
    return this.#ask(
      (records) => records.delete(key, expected),
      (done) => done,
    );
  }

  transact(changes: readonly Change[], version?: number) {
    return this.#ask(
      // The server compares its own number, in the transaction.
      (records) =>
        version === undefined || version === this.#server.number
          ? records.transact(changes)
          : Promise.resolve(undefined),
      (done) => done !== undefined,
    );
  }

  keys(prefix: string) {
    return this.#ask((records) => records.keys(prefix));
  }

  revisions() {
    return this.#ask((records) => records.revisions());
  }

  async version(): Promise<number> {
    if (this.#closed || !this.#unlisten || this.#number === undefined) {
      await this.#ask(() => Promise.resolve());
    }
    return this.#number!;
  }

  close(): void {
    this.#closed = true;
    this.unlisten();
  }

  async #ask<T>(
    statement: (records: Store) => Promise<T>,
    isWrite?: (result: T) => boolean,
  ): Promise<T> {
    if (this.#closed) throw new Error("the connection is closed");
    const { result, number } = await this.#server.ask(statement, isWrite);
    this.#saw(number);
    return result;
  }

  /** Answers and notifications may overtake each other. */
  #saw(number: number): void {
    this.#number = Math.max(this.#number ?? 0, number);
  }
}

function later(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
