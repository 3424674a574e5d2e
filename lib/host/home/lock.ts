/**
 * Locks between processes, on Deno and Node alike: an exclusive transaction on an empty SQLite file. The system ends it
 * with its process, however that ends. Node has no flock(2), and no lock file can tell a killed owner from a living one.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { isBusy, unavailable } from "../vault/sqlite_store.ts";
import { createPrivateFile, refuseUnsafeDatabase } from "./private_file.ts";

/** Milliseconds between tries of a lock that another has: at first, and at most. */
const FIRST_TRY_MS = 2;
const LAST_TRY_MS = 20;

/** A lock that is held. */
export interface Lock {
  release(): void;
}

/** The lock of the file at `path`, made with mode 0600; `undefined` if another has it. */
export function tryLock(path: string): Lock | undefined {
  const database = open(path);
  const held = take(database, path);
  if (!held) database.close();
  return held;
}

/**
 * Waits for the lock of the file at `path`.
 *
 * @throws {AuthsomeError} `StoreUnavailable` if it is not had within `limit` milliseconds.
 */
export async function lock(path: string, limit: number): Promise<Lock> {
  // The clock of the day may jump meanwhile.
  const end = performance.now() + limit;
  const database = open(path);
  for (let pause = FIRST_TRY_MS;; pause = Math.min(pause * 1.5, LAST_TRY_MS)) {
    const held = take(database, path);
    if (held) return held;
    if (performance.now() > end) {
      const { lockedError } = await import("../vault/lock_holder.ts");
      const error = lockedError(`"${path}"`, path);
      database.close();
      throw error;
    }
    // Not all at once, and not always the same one first.
    const wait = pause * (0.5 + Math.random());
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

function open(path: string): DatabaseSync {
  createPrivateFile(path);
  refuseUnsafeDatabase(path);
  return new DatabaseSync(path, { timeout: 0 });
}

function take(database: DatabaseSync, path: string): Lock | undefined {
  try {
    // Nothing is ever written, so there is no journal beside the file either.
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    if (isBusy(error)) return undefined;
    database.close();
    throw unavailable(path, error, "lock");
  }
  return { release: () => database.close() };
}
