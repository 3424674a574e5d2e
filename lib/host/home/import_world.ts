/** The {@linkcode ImportWorld} of Deno. @module */
import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { AuthsomeError } from "../../errors.ts";
import {
  type ImportWorld,
  STORED_TABLES,
  type StoredRow,
} from "../../ports/other_programs.ts";
import type { Env } from "../../ports/system.ts";
import { findProgram, programEnvironment } from "../run/programs.ts";

const LIMIT = 4 << 20;
const ROWS_LIMIT = 64 << 20;

/** What can be read of other programs on this machine. */
export function importWorld(
  env: Env,
): ImportWorld {
  return {
    env,
    userFolder: (env.get("HOME") || env.get("USERPROFILE") || "")
      .replace(/[\\/]+$/, ""),

    read(path) {
      try {
        const info = Deno.statSync(path);
        if (!info.isFile) throw refused(path, "it is not a regular file");
        if (info.size > LIMIT) throw refused(path, "it is longer than 4 MiB");
        const text = new TextDecoder("utf-8", { fatal: true })
          .decode(Deno.readFileSync(path));
        return {
          path,
          text,
          modifiedAt: info.mtime?.getTime() ?? 0,
          isForeign: ![0, Deno.uid(), null].includes(info.uid),
        };
      } catch (error) {
        if (error instanceof AuthsomeError) throw error;
        if (isMissing(error)) return undefined;
        throw refused(
          path,
          error instanceof TypeError
            ? "it is not UTF-8 text"
            : "it cannot be read",
          error,
        );
      }
    },

    list(folder) {
      try {
        return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
      } catch (error) {
        if (isMissing(error)) return [];
        throw refused(folder, "it cannot be read", error);
      }
    },

    async output([name, ...args], input) {
      const program = findProgram(name!, env);
      if (program === undefined) return undefined;
      try {
        const command = new Deno.Command(program, {
          args,
          clearEnv: true,
          env: programEnvironment(env),
          stdin: input === undefined ? "null" : "piped",
          stdout: "piped",
          stderr: "null",
        });
        if (input === undefined) {
          const { success, stdout } = await command.output();
          return success ? new TextDecoder().decode(stdout) : undefined;
        }
        const child = command.spawn();
        const ended = child.output();
        const writer = child.stdin.getWriter();
        // A command that reads nothing has closed it.
        await writer.write(new TextEncoder().encode(input))
          .then(() => writer.close()).catch(() => {});
        const { success, stdout } = await ended;
        return success ? new TextDecoder().decode(stdout) : undefined;
      } catch {
        return undefined;
      }
    },

    async databaseRows(path, table) {
      try {
        if (!Deno.statSync(path).isFile) return [];
      } catch (error) {
        if (isMissing(error)) return [];
        throw refused(path, "it cannot be read", error);
      }
      let database: DatabaseSync | undefined;
      try {
        database = await openAsItIs(path);
        const known = database.prepare(
          "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?",
        ).get(table);
        return known ? rowsOf(database, path, table) : [];
      } catch (error) {
        if (error instanceof AuthsomeError) throw error;
        throw refused(
          path,
          isLogged(path)
            ? "a program has it open, or did not close it, and its log cannot be read"
            : "it is not a readable SQLite database",
          error,
        );
      } finally {
        database?.close();
      }
    },

    md5: (text) => createHash("md5").update(text).digest("hex"),
  };
}

/** Opens a database for reading. Beside one that nobody has open nothing is made, as SQLite would do for its log. */
async function openAsItIs(path: string): Promise<DatabaseSync> {
  const { DatabaseSync } = await import("node:sqlite");
  if (!isLogged(path)) {
    const url = pathToFileURL(path);
    url.searchParams.set("immutable", "1");
    try {
      const database = new DatabaseSync(url.href, { readOnly: true });
      database.prepare("SELECT 1 FROM sqlite_schema").get();
      return database;
    } catch {
      // Before 22.15 Node takes no such name.
    }
  }
  return new DatabaseSync(path, { readOnly: true });
}

/** Whether a part of the database is in its log still. */
function isLogged(path: string): boolean {
  try {
    return Deno.statSync(`${path}-wal`).size > 0;
  } catch {
    return false;
  }
}

function rowsOf(
  database: DatabaseSync,
  path: string,
  table: keyof typeof STORED_TABLES,
): StoredRow[] {
  const [key, value] = STORED_TABLES[table];
  const file = table === "Cache" ? "filename" : "NULL";
  const rows: StoredRow[] = [];
  let size = 0;
  for (
    const row of database.prepare(
      `SELECT "${key}" AS key, "${value}" AS value, ${file} AS file FROM "${table}" ORDER BY rowid`,
    ).iterate()
  ) {
    if (typeof row.key !== "string") continue;
    if (typeof row.value === "string") {
      size += row.value.length;
      if (size > ROWS_LIMIT) {
        throw refused(path, "it holds more than 64 MiB of text");
      }
      rows.push({ key: row.key, value: row.value });
    } else if (typeof row.file === "string") {
      rows.push({ key: row.key, value: { file: row.file } });
    }
  }
  return rows;
}

function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    error instanceof Deno.errors.NotADirectory;
}

function refused(path: string, why: string, cause?: unknown): AuthsomeError {
  return new AuthsomeError(
    "StoreUnavailable",
    `Cannot import from "${path}": ${why}`,
    "Name another one with --path",
    { cause, subject: { file: path } },
  );
}
