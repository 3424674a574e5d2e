/**
 * A record of format 2.
 *
 * Invariant: the opaque name under which the store has it is authenticated data of both seals, so neither text nor name
 * copied onto another record opens; each seal draws a fresh random nonce; `kid` names the data key.
 *
 * @module
 */
import { AuthsomeError } from "../errors.ts";
import { isObject } from "../object.ts";
import { type DataKey, opaqueName } from "./derived_keys.ts";
import { openBytes, sealBytes, type Sealed } from "./sealing.ts";

const FIELDS = ["alg", "ciphertext", "enc", "kid", "name", "nonce", "tag"];
const SEALED_FIELDS = ["ciphertext", "nonce", "tag"];

/** The stored form of a record: its text sealed, and by itself its true name, which a listing opens alone. */
export interface SealedRecord extends Sealed {
  enc: 2;
  alg: "A256GCM";
  kid: string;
  name: Sealed;
}

/** A record was sealed with a data key that is not the one at hand. */
export class OtherDataKey extends Error {
  override readonly name = "OtherDataKey";
}

/** Seals `text` as the record `recordKey`. */
export async function sealRecord(
  key: DataKey,
  recordKey: string,
  text: string,
): Promise<{ opaque: string; value: string }> {
  const opaque = await opaqueName(key, recordKey);
  const [name, body] = await Promise.all([
    sealText(key, nameData(opaque), recordKey),
    sealText(key, textData(opaque), text),
  ]);
  return { opaque, value: encode(key, name, body) };
}

/**
 * The stored form of a record whose text is damaged: its name is sealed, and `remains` are where the ciphertext would be.
 * It is listed, and does not open.
 */
export async function sealRemains(
  key: DataKey,
  recordKey: string,
  remains: Sealed,
): Promise<{ opaque: string; value: string }> {
  const opaque = await opaqueName(key, recordKey);
  const name = await sealText(key, nameData(opaque), recordKey);
  return { opaque, value: encode(key, name, remains) };
}

/**
 * The text of the record `recordKey`, which the store has as `opaque`.
 *
 * @throws {OtherDataKey} if another data key sealed it.
 * @throws {AuthsomeError} `RecordCorrupt` if it is damaged, was moved from another record, or is of an unknown format.
 */
export async function openRecord(
  key: DataKey,
  opaque: string,
  recordKey: string,
  value: string,
): Promise<string> {
  const record = parse(key, recordKey, value);
  try {
    return await openText(key, textData(opaque), record);
  } catch (cause) {
    throw corrupt(recordKey, "it does not authenticate", cause);
  }
}

/** The true name of the record that the store has as `opaque`. Throws as {@linkcode openRecord} does. */
export async function openName(
  key: DataKey,
  opaque: string,
  value: string,
): Promise<string> {
  const { name } = parse(key, opaque, value);
  try {
    return await openText(key, nameData(opaque), name);
  } catch (cause) {
    throw corrupt(opaque, "its name does not authenticate", cause);
  }
}

function nameData(opaque: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`authsome vault 2\0name\0${opaque}`);
}
function textData(opaque: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`authsome vault 2\0record\0${opaque}`);
}

function encode({ kid }: DataKey, name: Sealed, text: Sealed): string {
  const record: SealedRecord = { enc: 2, alg: "A256GCM", kid, name, ...text };
  return JSON.stringify(record);
}

function parse(key: DataKey, what: string, text: string): SealedRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw corrupt(what, "it is not JSON", cause);
  }
  if (!isObject(value) || Object.keys(value).sort().join() !== FIELDS.join()) {
    throw corrupt(what, "it is not an envelope");
  }
  const { name, kid } = value;
  if (value.enc !== 2 || value.alg !== "A256GCM") {
    throw corrupt(what, "its format is not known to this version");
  }
  if (
    typeof kid !== "string" || !isSealed(value) || !isObject(name) ||
    Object.keys(name).sort().join() !== SEALED_FIELDS.join() || !isSealed(name)
  ) throw corrupt(what, "a field of it has the wrong type");
  if (kid !== key.kid) throw new OtherDataKey();
  return value as unknown as SealedRecord;
}

function isSealed(value: Record<string, unknown>): boolean {
  return SEALED_FIELDS.every((field) => typeof value[field] === "string");
}

function sealText(
  { sealing }: DataKey,
  additionalData: Uint8Array<ArrayBuffer>,
  text: string,
): Promise<Sealed> {
  return sealBytes(sealing, additionalData, new TextEncoder().encode(text));
}

async function openText(
  { sealing }: DataKey,
  additionalData: Uint8Array<ArrayBuffer>,
  sealed: Sealed,
): Promise<string> {
  const bytes = await openBytes(sealing, additionalData, sealed);
  // With `fatal` Deno takes longer, and makes a text of two bytes a character.
  const text = new TextDecoder().decode(bytes);
  return text.includes("\ufffd")
    ? new TextDecoder("utf-8", { fatal: true }).decode(bytes)
    : text;
}

/** The error for a record that does not open. */
export function corrupt(
  what: string,
  state: string,
  cause?: unknown,
): AuthsomeError {
  return new AuthsomeError(
    "RecordCorrupt",
    `Cannot open record "${what}": ${state}`,
    "Restore the vault from a backup, or log in again with --force",
    { cause },
  );
}
