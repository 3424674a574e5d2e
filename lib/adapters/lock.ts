/**
 * Locks between processes, on Deno and Node alike: an exclusive transaction on an empty SQLite file. The system ends it
 * with its process, however that ends. Node has no flock(2), and no lock file can tell a killed owner from a living one.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { createPrivateFile, refuseUnsafeFile } from "./private_file.ts";

/** Milliseconds between tries of a lock that another has. */
const TRY_MS = 2;

/** A lock that is held. */
export interface Lock {
  release(): void;
}

/** The lock of the file at `path`, made with mode 0600; `undefined` if another has it. */
export function tryLock(path: string): Lock | undefined {
  createPrivateFile(path);
  refuseUnsafeFile(path);
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    // Nothing is ever written, so there is no journal beside the file either.
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
  return { release: () => database.close() };
}

/**
 * Waits for the lock of the file at `path`.
 *
 * @throws {Error} if it is not had within `limit` milliseconds.
 */
export async function lock(path: string, limit: number): Promise<Lock> {
  const end = Date.now() + limit;
  for (;;) {
    const held = tryLock(path);
    if (held) return held;
    if (Date.now() > end) throw new Error("another process has the lock");
    await new Promise((resolve) => setTimeout(resolve, TRY_MS));
  }
}

/** SQLITE_BUSY. */
function isBusy(error: unknown): boolean {
  const { errcode, message } = error as { errcode?: number; message: string };
  return errcode === 5 || /database is locked/.test(message);
}
