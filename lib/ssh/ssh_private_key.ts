/** Private keys of SSH: read from a file, made, kept as PKCS #8, and used to sign. @module */
import { Buffer } from "node:buffer";
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from "node:crypto";
import { AuthsomeError } from "../errors.ts";
import { Secret } from "../secret.ts";
import {
  type AskPassphrase,
  readOpensshKey,
  UnknownKind,
  WrongPassphrase,
} from "./openssh_key.ts";
import { CURVES, RSA_HASHES, writePublicKey } from "./ssh_public_key.ts";
import { Malformed, wire } from "./ssh_wire.ts";

/** NIST SP 800-131A; OpenSSH refuses fewer than 1024 by itself. */
const MIN_BITS = 2048;
const PEM = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]+?)-----END \1-----/;

/** Flags of a request to sign (draft-ietf-sshm-ssh-agent §6.1). */
const RSA_SHA2_256 = 2;
const RSA_SHA2_512 = 4;

/** A private key with what is public of it. */
export interface SshKeyPair {
  /** PKCS #8 in DER, base64. */
  privateKey: Secret;
  /** The public key as it is on the wire. */
  blob: Uint8Array;
  comment: string;
}

/**
 * The key in `text`: the format of OpenSSH, PKCS #8, PKCS #1 or SEC 1, encrypted or not. `passphrase` is asked only if
 * the file needs one.
 *
 * @throws {AuthsomeError} `Usage` if it is no private key that SSH uses; `AuthenticationFailed` if the passphrase is
 * another. Never quotes the text.
 */
export async function readSshKey(
  text: string,
  passphrase: AskPassphrase,
): Promise<SshKeyPair> {
  const [pem, label, body = ""] = PEM.exec(text) ?? [];
  if (pem === undefined) {
    throw unusable(
      /^(?:ssh-|ecdsa-|sk-)/.test(text.trimStart())
        ? "it is a public key; give the file without .pub"
        : /^PuTTY-User-Key-File/.test(text)
        ? "it is in the format of PuTTY; convert it with: puttygen key.ppk -O private-openssh -o key"
        : "it is not a private key in PEM",
    );
  }
  try {
    const { key, comment } = label === "OPENSSH PRIVATE KEY"
      ? await readOpensshKey(bytesOf(body), passphrase)
      : { key: await readPem(pem, label!, passphrase), comment: "" };
    return { ...pairOf(key), comment };
  } catch (error) {
    if (error instanceof WrongPassphrase) {
      throw new AuthsomeError(
        "AuthenticationFailed",
        "Cannot open the SSH key: the passphrase is another",
        "Type the passphrase of the file; ssh-keygen -y -f <file> tries one",
      );
    }
    if (error instanceof UnknownKind) {
      throw unusable(`${printable(error.message)} is not supported`);
    }
    // The cause may say more of the key than it should.
    if (error instanceof Malformed) throw unusable("it is damaged");
    throw error;
  }
}

async function readPem(
  pem: string,
  label: string,
  passphrase: AskPassphrase,
): Promise<KeyObject> {
  if (!/^(?:(?:RSA|EC|ENCRYPTED) )?PRIVATE KEY$/.test(label)) {
    throw unusable(
      label === "DSA PRIVATE KEY"
        ? "DSA is not supported any more"
        : "it is not a private key",
    );
  }
  const encrypted = label.startsWith("ENCRYPTED") || /ENCRYPTED/.test(pem);
  const words = encrypted ? await passphrase() : undefined;
  if (words === "") throw new WrongPassphrase();
  try {
    return createPrivateKey({
      ...{ key: pem, format: "pem" },
      ...words !== undefined && { passphrase: words },
    });
  } catch {
    if (encrypted) throw new WrongPassphrase();
    throw new Malformed("no key");
  }
}

/** A new key, Ed25519. */
export function generateSshKey(comment: string): SshKeyPair {
  return { ...pairOf(generateKeyPairSync("ed25519").privateKey), comment };
}

function pairOf(key: KeyObject): Omit<SshKeyPair, "comment"> {
  const blob = writePublicKey(createPublicKey(key));
  const { modulusLength = MIN_BITS } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < MIN_BITS) {
    throw unusable(`it has fewer than ${MIN_BITS} bits`);
  }
  const der = key.export({ format: "der", type: "pkcs8" });
  const pair = { privateKey: new Secret(der.toString("base64")), blob };
  der.fill(0);
  return pair;
}

/**
 * The SSH signature of `data` with a key of {@linkcode SshKeyPair.privateKey}; `undefined` if `flags` ask for what is
 * refused: SHA-1 with RSA.
 */
export function signData(
  privateKey: Secret,
  type: string,
  data: Uint8Array,
  flags: number,
): Uint8Array | undefined {
  const der = Buffer.from(privateKey.reveal(), "base64");
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  der.fill(0);
  if (type === "ssh-rsa") {
    const algorithm = flags & RSA_SHA2_512
      ? "rsa-sha2-512"
      : flags & RSA_SHA2_256
      ? "rsa-sha2-256"
      : undefined;
    return algorithm &&
      wire(algorithm, bytes(sign(RSA_HASHES[algorithm]!, data, key)));
  }
  if (type === "ssh-ed25519") return wire(type, bytes(sign(null, data, key)));
  const { hash, bytes: length } = CURVES[type.replace(/^ecdsa-sha2-/, "")]!;
  const both = bytes(sign(hash, data, { key, dsaEncoding: "ieee-p1363" }));
  return wire(
    type,
    wire(
      { mpint: both.subarray(0, length) },
      { mpint: both.subarray(length) },
    ),
  );
}

function bytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer);
}

function bytesOf(body: string): Uint8Array {
  if (!/^[A-Za-z0-9+/=\s]+$/.test(body)) throw new Malformed("no Base64");
  return new Uint8Array(Buffer.from(body, "base64"));
}

/** A name out of a file, which may hold anything. */
function printable(name: string): string {
  return name.slice(0, 60).replace(/[^\w@.-]/g, "?");
}

function unusable(why: string): AuthsomeError {
  return new AuthsomeError(
    "Usage",
    `Cannot use the SSH key: ${why}`,
    "Ed25519, ECDSA and RSA keys of OpenSSH or in PEM can be added; make one with: authsome ssh-agent generate <name>",
    { subject: { field: "private_key" } },
  );
}
