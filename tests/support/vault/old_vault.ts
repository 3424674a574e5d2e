/** A vault of format 1, as versions before opaque names made it. */
import { DatabaseSync } from "node:sqlite";
import { importSealingKey, seal } from "../../../lib/vault/envelope.ts";

/** The statements of those versions, as they still run in a process that has not ended. */
export const OLD_GET = "SELECT revision, value FROM record WHERE key = ?";
export const OLD_INSERT =
  "INSERT INTO record (key, revision, value) VALUES (?, coalesce((SELECT revision FROM deleted), 0) + 1, ?) ON CONFLICT DO NOTHING RETURNING revision";
export const OLD_TABLES = [
  "CREATE TABLE IF NOT EXISTS deleted (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL) STRICT",
  "CREATE TABLE IF NOT EXISTS record (key TEXT PRIMARY KEY, revision INTEGER NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
];

/** Makes `vault.db` and `master.key` in `home`; `texts` by record key, each at its revision. */
export async function makeOldVault(
  home: string,
  texts: Readonly<Record<string, { text: string; revision: number }>>,
  { check = true } = {},
): Promise<void> {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  Deno.writeFileSync(`${home}/master.key`, bytes, { mode: 0o600 });
  Deno.writeFileSync(`${home}/vault.db`, new Uint8Array(), { mode: 0o600 });
  const key = await importSealingKey(bytes);
  using database = new DatabaseSync(`${home}/vault.db`);
  database.exec(`PRAGMA journal_mode = WAL; ${OLD_TABLES.join("; ")}`);
  const insert = database.prepare(
    "INSERT INTO record (key, revision, value) VALUES (?, ?, ?)",
  );
  if (check) {
    insert.run("vault/check", 1, await seal(key, "vault/check", "authsome"));
  }
  for (const [name, { text, revision }] of Object.entries(texts)) {
    insert.run(name, revision, await seal(key, name, text));
  }
}
