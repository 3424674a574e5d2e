/**
 * Opens the exports of Bitwarden that are protected with a password: a key of PBKDF2-SHA256 or Argon2id, stretched with
 * HKDF, opens AES-256-CBC with HMAC-SHA256 (https://bitwarden.com/help/encrypted-export,
 * https://bitwarden.com/help/bitwarden-security-white-paper).
 *
 * @module
 */
import { AuthsomeError } from "../../errors.ts";
import type { Fields } from "../../object.ts";
import { numberOf, textOf, unreadable } from "../json.ts";
import { costOf, stretchedKey } from "../stretched_key.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** The kinds of `kdfType`. */
const PBKDF2 = 0;
const ARGON2ID = 1;

/** Five times what Bitwarden allows. */
const MOST_ITERATIONS = 10_000_000;

/**
 * The text that `fields`, the export at `path`, has sealed.
 *
 * @throws {AuthsomeError} `MasterKeyUnavailable` if this is not its password; `StoreUnavailable` if it is damaged, or of a
 * kind that is not known.
 */
export async function openExport(
  path: string,
  fields: Fields,
  password: string,
): Promise<string> {
  const data = textOf(fields, "data");
  const salt = textOf(fields, "salt");
  if (data === undefined || salt === undefined) {
    throw unreadable(path, "is no export that is protected with a password");
  }
  const key = await keyOf(path, fields, password, salt);
  const [encryption, mac] = [
    await expand(key, "enc"),
    await expand(key, "mac"),
  ];
  const opened = await openString(path, data, encryption, mac);
  if (opened !== undefined) return opened;
  throw new AuthsomeError(
    "MasterKeyUnavailable",
    `Cannot open "${path}": this is not its password, or it was changed`,
    "The password is the one that was given for the export",
    { subject: { file: path } },
  );
}

async function keyOf(
  path: string,
  fields: Fields,
  password: string,
  salt: string,
): Promise<Bytes> {
  const bytes = new TextEncoder().encode(salt);
  const kind = numberOf(fields, "kdfType");
  if (kind === ARGON2ID) {
    const cost = costOf(fields, {
      memory: "kdfMemory",
      iterations: "kdfIterations",
      parallelism: "kdfParallelism",
    });
    if (!cost) throw unreadable(path, "does not say what its key costs");
    const hash = await crypto.subtle.digest("SHA-256", bytes);
    // It counts in MiB.
    const memory = cost.memory * 1024;
    return await stretchedKey(password, new Uint8Array(hash), {
      ...cost,
      memory,
    });
  }
  const iterations = numberOf(fields, "kdfIterations");
  if (
    kind !== PBKDF2 || iterations === undefined ||
    !Number.isInteger(iterations) || iterations < 1 ||
    iterations > MOST_ITERATIONS
  ) {
    throw unreadable(
      path,
      kind === PBKDF2
        ? "asks for a number of iterations that is out of range"
        : "makes its key in a way that is not known",
    );
  }
  const given = await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(password),
    "PBKDF2",
    false,
    ["deriveBits"],
  );
  const algorithm = {
    name: "PBKDF2",
    hash: "SHA-256",
    salt: bytes,
    iterations,
  };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, given, 256));
}

/** HKDF-Expand (RFC 5869 §2.3) to 32 bytes, which is its first block. */
async function expand(key: Bytes, info: string): Promise<Bytes> {
  const hmac = await crypto.subtle.importKey("raw", key, HMAC, false, ["sign"]);
  const block = new TextEncoder().encode(`${info}\x01`);
  return new Uint8Array(await crypto.subtle.sign("HMAC", hmac, block));
}

const HMAC = { name: "HMAC", hash: "SHA-256" };

/** `2.<iv>|<ciphertext>|<mac>`; `undefined` if the keys are not its own. */
async function openString(
  path: string,
  text: string,
  encryption: Bytes,
  mac: Bytes,
): Promise<string | undefined> {
  const parts = /^2\.([^|]+)\|([^|]+)\|([^|]+)$/.exec(text)?.slice(1)
    .map(fromBase64);
  const [iv, sealed, tag] = parts ?? [];
  if (iv?.length !== 16 || !sealed || !tag) {
    throw unreadable(path, "seals its data in a way that is not known");
  }
  const { subtle } = crypto;
  const hmac = await subtle.importKey("raw", mac, HMAC, false, ["verify"]);
  const signed = new Uint8Array([...iv, ...sealed]);
  if (!await subtle.verify("HMAC", hmac, tag, signed)) return undefined;
  const algorithm = { name: "AES-CBC", iv };
  const aes = await subtle.importKey("raw", encryption, "AES-CBC", false, [
    "decrypt",
  ]);
  try {
    return new TextDecoder("utf-8", { fatal: true })
      .decode(await subtle.decrypt(algorithm, aes, sealed));
  } catch {
    return undefined;
  }
}

function fromBase64(text: string): Bytes | undefined {
  try {
    return Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0));
  } catch {
    return undefined;
  }
}
