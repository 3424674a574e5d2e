/** Private keys in the file format of OpenSSH (PROTOCOL.key): the one format that the runtime does not read. @module */
import {
  createDecipheriv,
  createPrivateKey,
  type JsonWebKey,
  type KeyObject,
} from "node:crypto";
import { base64Url } from "../bytes.ts";
import { CURVES } from "./ssh_public_key.ts";
import { Malformed, WireReader } from "./ssh_wire.ts";

const MAGIC = "openssh-key-v1\0";
/** More rounds than anybody waits for: 16 take about a second. */
const MAX_ROUNDS = 1024;

/** The ciphers of ssh-keygen: bytes of key, of nonce, and of the tag behind the file's text. */
const CIPHERS: Readonly<
  Record<
    string,
    { name: string; key: number; iv: number; tag: number; block: number }
  >
> = {
  "aes128-ctr": { name: "aes-128-ctr", key: 16, iv: 16, tag: 0, block: 16 },
  "aes192-ctr": { name: "aes-192-ctr", key: 24, iv: 16, tag: 0, block: 16 },
  "aes256-ctr": { name: "aes-256-ctr", key: 32, iv: 16, tag: 0, block: 16 },
  "aes128-cbc": { name: "aes-128-cbc", key: 16, iv: 16, tag: 0, block: 16 },
  "aes256-cbc": { name: "aes-256-cbc", key: 32, iv: 16, tag: 0, block: 16 },
  "aes256-gcm@openssh.com": {
    ...{ name: "aes-256-gcm", key: 32, iv: 12, tag: 16, block: 16 },
  },
};

/** The passphrase that opens a file, which is asked for only if it needs one. */
export type AskPassphrase = () => Promise<string>;

/** A passphrase that is not the one of the file. */
export class WrongPassphrase extends Error {
  override readonly name = "WrongPassphrase";
}

/** A cipher or a kind of key that is not read, by its name. */
export class UnknownKind extends Error {
  override readonly name = "UnknownKind";
}

/**
 * The key and the comment in `bytes`, the body of the PEM.
 *
 * Throws {@linkcode Malformed}, {@linkcode UnknownKind} or {@linkcode WrongPassphrase}.
 */
export async function readOpensshKey(
  bytes: Uint8Array,
  passphrase: AskPassphrase,
): Promise<{ key: KeyObject; comment: string }> {
  const reader = new WireReader(bytes);
  const magic = reader.take(MAGIC.length);
  if ([...MAGIC].some((letter, at) => magic[at] !== letter.charCodeAt(0))) {
    throw new Malformed("not openssh-key-v1");
  }
  const [cipher, kdf] = [reader.text(), reader.text()];
  const options = reader.string();
  if (reader.uint32() !== 1) throw new Malformed("not one key");
  reader.string(); // The public key, which is in the private part too.
  const sealed = reader.string();
  const encrypted = cipher !== "none" || kdf !== "none";
  const clear = encrypted
    ? await open(cipher, kdf, options, sealed, reader, passphrase)
    : sealed;
  reader.end();
  const inner = new WireReader(clear);
  if (clear.length < 8 || inner.uint32() !== inner.uint32()) {
    throw encrypted ? new WrongPassphrase() : new Malformed("no check bytes");
  }
  const key = readKey(inner);
  const comment = inner.text();
  // Padding, which counts from 1.
  for (let expected = 1; inner.left > 0; expected++) {
    if (inner.byte() !== (expected & 0xff)) throw new Malformed("no padding");
  }
  return { key, comment };
}

async function open(
  cipher: string,
  kdf: string,
  options: Uint8Array,
  sealed: Uint8Array,
  after: WireReader,
  passphrase: AskPassphrase,
): Promise<Uint8Array> {
  const known = CIPHERS[cipher];
  if (!known || kdf !== "bcrypt") {
    throw new UnknownKind(known ? kdf : cipher);
  }
  const reader = new WireReader(options);
  const salt = reader.string();
  const rounds = reader.uint32();
  reader.end();
  if (salt.length === 0 || rounds === 0 || rounds > MAX_ROUNDS) {
    throw new Malformed("no parameters of bcrypt");
  }
  if (sealed.length % known.block !== 0) throw new Malformed("cut off");
  const tag = after.take(known.tag);
  const words = new TextEncoder().encode(await passphrase());
  if (words.length === 0) throw new WrongPassphrase();
  const { pbkdf } = (await import("bcrypt-pbkdf")).default;
  const derived = new Uint8Array(known.key + known.iv);
  pbkdf(
    ...[words, words.length, salt, salt.length] as const,
    ...[derived, derived.length, rounds] as const,
  );
  words.fill(0);
  const decipher = createDecipheriv(
    known.name,
    derived.subarray(0, known.key),
    derived.subarray(known.key),
  );
  derived.fill(0);
  if (known.tag > 0) {
    (decipher as unknown as { setAuthTag(tag: Uint8Array): void })
      .setAuthTag(tag);
  } else decipher.setAutoPadding(false);
  const clear = new Uint8Array(decipher.update(sealed));
  try {
    decipher.final();
  } catch {
    throw new WrongPassphrase();
  }
  return clear;
}

function readKey(reader: WireReader): KeyObject {
  const type = reader.text();
  let jwk: JsonWebKey;
  if (type === "ssh-ed25519") {
    const x = reader.string();
    const both = reader.string();
    if (x.length !== 32 || both.length !== 64) throw new Malformed("no key");
    jwk = {
      ...{ kty: "OKP", crv: "Ed25519", x: base64Url(x) },
      d: base64Url(both.subarray(0, 32)),
    };
  } else if (type === "ssh-rsa") {
    const [n, e, d, qi, p, q] = Array.from(
      { length: 6 },
      () => reader.mpint(),
    ) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const [dp, dq] = [remainder(d, p), remainder(d, q)];
    jwk = Object.fromEntries(
      Object.entries({ n, e, d, p, q, dp, dq, qi })
        .map(([name, number]) => [name, base64Url(number)]),
    );
    jwk.kty = "RSA";
  } else if (CURVES[type.replace(/^ecdsa-sha2-/, "")]) {
    const curve = CURVES[reader.text()];
    const point = reader.string();
    const number = reader.mpint();
    if (
      !curve || point[0] !== 4 || point.length !== 1 + 2 * curve.bytes ||
      number.length > curve.bytes
    ) throw new Malformed("no key of this curve");
    const d = new Uint8Array(curve.bytes);
    d.set(number, curve.bytes - number.length);
    jwk = {
      ...{ kty: "EC", crv: curve.jwk, d: base64Url(d) },
      x: base64Url(point.subarray(1, 1 + curve.bytes)),
      y: base64Url(point.subarray(1 + curve.bytes)),
    };
  } else throw new UnknownKind(type);
  try {
    return createPrivateKey({ key: jwk, format: "jwk" });
  } catch {
    // The cause may say more of the key than it should.
    throw new Malformed("no key");
  }
}

/** `d` modulo `p - 1` (RFC 8017 §3.2), which the file leaves out. */
function remainder(d: Uint8Array, p: Uint8Array): Uint8Array {
  const less = numberOf(p) - 1n;
  if (less <= 0n) throw new Malformed("no RSA key");
  const digits = (numberOf(d) % less).toString(16);
  const hex = digits.length % 2 ? `0${digits}` : digits;
  return Uint8Array.from(
    hex.match(/../g)!,
    (byte) => Number.parseInt(byte, 16),
  );
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(
    `0x${
      Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
    }0`,
  ) >> 4n;
}
