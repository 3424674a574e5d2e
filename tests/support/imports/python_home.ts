/**
 * Makes homes as the releases of authsome for Python leave them: the same layout, the same sealing (AES-256-GCM; since
 * 0.5 under a data key wrapped by Argon2id), the same names.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import type { Argon2Cost } from "../../../lib/argon2_cost.ts";
import { argon2id } from "../../../lib/argon2id.ts";
import { base64 } from "../../../lib/bytes.ts";

/** The releases whose homes differ; `0.5` is that of all until 0.7. */
export type PythonRelease = "0.1" | "0.2" | "0.3" | "0.5";

/** A record: its key in the store as the release writes it, and what it holds. */
export interface PythonRecord {
  key: string;
  record: Record<string, unknown>;
}

/** What a home is made of. */
export interface PythonHome {
  records: PythonRecord[];
  /** Definitions by name. */
  definitions?: Record<string, unknown>;
  /** The master secret. Default: {@linkcode MASTER_KEY}. */
  secret?: string;
  /** Whether it is left where it is looked for. Default: true; else it would be in the keyring. */
  keyFile?: boolean;
  /** Of the profile, until 0.2. */
  profile?: string;
  /** What its data key costs. Default: what every release asks for. */
  cost?: Argon2Cost;
  /** Changes the wrapped data key before it is written. */
  wrapped?: (record: Record<string, unknown>) => void;
}

/** A master key as the releases make it: 32 bytes of base64. */
export const MASTER_KEY = base64(new Uint8Array(32).fill(7));

/** What the releases ask for. */
const COST = { memory: 65_536, iterations: 3, parallelism: 4 };

/** The fields that 0.1 seals. */
const SECRETS = ["api_key", "access_token", "refresh_token", "client_secret"];

/** The three connections that each home of the tests has, and the client of one of them. */
export function usualRecords(release: PythonRelease): PythonRecord[] {
  const owner = release < "0.3" ? "profile:default" : "vault:v1";
  const of = release < "0.3" ? { profile: "default" } : { vault_id: "v1" };
  const connection = (provider: string, fields: object): PythonRecord => ({
    key: `${owner}:${provider}:connection:default`,
    record: {
      schema_version: release === "0.1" ? 1 : 2,
      provider,
      ...of,
      connection_name: "default",
      status: "connected",
      account: { id: null, label: null },
      metadata: {},
      ...fields,
    },
  });
  return [
    connection("openai", { auth_type: "api_key", api_key: "canary-openai" }),
    connection("acme-py", { auth_type: "api_key", api_key: "canary-acme" }),
    connection("linear", {
      auth_type: "oauth2",
      access_token: "canary-access",
      refresh_token: "canary-refresh",
      scopes: ["read"],
      expires_at: "2026-04-16T15:40:22Z",
    }),
    {
      key: release < "0.3"
        ? "profile:default:linear:client"
        : "server:provider:linear:client",
      record: {
        provider: "linear",
        client_id: "id-1",
        client_secret: "canary-secret",
      },
    },
    {
      key: `${owner}:linear:metadata`,
      record: { provider: "linear", connection_names: ["default"] },
    },
  ];
}

/** A definition as the releases keep it. */
export const ACME = {
  schema_version: 1,
  name: "acme-py",
  display_name: "Acme",
  auth_type: "api_key",
  flow: "api_key",
  api_key: { header_name: "Authorization", header_prefix: "Bearer" },
  api_url: "api.acme-py.example.com",
};

/** Writes a home of `release` into `folder`, beside what is there. */
export async function writePythonHome(
  folder: string,
  release: PythonRelease,
  home: PythonHome,
): Promise<void> {
  const { secret = MASTER_KEY, definitions = {} } = home;
  const isOld = release < "0.3";
  const server = `${folder}/server`;
  const profile = `${folder}/profiles/${home.profile ?? "default"}`;
  for (const each of isOld ? [profile] : [server, `${server}/kv_store`]) {
    await Deno.mkdir(each, { recursive: true });
  }
  if (home.keyFile !== false) {
    await Deno.writeTextFile(
      isOld ? `${folder}/master.key` : `${server}/master.key`,
      release < "0.5"
        ? JSON.stringify({ version: 1, key: secret, algorithm: "AES-256-GCM" })
        : `${secret}\n`,
    );
  }
  const rows = await sealedRows(release, secret, home);
  if (isOld) {
    keep(`${profile}/store.db`, "kv", rows);
    for (const [name, definition] of Object.entries(definitions)) {
      const path = `${folder}/providers/${name}.json`;
      await Deno.mkdir(`${folder}/providers`, { recursive: true });
      await Deno.writeTextFile(path, JSON.stringify(definition));
    }
  } else {
    keep(`${server}/kv_store/cache.db`, "Cache", rows);
  }
  if (release === "0.5") keepDefinitions(`${server}/authsome.db`, definitions);
}

