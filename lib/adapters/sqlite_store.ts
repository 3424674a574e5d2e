/** A {@linkcode Store} in one SQLite file, shared by many processes. @module */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { AuthsomeError } from "../errors.ts";
import type { Store, StoredRecord } from "../ports.ts";
import { createPrivateFile, refuseUnsafeFile } from "./private_file.ts";

/** How long a writer waits for another process, in milliseconds. */
const BUSY_TIMEOUT_MS = 10_000;

/**
 * Opens the store at `path`, creating it with mode 0600. `-wal` and `-shm` take that mode from it.
 *
 * @throws {AuthsomeError} `StoreUnavailable` if the file is a symbolic link, not ours, readable by others,
 * or not a database.
 */
export function openSqliteStore(path: string): Store {
  createPrivateFile(path);
  refuseUnsafeFile(path);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    database.exec(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;" +
        "CREATE TABLE IF NOT EXISTS record (key TEXT PRIMARY KEY, revision INTEGER NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID;" +
        // One row: the highest revision ever deleted. New records start above it.
        "CREATE TABLE IF NOT EXISTS deleted (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL) STRICT",
    );
  } catch (cause) {
    database?.close();
    throw unavailable(path, cause);
  }
  return new SqliteStore(path, database);
}

class SqliteStore implements Store {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #writes = 0;

  constructor(path: string, database: DatabaseSync) {
    this.#path = path;
    this.#database = database;
  }

  get(key: string): Promise<StoredRecord | undefined> {
    return this.#attempt(() =>
      this.#prepare("SELECT revision, value FROM record WHERE key = ?")
        .get(key) as StoredRecord | undefined
    );
  }

  put(
    key: string,
    value: string,
    expected: number,
  ): Promise<number | undefined> {
    return this.#transaction(() => {
      const row = expected === 0
        ? this.#prepare(
          "INSERT INTO record (key, revision, value) VALUES (?, coalesce((SELECT revision FROM deleted), 0) + 1, ?) " +
            "ON CONFLICT DO NOTHING RETURNING revision",
        ).get(key, value)
        : this.#prepare(
          "UPDATE record SET value = ?, revision = revision + 1 WHERE key = ? AND revision = ? RETURNING revision",
        ).get(value, key, expected);
      return (row as { revision: number } | undefined)?.revision;
    });
  }

  delete(key: string, expected: number): Promise<boolean> {
    return this.#transaction(() => {
      const { changes } = this.#prepare(
        "DELETE FROM record WHERE key = ? AND revision = ?",
      ).run(key, expected);
      if (changes !== 1) return false;
      this.#prepare(
        "INSERT INTO deleted (id, revision) VALUES (1, ?) " +
          "ON CONFLICT DO UPDATE SET revision = max(revision, excluded.revision)",
      ).run(expected);
      return true;
    });
  }

  keys(prefix: string): Promise<string[]> {
    return this.#attempt(() =>
      this.#prepare(
        // Node 22.13 knows no numbered parameters.
        "SELECT key FROM record WHERE substr(key, 1, length(?)) = ? ORDER BY key",
      )
        .all(prefix, prefix).map((row) => (row as { key: string }).key)
    );
  }

  /** `data_version` changes with the commits of others; our own are counted here. */
  version(): number {
    const row = this.#prepare("PRAGMA data_version").get() as {
      data_version: number;
    };
    return row.data_version * 1_048_576 + this.#writes;
  }

  close(): void {
    this.#database.close();
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** BEGIN IMMEDIATE is the lock across processes: it waits for other writers before it reads. */
  #transaction<T>(body: () => T): Promise<T> {
    return this.#attempt(() => {
      this.#database.exec("BEGIN IMMEDIATE");
      try {
        const result = body();
        this.#database.exec("COMMIT");
        this.#writes++;
        return result;
      } catch (error) {
        this.#database.exec("ROLLBACK");
        throw error;
      }
    });
  }

  #attempt<T>(body: () => T): Promise<T> {
    try {
      return Promise.resolve(body());
    } catch (cause) {
      return Promise.reject(unavailable(this.#path, cause));
    }
  }
}

function unavailable(path: string, cause: unknown): AuthsomeError {
  const state = cause instanceof Error ? cause.message : "unknown failure";
  return new AuthsomeError(
    "StoreUnavailable",
    `Cannot use vault "${path}": ${state}`,
    // A full disk and a folder that takes no file look alike from here.
    `See whether the disk is full and the file yours: df -h '${path}'; ls -l '${path}'`,
    { cause },
  );
}
