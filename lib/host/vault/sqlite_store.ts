/** A {@linkcode Store} in one SQLite file, shared by many processes. @module */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { AuthsomeError } from "../../errors.ts";
import type {
  Change,
  Revisions,
  Store,
  StoredRecord,
} from "../../ports/store.ts";
import type { Tell } from "../home/home_folder.ts";
import {
  createPrivateFile,
  refuseUnsafeDatabase,
} from "../home/private_file.ts";

/** How long another program is waited for, in milliseconds: without a word, and in all. */
const SILENT_MS = 2_000;
const BUSY_TIMEOUT_MS = 10_000;

/**
 * The tables, as SQLite keeps their text. Versions that knew no opaque names call the first column of `record` "key". With
 * another name their statements fail, instead of adding what no other process would find.
 */
const TABLES: readonly [name: string, sql: string][] = [
  // One row: the highest revision ever deleted. New records start above it.
  [
    "deleted",
    "CREATE TABLE deleted (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL) STRICT",
  ],
  [
    "record",
    "CREATE TABLE record (name TEXT PRIMARY KEY, revision INTEGER NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
  ],
];

const OLD_TABLES = TABLES.map(([name, sql]): [string, string] => [
  name,
  sql.replace("(name TEXT", "(key TEXT"),
]);

/**
 * The same as {@linkcode openSqliteStore}; `tell` is told in a line which program has locked the file, while it is waited
 * for, `limit` milliseconds in all.
 *
 * @throws {AuthsomeError} `StoreUnavailable` as there, and with the program's name if it keeps the lock.
 */
export async function openSharedStore(
  path: string,
  tell: Tell,
  limit: number = BUSY_TIMEOUT_MS,
): Promise<Store> {
  const rest = limit - SILENT_MS;
  let store: SqliteStore;
  try {
    store = open(path, SILENT_MS);
  } catch (error) {
    if (!(error instanceof AuthsomeError) || !isBusy(error.cause)) throw error;
    const { lockedError, waitsForLock } = await import("./lock_holder.ts");
    tell(waitsForLock(path, rest));
    try {
      store = open(path, rest);
    } catch (still) {
      throw still instanceof AuthsomeError && isBusy(still.cause)
        ? lockedError(`vault "${path}"`, path, still.cause)
        : still;
    }
  }
  store.patience = { tell, rest };
  return store;
}

/**
 * Opens the store at `path`, creating it with mode 0600. `-wal` and `-shm` take that mode from it.
 *
 * @throws {AuthsomeError} `StoreUnavailable` if one of the files is a link, has a second name, is a FIFO or the like, is
 * not ours or readable by others, or if the database is none or damaged.
 */
export function openSqliteStore(path: string): Store {
  return open(path, BUSY_TIMEOUT_MS);
}

function open(path: string, timeout: number): SqliteStore {
  createPrivateFile(path);
  refuseUnsafeDatabase(path);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout });
    database.exec(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF; PRAGMA secure_delete = ON;" +
        TABLES.map(([, sql]) =>
          sql.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS")
        ).join(";"),
    );
    checkTables(database);
  } catch (cause) {
    database?.close();
    throw unavailable(path, cause);
  }
  setTimeoutOf(database, SILENT_MS);
  return new SqliteStore(path, database);
}

function setTimeoutOf(database: DatabaseSync, milliseconds: number): void {
  database.exec(`PRAGMA busy_timeout = ${milliseconds}`);
}

/** A bit of the schema that changed may leave one that SQLite takes; nor may there be a trigger or a view. */
function checkTables(database: DatabaseSync): void {
  if (hasTables(database, TABLES)) return;
  if (hasTables(database, OLD_TABLES)) {
    database.exec("BEGIN IMMEDIATE");
    // Another process may have done it meanwhile.
    if (hasTables(database, OLD_TABLES)) {
      database.exec("ALTER TABLE record RENAME COLUMN key TO name");
    }
    database.exec("COMMIT");
    if (hasTables(database, TABLES)) return;
  }
  throw new Error("its tables are damaged, or of another version");
}

