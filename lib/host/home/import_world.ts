/** The {@linkcode ImportWorld} of Deno. @module */
import { createHash } from "node:crypto";
import { AuthsomeError } from "../../errors.ts";
import type { ImportWorld } from "../../ports/other_programs.ts";
import type { Env } from "../../ports/system.ts";
import { findProgram, programEnvironment } from "../run/programs.ts";

const LIMIT = 4 << 20;

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
        return { path, text, modifiedAt: info.mtime?.getTime() ?? 0 };
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

    async output([name, ...args]) {
      const program = findProgram(name!, env);
      if (program === undefined) return undefined;
      try {
        const command = new Deno.Command(program, {
          args,
          clearEnv: true,
          env: programEnvironment(env),
          stdin: "null",
          stdout: "piped",
          stderr: "null",
        });
        const { success, stdout } = await command.output();
        return success ? new TextDecoder().decode(stdout) : undefined;
      } catch {
        return undefined;
      }
    },

    async databaseTexts(path, table) {
      try {
        if (!Deno.statSync(path).isFile) return [];
      } catch (error) {
        if (isMissing(error)) return [];
        throw refused(path, "it cannot be read", error);
      }
      const { DatabaseSync } = await import("node:sqlite");
      try {
        const database = new DatabaseSync(path, { readOnly: true });
        try {
          const known = database.prepare(
            "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?",
          ).get(table);
          if (!known) return [];
          return database.prepare(`SELECT value FROM "${table}"`).all()
            .map(({ value }) => value)
            .filter((value) => typeof value === "string");
        } finally {
          database.close();
        }
      } catch (error) {
        throw refused(path, "it is not a readable SQLite database", error);
      }
    },

    md5: (text) => createHash("md5").update(text).digest("hex"),
  };
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
