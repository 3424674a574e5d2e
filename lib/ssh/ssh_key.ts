/** An SSH key of the vault, and the text of its record. @module */
import { Buffer } from "node:buffer";
import { base64 } from "../bytes.ts";
import { AuthsomeError } from "../errors.ts";
import { defined, isObject, parseObject } from "../object.ts";
import { Secret } from "../secret.ts";
import { typeOf } from "./ssh_public_key.ts";

/** A host that a key may log in to, with the host keys that it was known by when it was allowed. */
export interface AllowedHost {
  /** As it was given: `github.com`, `git.example.com:2222`. */
  host: string;
  /** The only user there; any if absent. */
  user?: string;
  /** On the wire. */
  keys: Uint8Array[];
}

/** What a key may be used for. With neither hosts nor namespaces, for everything. */
export interface KeyLimits {
  hosts: AllowedHost[];
  /** Of signatures of files: `git`, `file`. */
  namespaces: string[];
  /** Whether each use is confirmed by a person. */
  confirm: boolean;
}

/** A key. */
export interface SshKey extends KeyLimits {
  name: string;
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256` and the like, `ssh-rsa`. */
  type: string;
  /** The public key on the wire. */
  blob: Uint8Array;
  /** PKCS #8 in DER, base64. */
  privateKey: Secret;
  comment: string;
  /** Milliseconds since the epoch. */
  createdAt: number;
}

const VERSION = 1;

/** Whether the key may be used for some things only. */
export function isLimited({ hosts, namespaces }: KeyLimits): boolean {
  return hosts.length + namespaces.length > 0;
}

/** The line of a `.pub` file. */
export function publicLine({ type, blob, comment }: SshKey): string {
  return `${type} ${base64(blob)}${comment ? ` ${comment}` : ""}`;
}

/** The text of the key's record: versioned JSON, snake_case as in every file of ours. */
export function encodeSshKey(key: SshKey): string {
  return JSON.stringify({
    v: VERSION,
    name: key.name,
    public_key: base64(key.blob),
    private_key: key.privateKey.reveal(),
    comment: key.comment,
    hosts: key.hosts.map(({ host, user, keys }) =>
      defined({ host, user, keys: keys.map(base64) })
    ),
    namespaces: key.namespaces,
    confirm: key.confirm,
    created_at: key.createdAt,
  });
}

/**
 * Reads what {@linkcode encodeSshKey} wrote.
 *
 * @throws {AuthsomeError} `RecordCorrupt` if it is none; `StoreUnavailable` if a newer authsome wrote it.
 */
export function decodeSshKey(text: string): SshKey {
  const fields = parseObject(text) ?? {};
  if (typeof fields.v === "number" && fields.v > VERSION) {
    throw new AuthsomeError(
      "StoreUnavailable",
      "Cannot read an SSH key: a newer authsome wrote it",
      "authsome upgrade",
    );
  }
  const { name, public_key, private_key, comment, hosts, namespaces } = fields;
  if (
    fields.v !== VERSION || !isText(name) || !isText(public_key) ||
    !isText(private_key) || !isText(comment) || !isTexts(namespaces) ||
    !Array.isArray(hosts) || !hosts.every(isHost) ||
    typeof fields.confirm !== "boolean" ||
    typeof fields.created_at !== "number"
  ) throw corrupt();
  const blob = bytesOf(public_key);
  try {
    return {
      ...{ name, type: typeOf(blob), blob, comment, namespaces },
      privateKey: new Secret(private_key),
      hosts: hosts.map(({ host, user, keys }) => ({
        ...defined({ host, user }),
        keys: keys.map(bytesOf),
      })),
      confirm: fields.confirm,
      createdAt: fields.created_at,
    };
  } catch {
    throw corrupt();
  }
}

function isHost(
  value: unknown,
): value is { host: string; user?: string; keys: string[] } {
  return isObject(value) && isText(value.host) && isTexts(value.keys) &&
    (value.user === undefined || isText(value.user));
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText);
}

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"));
}

function corrupt(): AuthsomeError {
  // Its restrictions cannot be told, so that it is not used at all.
  return new AuthsomeError(
    "RecordCorrupt",
    "Cannot read an SSH key: its record is damaged",
    "Restore vault.db from a backup, or remove the key: authsome ssh-agent remove <name>",
  );
}
