/**
 * Public keys of SSH as they are on the wire (RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4), and the signatures that they
 * verify (RFC 8332 for RSA).
 *
 * @module
 */
import { Buffer } from "node:buffer";
import {
  createHash,
  createPublicKey,
  type KeyObject,
  verify,
} from "node:crypto";
import { base64, base64Url } from "../bytes.ts";
import { Malformed, wire, WireReader } from "./ssh_wire.ts";

/** The curves of ECDSA: by their name in SSH, that of JWK, the bytes of a coordinate and the hash. */
export const CURVES: Readonly<
  Record<string, { jwk: string; bytes: number; hash: string }>
> = {
  nistp256: { jwk: "P-256", bytes: 32, hash: "sha256" },
  nistp384: { jwk: "P-384", bytes: 48, hash: "sha384" },
  nistp521: { jwk: "P-521", bytes: 66, hash: "sha512" },
};

/** A public key and its name: `ssh-ed25519`, `ecdsa-sha2-nistp256` and the like, `ssh-rsa`. */
export interface SshPublicKey {
  type: string;
  key: KeyObject;
}

/** Reads a key as it is on the wire. Throws {@linkcode Malformed} if it is none, or of a kind that is not known. */
export function readPublicKey(blob: Uint8Array): SshPublicKey {
  const reader = new WireReader(blob);
  const type = reader.text();
  const jwk = publicJwk(type, reader);
  reader.end();
  try {
    return { type, key: createPublicKey({ key: jwk, format: "jwk" }) };
  } catch {
    throw new Malformed("no point of the curve");
  }
}

function publicJwk(type: string, reader: WireReader) {
  if (type === "ssh-ed25519") {
    const x = reader.string();
    if (x.length !== 32) throw new Malformed("no key of Ed25519");
    return { kty: "OKP", crv: "Ed25519", x: base64Url(x) };
  }
  if (type === "ssh-rsa") {
    const [e, n] = [reader.mpint(), reader.mpint()];
    if (e.length === 0 || n.length === 0) throw new Malformed("no RSA key");
    return { kty: "RSA", e: base64Url(e), n: base64Url(n) };
  }
  const curve = CURVES[type.replace(/^ecdsa-sha2-/, "")];
  if (!curve || !type.startsWith("ecdsa-sha2-")) {
    throw new Malformed("another kind of key");
  }
  if (`ecdsa-sha2-${reader.text()}` !== type) throw new Malformed("two curves");
  const point = reader.string();
  if (point[0] !== 4 || point.length !== 1 + 2 * curve.bytes) {
    throw new Malformed("no uncompressed point");
  }
  return {
    kty: "EC",
    crv: curve.jwk,
    x: base64Url(point.subarray(1, 1 + curve.bytes)),
    y: base64Url(point.subarray(1 + curve.bytes)),
  };
}

/** The key as it is on the wire. Throws {@linkcode Malformed} if SSH has no such kind. */
export function writePublicKey(key: KeyObject): Uint8Array<ArrayBuffer> {
  const { kty, crv, x = "", y = "", n = "", e = "" } = key.export({
    format: "jwk",
  });
  if (kty === "OKP" && crv === "Ed25519") {
    return wire("ssh-ed25519", bytesOf(x));
  }
  if (kty === "RSA") {
    return wire("ssh-rsa", { mpint: bytesOf(e) }, { mpint: bytesOf(n) });
  }
  const [name, curve] =
    Object.entries(CURVES).find(([, { jwk }]) => jwk === crv) ?? [];
  if (kty !== "EC" || !curve) throw new Malformed("another kind of key");
  const point = new Uint8Array(1 + 2 * curve.bytes);
  point[0] = 4;
  point.set(bytesOf(x), 1 + curve.bytes - bytesOf(x).length);
  point.set(bytesOf(y), 1 + 2 * curve.bytes - bytesOf(y).length);
  return wire(`ecdsa-sha2-${name}`, name!, point);
}

/** Whether `signature`, an SSH signature, is that of `key` over `data`. SHA-1 (`ssh-rsa`) is no signature. */
export function verifies(
  { type, key }: SshPublicKey,
  signature: Uint8Array,
  data: Uint8Array,
): boolean {
  const reader = new WireReader(signature);
  const algorithm = reader.text();
  const value = reader.string();
  reader.end();
  if (type === "ssh-rsa") {
    const hash = RSA_HASHES[algorithm];
    return hash !== undefined && verify(hash, data, key, value);
  }
  if (algorithm !== type) return false;
  if (type === "ssh-ed25519") return verify(null, data, key, value);
  const { bytes, hash } = CURVES[type.replace(/^ecdsa-sha2-/, "")]!;
  const numbers = new WireReader(value);
  const [r, s] = [numbers.mpint(), numbers.mpint()];
  numbers.end();
  if (r.length > bytes || s.length > bytes) return false;
  const both = new Uint8Array(2 * bytes);
  both.set(r, bytes - r.length);
  both.set(s, 2 * bytes - s.length);
  return verify(hash, data, { key, dsaEncoding: "ieee-p1363" }, both);
}

/** The hash of each kind of RSA signature (RFC 8332 §3). */
export const RSA_HASHES: Readonly<Record<string, string>> = {
  "rsa-sha2-256": "sha256",
  "rsa-sha2-512": "sha512",
};

/** `SHA256:…` as OpenSSH shows it: unpadded Base64. */
export function fingerprint(blob: Uint8Array): string {
  const digest = createHash("sha256").update(blob).digest();
  return `SHA256:${base64(new Uint8Array(digest)).replace(/=+$/, "")}`;
}

/** The first word of a key on the wire: its kind. */
export function typeOf(blob: Uint8Array): string {
  return new WireReader(blob).text();
}

/** The bytes of base64url. */
export function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64url"));
}
