/**
 * What the releases of authsome for Python sealed, all of it by AES-256-GCM: 0.1 field by field and 0.2 to 0.4 record by
 * record, under the master key; 0.5 to 0.7 record by record, under a data key that is kept wrapped by a key which
 * Argon2id makes of the master secret.
 *
 * @module
 */
import { type Fields, isObject, parseObject } from "../../object.ts";
import { costOf, stretchedKey } from "../stretched_key.ts";
import { numberOf, textOf } from "../json.ts";

/** The newest version of a record, and of a wrapped data key, that is known. */
const NEWEST = 1;

/** A value as it is stored: the object in it, or what has to be opened to see it. */
export type Stored =
  | { kind: "plain"; record: Fields }
  | { kind: "sealed"; nonce: Bytes; sealed: Bytes; by: "master" | "data" }
  | { kind: "wrapped-key"; record: Fields }
  /** Sealed by a release that is newer than this program. */
  | { kind: "newer" }
  /** Neither an object nor sealed. */
  | { kind: "other" };

type Bytes = Uint8Array<ArrayBuffer>;

/** Tells what a text of a store is. */
export function storedOf(text: string): Stored {
  const outer = parseObject(text);
  if (!outer) return sealedByMaster(text) ?? { kind: "other" };
  // An entry of the cache has what was stored in `value`.
  const value = isObject(outer.value) ? outer.value : outer;
  if (isObject(value.wrapped_dek)) return wrapped(value);
  const data = textOf(value, "__encrypted_data__");
  if (data !== undefined) {
    if (isNewer(value, "__encryption_version__")) return { kind: "newer" };
    const bytes = fromBase64(data);
    return bytes && bytes.length > 28
      ? {
        kind: "sealed",
        by: "data",
        nonce: bytes.slice(0, 12),
        sealed: bytes.slice(12),
      }
      : { kind: "other" };
  }
  const compact = textOf(value, "data");
  return compact === undefined
    ? { kind: "plain", record: value }
    : sealedByMaster(compact) ?? { kind: "other" };
}

function wrapped(record: Fields): Stored {
  const kdf = isObject(record.kdf) ? record.kdf : {};
  return isNewer(record, "version") || kdf.alg !== "argon2id"
    ? { kind: "newer" }
    : { kind: "wrapped-key", record };
}

function isNewer(fields: Fields, name: string): boolean {
  return (numberOf(fields, name) ?? NEWEST) > NEWEST;
}

/** `<nonce>.<ciphertext and tag>`, both of them base64. */
function sealedByMaster(text: string): Stored | undefined {
  const [nonce, sealed, ...rest] = text.split(".").map(fromBase64);
  return nonce?.length === 12 && sealed && sealed.length >= 16 &&
      rest.length === 0
    ? { kind: "sealed", by: "master", nonce, sealed }
    : undefined;
}

/** Opens what was sealed under one key. */
export class PythonKey {
  readonly #key: Promise<CryptoKey>;

  private constructor(bytes: Bytes) {
    this.#key = crypto.subtle.importKey("raw", bytes, "AES-GCM", false, [
      "decrypt",
    ]);
  }

  /** The master key of 0.1 to 0.4 in `secret`: 32 bytes of base64, by themselves or in the JSON of `master.key`. */
  static master(secret: string): PythonKey | undefined {
    const bytes = fromBase64(keyText(secret));
    return bytes?.length === 32 ? new PythonKey(bytes) : undefined;
  }

  /**
   * The data key in `record` if `secret` is its master secret.
   *
   * @throws {AuthsomeError} `StoreUnavailable` for a cost that no release asks for.
   */
  static async data(
    secret: string,
    record: Fields,
  ): Promise<PythonKey | undefined> {
    const { kdf, wrapped_dek } = record;
    const cost = costOf(kdf, {
      memory: "memory_cost",
      iterations: "time_cost",
      parallelism: "parallelism",
    });
    if (!isObject(kdf) || !isObject(wrapped_dek) || !cost) return undefined;
    const [salt, nonce, sealed] = [
      textOf(kdf, "salt"),
      textOf(wrapped_dek, "nonce"),
      textOf(wrapped_dek, "ciphertext"),
    ].map((text) => fromBase64(text ?? ""));
    if (!salt || nonce?.length !== 12 || !sealed) return undefined;
    const wrapping = new PythonKey(await stretchedKey(secret, salt, cost));
    const key = await wrapping.#bytes(nonce, sealed);
    return key?.length === 32 ? new PythonKey(key) : undefined;
  }

  /** The text in what was sealed, or `undefined` if this is not its key. */
  async open(nonce: Bytes, sealed: Bytes): Promise<string | undefined> {
    const bytes = await this.#bytes(nonce, sealed);
    try {
      return bytes && new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
      return undefined;
    }
  }

  /** A field that 0.1 sealed by itself. */
  async openField(field: Fields): Promise<string | undefined> {
    const [nonce, ciphertext, tag] = ["nonce", "ciphertext", "tag"].map(
      (part) => fromBase64(textOf(field, part) ?? ""),
    );
    return nonce && ciphertext && tag
      ? await this.open(nonce, Uint8Array.of(...ciphertext, ...tag))
      : undefined;
  }

  async #bytes(iv: Bytes, sealed: Bytes): Promise<Bytes | undefined> {
    try {
      const name = "AES-GCM";
      const key = await this.#key;
      return new Uint8Array(
        await crypto.subtle.decrypt({ name, iv }, key, sealed),
      );
    } catch {
      return undefined;
    }
  }
}

/** The base64 in a master key that may be kept as JSON. */
function keyText(secret: string): string {
  return textOf(parseObject(secret) ?? {}, "key") ?? secret;
}

function fromBase64(text: string): Bytes | undefined {
  try {
    return Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0));
  } catch {
    return undefined;
  }
}
