/**
 * The record `vault/key`: the vault's data key, wrapped by the master key. While a key command runs it is wrapped by two,
 * so that whichever the source gives opens the vault.
 *
 * @module
 */
import { AuthsomeError } from "../errors.ts";
import { isObject } from "../object.ts";
import { type DataKey, importDataKey, type MasterKey } from "./derived_keys.ts";
import { openBytes, sealBytes, type Sealed } from "./sealing.ts";

/** Where the store has it. The only name in the store that is not opaque. */
export const KEY_RECORD = "vault/key";

const FIELDS = ["alg", "enc", "kid", "wraps"];
const WRAP_FIELDS = ["ciphertext", "kid", "nonce", "tag"];

/** A data key sealed with the master key `kid`. */
export interface Wrap extends Sealed {
  kid: string;
}

/** The stored form: the data key `kid`, and each seal of it. */
export interface KeyRecord {
  enc: 2;
  alg: "A256GCM";
  kid: string;
  wraps: Wrap[];
}

/** The text of the record. */
export function encodeKeyRecord(kid: string, wraps: readonly Wrap[]): string {
  return JSON.stringify({ enc: 2, alg: "A256GCM", kid, wraps });
}

/**
 * Reads the text of the record.
 *
 * @throws {AuthsomeError} `MasterKeyUnavailable` if it is damaged; `StoreUnavailable` if a newer authsome wrote it.
 */
export function decodeKeyRecord(text: string): KeyRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged();
  }
  if (!isObject(value) || typeof value.enc !== "number") throw damaged();
  if (value.enc > 2) {
    throw new AuthsomeError(
      "StoreUnavailable",
      `Cannot open vault: it has format ${value.enc}, this authsome knows format 2`,
      "Update authsome",
    );
  }
  const { wraps } = value;
  if (
    value.enc !== 2 || value.alg !== "A256GCM" ||
    Object.keys(value).sort().join() !== FIELDS.join() ||
    typeof value.kid !== "string" || !Array.isArray(wraps) ||
    !wraps.every((wrap) =>
      isObject(wrap) &&
      Object.keys(wrap).sort().join() === WRAP_FIELDS.join() &&
      Object.values(wrap).every((field) => typeof field === "string")
    )
  ) throw damaged();
  return value as unknown as KeyRecord;
}

/** Seals the 32 bytes of the data key `kid`. */
export async function wrapDataKey(
  master: MasterKey,
  kid: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Wrap> {
  const sealed = await sealBytes(master.wrapping, wrapData(kid), bytes);
  return { kid: master.kid, ...sealed };
}

/**
 * The 32 bytes of the data key, or `undefined` if the record has no seal of this master key.
 *
 * @throws {AuthsomeError} `MasterKeyUnavailable` if the seal is damaged.
 */
export async function unwrapDataKey(
  { kid, wraps }: KeyRecord,
  master: MasterKey,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const wrap = wraps.find((wrap) => wrap.kid === master.kid);
  if (!wrap) return undefined;
  try {
    return await openBytes(master.wrapping, wrapData(kid), wrap);
  } catch (cause) {
    throw damaged(cause);
  }
}

/** A new data key, and the text of the key record that has it wrapped by `master`. */
export async function newDataKey(
  master: MasterKey,
): Promise<{ data: DataKey; record: string }> {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  const data = await importDataKey(bytes);
  const wrap = await wrapDataKey(master, data.kid, bytes);
  bytes.fill(0);
  return { data, record: encodeKeyRecord(data.kid, [wrap]) };
}

function wrapData(kid: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`authsome vault 2\0key\0${kid}`);
}

function damaged(cause?: unknown): AuthsomeError {
  return new AuthsomeError(
    "MasterKeyUnavailable",
    "Cannot open vault: its data key is damaged",
    "Restore vault.db from a backup, or the key with: authsome key restore <file>",
    { cause },
  );
}
