/**
 * The home of authsome for Python. It has had three layouts: fields sealed one by one, and records sealed whole, in
 * `profiles/<name>/store.db`; and records sealed whole in `server/kv_store/cache.db`. All are AES-256-GCM under the key in
 * `master.key`, and a record says itself what it is, so every value of every store is opened and looked at.
 *
 * @module
 */
import { counted } from "../text.ts";
import { AuthsomeError } from "../errors.ts";
import { defined, type Fields, isObject, parseObject } from "../object.ts";
import { Secret, secretOf } from "../secret.ts";
import type { Found, Harvest } from "./found.ts";
import { foundClient } from "./found.ts";
import { scopesOf, textOf } from "./json.ts";
import { type ImportSource, notThere } from "./source.ts";
import type { ImportWorld } from "../ports/other_programs.ts";

const KEYRING_HINT =
  'AUTHSOME_PYTHON_MASTER_KEY="$(keyring get authsome master_key)" authsome import python-authsome';

/** Opens what was sealed under one master key. */
class PythonVault {
  readonly #key: Promise<CryptoKey>;

  /** @param key base64 of 32 bytes. Throws `MasterKeyUnavailable` if it is not. */
  constructor(key: string) {
    const bytes = fromBase64(key.trim());
    if (bytes?.length !== 32) {
      throw new AuthsomeError(
        "MasterKeyUnavailable",
        "Cannot open the old home: its master key is not 32 bytes of base64",
        KEYRING_HINT,
      );
    }
    this.#key = crypto.subtle.importKey("raw", bytes, "AES-GCM", false, [
      "decrypt",
    ]);
  }

  /** The object in a stored text: plain JSON with sealed fields, a sealed record, or one in a cache entry. */
  async record(text: string): Promise<Fields | undefined> {
    const outer = parseObject(text);
    if (!outer) return await this.#whole(text);
    // A cache entry: {"value": {"data": "<sealed>"}, …}.
    const value = isObject(outer.value) ? outer.value : outer;
    const data = textOf(value, "data");
    return data === undefined ? outer : await this.#whole(data);
  }

  /** A text field, sealed by itself or not. `undefined` if it is missing or does not open. */
  async field(record: Fields, name: string): Promise<string | undefined> {
    const value = record[name];
    if (!isObject(value)) return textOf(record, name);
    const parts = ["nonce", "ciphertext", "tag"].map((part) =>
      fromBase64(textOf(value, part) ?? "")
    );
    const [nonce, ciphertext, tag] = parts;
    return nonce && ciphertext && tag
      ? await this.#open(nonce, Uint8Array.of(...ciphertext, ...tag))
      : undefined;
  }

  async #whole(text: string): Promise<Fields | undefined> {
    const [nonce, sealed, ...rest] = text.split(".").map(fromBase64);
    if (!nonce || !sealed || rest.length > 0) return undefined;
    const opened = await this.#open(nonce, sealed);
    return opened === undefined ? undefined : parseObject(opened);
  }

  async #open(
    nonce: Uint8Array<ArrayBuffer>,
    sealed: Uint8Array<ArrayBuffer>,
  ): Promise<string | undefined> {
    try {
      const algorithm = { name: "AES-GCM", iv: nonce };
      const bytes = await crypto.subtle.decrypt(
        algorithm,
        await this.#key,
        sealed,
      );
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
      return undefined;
    }
  }
}