async function sealedRows(
  release: PythonRelease,
  secret: string,
  { records, definitions = {}, wrapped, cost = COST }: PythonHome,
): Promise<[key: string, value: string][]> {
  if (release === "0.5") {
    const bytes = crypto.getRandomValues(new Uint8Array(32));
    const record = await wrappedKey(secret, bytes, cost);
    wrapped?.(record);
    const rows: [string, string][] = [
      entry("__vault_meta__", "__dek__", record),
    ];
    for (const { key, record } of records) {
      const text = JSON.stringify({ data: JSON.stringify(record) });
      const { nonce, sealed } = await seal(bytes, text);
      rows.push(entry("vault:v1", key, {
        __encrypted_data__: base64(Uint8Array.of(...nonce, ...sealed)),
        __encryption_version__: 1,
      }));
    }
    return rows;
  }
  const bytes = Uint8Array.from(atob(secret), (byte) => byte.charCodeAt(0));
  const rows: [string, string][] = [];
  for (const { key, record } of records) {
    if (release === "0.1") {
      const fields: Record<string, unknown> = { ...record };
      for (const name of SECRETS) {
        const value = fields[name];
        if (typeof value === "string") fields[name] = await field(bytes, value);
      }
      rows.push([key, JSON.stringify(fields)]);
    } else {
      const data = await compact(bytes, JSON.stringify(record));
      rows.push(
        release === "0.2" ? [key, data] : entry("vault:v1", key, { data }),
      );
    }
  }
  if (release === "0.3") {
    for (const [name, definition] of Object.entries(definitions)) {
      const data = await compact(bytes, JSON.stringify(definition));
      rows.push(entry("providers", name, { data }));
    }
    rows.push(entry("providers", "__index__", { data: '["acme-py"]' }));
    rows.push(entry("config", "version", { data: "1" }));
  }
  return rows;
}

/** An entry of the cache, as its store keeps it. */
function entry(
  collection: string,
  key: string,
  value: object,
): [key: string, value: string] {
  const created_at = "2026-01-01T00:00:00+00:00";
  return [
    `${collection}::${key}`,
    JSON.stringify({ collection, created_at, key, value, version: 1 }),
  ];
}

async function wrappedKey(
  secret: string,
  key: Uint8Array<ArrayBuffer>,
  cost: Argon2Cost,
): Promise<Record<string, unknown>> {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const wrapping = await argon2id(secret, salt, cost);
  const { nonce, sealed } = await seal(wrapping, key);
  return {
    version: 1,
    kdf: {
      alg: "argon2id",
      salt: base64(salt),
      memory_cost: cost.memory,
      time_cost: cost.iterations,
      parallelism: cost.parallelism,
    },
    wrapped_dek: {
      alg: "AES-256-GCM",
      nonce: base64(nonce),
      ciphertext: base64(sealed),
    },
  };
}

async function seal(
  key: Uint8Array<ArrayBuffer>,
  plain: string | Uint8Array<ArrayBuffer>,
): Promise<Record<"nonce" | "sealed", Uint8Array<ArrayBuffer>>> {
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const aes = await crypto.subtle.importKey("raw", key, "AES-GCM", false, [
    "encrypt",
  ]);
  const bytes = typeof plain === "string"
    ? new TextEncoder().encode(plain)
    : plain;
  const algorithm = { name: "AES-GCM", iv: nonce };
  const sealed = await crypto.subtle.encrypt(algorithm, aes, bytes);
  return { nonce, sealed: new Uint8Array(sealed) };
}

async function compact(
  key: Uint8Array<ArrayBuffer>,
  text: string,
): Promise<string> {
  const { nonce, sealed } = await seal(key, text);
  return `${base64(nonce)}.${base64(sealed)}`;
}

async function field(
  key: Uint8Array<ArrayBuffer>,
  text: string,
): Promise<object> {
  const { nonce, sealed } = await seal(key, text);
  return {
    enc: 1,
    alg: "AES-256-GCM",
    kid: "local",
    nonce: base64(nonce),
    ciphertext: base64(sealed.slice(0, -16)),
    tag: base64(sealed.slice(-16)),
  };
}

function keep(
  path: string,
  table: "kv" | "Cache",
  rows: readonly [key: string, value: string][],
): void {
  const database = new DatabaseSync(path);
  database.exec("PRAGMA journal_mode = WAL");
  database.exec(
    table === "kv"
      ? "CREATE TABLE IF NOT EXISTS kv (key TEXT PRIMARY KEY, value TEXT NOT NULL)"
      : "CREATE TABLE IF NOT EXISTS Cache (rowid INTEGER PRIMARY KEY, key BLOB, mode INTEGER DEFAULT 0, filename TEXT, value BLOB)",
  );
  const insert = database.prepare(
    `INSERT INTO "${table}" (key, value) VALUES (?, ?)`,
  );
  for (const [key, value] of rows) insert.run(key, value);
  database.close();
}

function keepDefinitions(
  path: string,
  definitions: Readonly<Record<string, unknown>>,
): void {
  const database = new DatabaseSync(path);
  database.exec(
    "CREATE TABLE custom_provider_definitions (name TEXT PRIMARY KEY, definition_json TEXT NOT NULL)",
  );
  const insert = database.prepare(
    "INSERT INTO custom_provider_definitions VALUES (?, ?)",
  );
  for (const [name, definition] of Object.entries(definitions)) {
    insert.run(name, JSON.stringify(definition));
  }
  database.close();
}
