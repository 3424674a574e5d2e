/** What a client asks an agent to sign: a login (RFC 4252 §7) or a signature of a file (OpenSSH PROTOCOL.sshsig). @module */
import { Malformed, WireReader } from "./ssh_wire.ts";

/** What is signed. */
export type SignedData =
  | {
    kind: "login";
    sessionId: Uint8Array;
    user: string;
    service: string;
    /** With `publickey-hostbound-v00@openssh.com`: the host key that the client speaks of. */
    hostKey?: Uint8Array;
  }
  /** Of a file: `namespace` says what for: `git`, `file`. */
  | { kind: "file"; namespace: string }
  | { kind: "unknown" };

const USERAUTH_REQUEST = 50;
const MAGIC = "SSHSIG";

/** Reads `data`, which is to be signed by the key `blob`. What is neither, or of another key, is `unknown`. */
export function readSignedData(data: Uint8Array, blob: Uint8Array): SignedData {
  try {
    return startsWithMagic(data) ? readFile(data) : readLogin(data, blob);
  } catch (error) {
    if (error instanceof Malformed) return { kind: "unknown" };
    throw error;
  }
}

function startsWithMagic(data: Uint8Array): boolean {
  return [...MAGIC].every((letter, at) => data[at] === letter.charCodeAt(0));
}

function readFile(data: Uint8Array): SignedData {
  const reader = new WireReader(data);
  reader.take(MAGIC.length);
  const namespace = reader.text();
  reader.string(); // Reserved.
  const hash = reader.text();
  const digest = reader.string();
  reader.end();
  const length = { sha256: 32, sha512: 64 }[hash];
  // Otherwise it might be a login for another reader.
  if (namespace === "" || digest.length !== length) {
    throw new Malformed("no SSHSIG");
  }
  return { kind: "file", namespace };
}

function readLogin(data: Uint8Array, blob: Uint8Array): SignedData {
  const reader = new WireReader(data);
  const sessionId = reader.string();
  const message = reader.byte();
  const user = reader.text();
  const service = reader.text();
  const method = reader.text();
  const hasSignature = reader.boolean();
  reader.text(); // The algorithm, which the flags of the request repeat.
  const key = reader.string();
  const hostKey = method === "publickey-hostbound-v00@openssh.com"
    ? reader.string()
    : undefined;
  reader.end();
  if (
    sessionId.length === 0 || message !== USERAUTH_REQUEST || !hasSignature ||
    service !== "ssh-connection" ||
    method !== "publickey" && hostKey === undefined ||
    key.length !== blob.length || key.some((byte, at) => byte !== blob[at])
  ) throw new Malformed("no login");
  return {
    ...{ kind: "login", sessionId, user, service },
    ...hostKey && { hostKey },
  };
}