/** Connections and clients in the texts of a store. */
async function readStore(
  texts: readonly string[],
  vault: PythonVault,
): Promise<Harvest> {
  const result: Harvest = { found: [], skipped: [] };
  const clients = new Map<string, NonNullable<Found["client"]>>();
  let closed = 0;
  for (const text of texts) {
    const record = await vault.record(text);
    if (!record) {
      // Sealed records only: the store keeps lists and settings too.
      if (/[A-Za-z0-9+/]{16}={0,2}\.[A-Za-z0-9+/]{22,}/.test(text)) closed++;
      continue;
    }
    const provider = textOf(record, "provider");
    if (provider === undefined) continue;
    const client = await clientOf(record, vault);
    const connection = textOf(record, "connection_name");
    if (connection === undefined) {
      if (client) clients.set(provider, client);
      continue;
    }
    const from = `python-authsome ${provider}/${connection}`;
    const credential = await credentialOf(record, vault);
    const baseUrl = textOf(record, "base_url");
    if (!credential) {
      result.skipped.push({
        from,
        provider,
        reason: "its credential cannot be decrypted",
        hint: `authsome login ${provider}`,
      });
      continue;
    }
    result.found.push({
      provider,
      connection,
      credential,
      ...defined({ client, baseUrl }),
      from,
    });
  }
  for (const found of result.found) {
    const client = clients.get(found.provider);
    if (client && found.credential.type === "oauth2") found.client ??= client;
  }
  if (closed > 0) {
    result.skipped.push({
      from: "python-authsome",
      reason: `${
        counted(closed, "record")
      } cannot be decrypted with this master key`,
      hint: KEYRING_HINT,
    });
  }
  return result;
}

async function credentialOf(
  record: Fields,
  vault: PythonVault,
): Promise<Found["credential"] | undefined> {
  const key = await vault.field(record, "api_key");
  if (record.auth_type === "api_key") {
    return key === undefined
      ? undefined
      : { type: "api_key", fields: { api_key: new Secret(key) } };
  }
  const accessToken = await vault.field(record, "access_token");
  if (accessToken === undefined) return undefined;
  const refreshToken = await vault.field(record, "refresh_token");
  const expires = Date.parse(textOf(record, "expires_at") ?? "");
  return {
    type: "oauth2",
    accessToken: new Secret(accessToken),
    ...defined({
      refreshToken: secretOf(refreshToken),
      expiresAt: Number.isNaN(expires) ? undefined : expires,
    }),
    scopes: scopesOf(record.scopes),
    requestedScopes: [],
    captured: {},
  };
}

async function clientOf(
  record: Fields,
  vault: PythonVault,
): Promise<Found["client"] | undefined> {
  return foundClient(
    await vault.field(record, "client_id"),
    await vault.field(record, "client_secret"),
  );
}

/** Reads every store of an old home. */
export const pythonAuthsome: ImportSource = {
  async harvest(world): Promise<Harvest> {
    const home = world.path ?? `${world.userFolder}/.authsome`;
    const texts: string[] = [];
    for (const profile of world.list(`${home}/profiles`)) {
      const path = `${home}/profiles/${profile}/store.db`;
      texts.push(...await world.databaseTexts(path, "kv"));
    }
    for (const table of ["Cache", "kv"] as const) {
      const path = `${home}/server/kv_store/cache.db`;
      texts.push(...await world.databaseTexts(path, table));
    }
    if (texts.length === 0) {
      throw new AuthsomeError(
        "CredentialMissing",
        `Cannot import from "${home}": it is not a home of authsome for Python, or it is empty`,
        "Name it: authsome import python-authsome --path <home>",
        { subject: { file: home } },
      );
    }
    return await readStore(texts, new PythonVault(masterKey(world, home)));
  },
};

function masterKey(world: ImportWorld, home: string): string {
  // The second name is that of the Python implementation; here it is also the key of this home.
  const given = world.env.get("AUTHSOME_PYTHON_MASTER_KEY") ||
    world.env.get("AUTHSOME_MASTER_KEY");
  if (given) return given;
  for (const path of [`${home}/server/master.key`, `${home}/master.key`]) {
    const file = world.read(path);
    const key = file && textOf(parseObject(file.text) ?? {}, "key");
    if (key !== undefined) return key;
  }
  throw new AuthsomeError(
    "MasterKeyUnavailable",
    `Cannot open the home at "${home}": it has no master.key, so the key is in the OS keyring`,
    KEYRING_HINT,
    { cause: notThere(`${home}/server/master.key`) },
  );
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0));
  } catch {
    return undefined;
  }
}
