/**
 * Tests that leave sockets where they are hard to find make every sandbox of the machine look for them, and on a busy
 * machine warn. They have it for themselves, among all processes of the suite.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { SUITE_FOLDER } from "../suite_folder.ts";

/** As long as a test of another process may take, in milliseconds. */
const LIMIT_MS = 150_000;

/** How a test uses the machine. */
export type MachineUse = "shared" | "alone";

/** Runs `body` once the machine can be used so. Who waits to be alone comes first: SQLite lets in no new readers then. */
export async function withMachine(
  use: MachineUse,
  body: () => Promise<void>,
): Promise<void> {
  Deno.mkdirSync(SUITE_FOLDER, { recursive: true });
  const database = new DatabaseSync(`${SUITE_FOLDER}/sandboxes.lock`, {
    timeout: LIMIT_MS,
  });
  try {
    database.exec(
      use === "alone"
        ? "BEGIN EXCLUSIVE"
        : "BEGIN; SELECT * FROM sqlite_schema",
    );
    await body();
  } finally {
    database.close();
  }
}