function hasTables(database: DatabaseSync, tables: typeof TABLES): boolean {
  const found = database.prepare(
    "SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name",
  ).all() as { name: unknown; sql: unknown }[];
  return found.length === tables.length &&
    found.every(({ name, sql }, at) =>
      name === tables[at]![0] && sql === tables[at]![1]
    );
}

class SqliteStore implements Store {
  /** Who is told, and how many milliseconds are waited then. */
  patience: { tell: Tell; rest: number } = {
    tell: () => {},
    rest: BUSY_TIMEOUT_MS - SILENT_MS,
  };
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #writes = 0;

  constructor(path: string, database: DatabaseSync) {
    this.#path = path;
    this.#database = database;
  }

  get(key: string): Promise<StoredRecord | undefined> {
    return this.#attempt(() => {
      const row = this.#prepare(
        "SELECT revision, value FROM record WHERE name = ?",
      ).get(key);
      if (row !== undefined && !isRecord(row)) {
        throw new Error("a record in it is damaged");
      }
      return row;
    });
  }

  put(
    key: string,
    value: string,
    expected: number,
  ): Promise<number | undefined> {
    return this.transact([{ key, expected, value }]).then((done) => done?.[0]);
  }

  delete(key: string, expected: number): Promise<boolean> {
    return this.transact([{ key, expected, value: null }])
      .then((done) => done !== undefined && expected !== 0);
  }

  async transact(
    changes: readonly Change[],
    version?: number,
  ): Promise<number[] | undefined> {
    const done = await this.#transaction(() => {
      if (version !== undefined && version !== this.#version()) {
        return undefined;
      }
      const revisions: number[] = [];
      for (const change of changes) {
        const revision = this.#change(change);
        if (revision === undefined) return undefined;
        revisions.push(revision);
      }
      return revisions;
    });
    if (done && changes.some(({ to }) => to !== undefined)) this.#forgetNames();
    return done;
  }

  /** Makes one change in the open transaction; the revision after it, or `undefined` if the record is another. */
  #change({ key, expected, value, to }: Change): number | undefined {
    if (to !== undefined) return this.#move(key, expected, value, to);
    if (value === undefined || value === null && expected === 0) {
      const row = this.#prepare("SELECT revision FROM record WHERE name = ?")
        .get(key) as { revision: number } | undefined;
      return (row?.revision ?? 0) === expected ? expected : undefined;
    }
    if (value === null) return this.#delete(key, expected);
    const row = expected === 0
      ? this.#prepare(
        "INSERT INTO record (name, revision, value) VALUES (?, coalesce((SELECT revision FROM deleted), 0) + 1, ?) " +
          "ON CONFLICT DO NOTHING RETURNING revision",
      ).get(key, value)
      : this.#prepare(
        "UPDATE record SET value = ?, revision = revision + 1 WHERE name = ? AND revision = ? RETURNING revision",
      ).get(value, key, expected);
    return (row as { revision: number } | undefined)?.revision;
  }

  #move(
    key: string,
    expected: number,
    value: string | null | undefined,
    to: string,
  ): number | undefined {
    const { changes } = this.#prepare(
      "UPDATE OR IGNORE record SET name = ?, value = coalesce(?, value) WHERE name = ? AND revision = ?",
    ).run(to, value ?? null, key, expected);
    return changes === 1 ? expected : undefined;
  }

  #delete(key: string, expected: number): number | undefined {
    const { changes } = this.#prepare(
      "DELETE FROM record WHERE name = ? AND revision = ?",
    ).run(key, expected);
    if (changes !== 1) return undefined;
    this.#prepare(
      "INSERT INTO deleted (id, revision) VALUES (1, ?) " +
        "ON CONFLICT DO UPDATE SET revision = max(revision, excluded.revision)",
    ).run(expected);
    return 0;
  }

  /** The file beside the database has the pages of before, with the names of before, until it is cut. */
  #forgetNames(): void {
    try {
      this.#database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch { /* Another process reads; the last one to close does it. */ }
  }

  keys(prefix: string): Promise<string[]> {
    return this.#attempt(() =>
      this.#prepare(
        // Node 22.13 knows no numbered parameters.
        "SELECT name FROM record WHERE substr(name, 1, length(?)) = ? ORDER BY name",
      )
        .all(prefix, prefix).map(({ name }) => {
          if (typeof name !== "string") throw new Error("a name is damaged");
          return name;
        })
    );
  }

  /** As two texts: a row for each of many records costs twice the time. */
  revisions(): Promise<Revisions> {
    return this.#attempt(() => {
      const { names, revisions } = this.#prepare(
        "SELECT group_concat(name, char(10)) AS names, group_concat(revision, ' ') AS revisions " +
          "FROM (SELECT name, revision FROM record ORDER BY name)",
      ).get() as { names: unknown; revisions: unknown };
      if (names === null) return { keys: [], revisions: [] };
      if (typeof names !== "string" || typeof revisions !== "string") {
        throw new Error("a name is damaged");
      }
      const found = {
        keys: names.split("\n"),
        revisions: revisions.split(" ").map(Number),
      };
      if (
        found.keys.length !== found.revisions.length ||
        !found.revisions.every((revision) => revision > 0)
      ) throw new Error("a name is damaged");
      return found;
    });
  }

  /** `data_version` grows with the commits of others; our own are counted here. */
  version(): Promise<number> {
    return this.#attempt(() => this.#version());
  }

  #version(): number {
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

  /**
   * BEGIN IMMEDIATE is the lock across processes: it waits for other writers before it reads. Where `body` gives
   * `undefined`, nothing is written.
   */
  #transaction<T>(body: () => T | undefined): Promise<T | undefined> {
    return this.#attempt(() => {
      this.#database.exec("BEGIN IMMEDIATE");
      try {
        const result = body();
        this.#database.exec(result === undefined ? "ROLLBACK" : "COMMIT");
        if (result !== undefined) this.#writes++;
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
      return isBusy(cause)
        ? this.#attemptPatiently(body)
        : Promise.reject(unavailable(this.#path, cause));
    }
  }

  /** Once more, since what found the file locked has changed nothing. */
  async #attemptPatiently<T>(body: () => T): Promise<T> {
    const { lockedError, waitsForLock } = await import("./lock_holder.ts");
    const { tell, rest } = this.patience;
    tell(waitsForLock(this.#path, rest));
    try {
      setTimeoutOf(this.#database, rest);
      try {
        return body();
      } finally {
        setTimeoutOf(this.#database, SILENT_MS);
      }
    } catch (cause) {
      throw isBusy(cause)
        ? lockedError(`vault "${this.#path}"`, this.#path, cause)
        : unavailable(this.#path, cause);
    }
  }
}

/** SQLITE_BUSY, SQLITE_LOCKED or SQLITE_PROTOCOL, in one of their kinds. */
export function isBusy(error: unknown): boolean {
  const { errcode = 0, message = "" } = (error ?? {}) as Partial<
    { errcode: number; message: string }
  >;
  return [5, 6, 15].includes(errcode & 0xff) ||
    /database (?:table |schema )?is locked|locking protocol/.test(message);
}

/** SQLite does not check the type of what it reads. */
function isRecord(row: object): row is StoredRecord {
  const { revision, value } = row as Record<keyof StoredRecord, unknown>;
  return typeof value === "string" && Number.isSafeInteger(revision) &&
    (revision as number) > 0;
}

/** What to throw when SQLite cannot use the file at `path`. */
export function unavailable(
  path: string,
  cause: unknown,
  what = "vault",
): AuthsomeError {
  const state = cause instanceof Error ? cause.message : "unknown failure";
  return new AuthsomeError(
    "StoreUnavailable",
    `Cannot use ${what} "${path}": ${state}`,
    // A full disk and a folder that takes no file look alike from here.
    `See whether the disk is full and the file yours: df -h '${path}'; ls -l '${path}'`,
    { cause },
  );
}
