/** Texts in the age format (https://age-encryption.org/v1), armored. @module */
import { AuthsomeError } from "../../errors.ts";

/** Whom a text is for: recipients, or who knows the passphrase. */
export type AgeLock =
  | { recipients: readonly string[] }
  | { passphrase: string };

/** What opens one. */
export type AgeKey =
  | { identities: readonly string[] }
  | { passphrase: string };

const BEGIN = "-----BEGIN AGE ENCRYPTED FILE-----";

/**
 * Seals `text`.
 *
 * @throws {AuthsomeError} `Usage` if one of the recipients is not one of age's own (`age1…`).
 */
export async function sealAge(text: string, lock: AgeLock): Promise<string> {
  const { armor, Encrypter } = await import("age-encryption");
  const encrypter = new Encrypter();
  if ("passphrase" in lock) encrypter.setPassphrase(lock.passphrase);
  else {
    for (const recipient of lock.recipients) {
      try {
        encrypter.addRecipient(recipient);
      } catch (cause) {
        throw new AuthsomeError(
          "Usage",
          /^(?:ssh-|ecdsa-)/.test(recipient)
            ? "Cannot use an SSH key as a recipient"
            : "Cannot use a recipient: it is not a public key of age",
          "Make a key with age-keygen, and give its public key: --recipient age1…",
          { cause, subject: { field: "--recipient" } },
        );
      }
    }
  }
  return `${armor.encode(await encrypter.encrypt(text)).trimEnd()}\n`;
}

/** Whether the file, armored or not, opens with a passphrase; else with an identity. */
export async function opensWithPassphrase(text: string): Promise<boolean> {
  const header = new TextDecoder().decode((await bytesOf(text)).slice(0, 64));
  return /^age-encryption\.org\/v1\n-> scrypt /.test(header);
}

/**
 * Opens what {@linkcode sealAge} or the age program made.
 *
 * @throws {AuthsomeError} `StoreUnavailable` if it is no such file, cut off or changed; `AuthenticationFailed` if `key`
 * does not open it; `Usage` if one of the identities is none.
 */
export async function openAge(text: string, key: AgeKey): Promise<string> {
  const { Decrypter } = await import("age-encryption");
  const decrypter = new Decrypter();
  if ("passphrase" in key) decrypter.addPassphrase(key.passphrase);
  else {
    for (const identity of key.identities) {
      try {
        decrypter.addIdentity(identity);
      } catch {
        throw new AuthsomeError(
          "Usage",
          "Cannot use an identity: it is not a secret key of age",
          "Give the file that age-keygen made: --identity key.txt",
          { subject: { field: "--identity" } },
        );
      }
    }
  }
  const bytes = await bytesOf(text);
  try {
    return await decrypter.decrypt(bytes, "text");
  } catch (error) {
    if (/no identity matched/.test(String(error))) {
      const what = "passphrase" in key ? "passphrase" : "identity";
      throw new AuthsomeError(
        "AuthenticationFailed",
        `Cannot open the export: it is not for this ${what}`,
        what === "passphrase"
          ? "Type the passphrase that it was made with"
          : "Give the identity that belongs to one of its recipients: --identity <file>",
      );
    }
    throw unreadable("it was cut off or changed", error);
  }
}

async function bytesOf(text: string): Promise<Uint8Array> {
  const { armor } = await import("age-encryption");
  if (!text.trimStart().startsWith(BEGIN)) {
    throw unreadable("it is no armored file of age");
  }
  try {
    return armor.decode(text);
  } catch (cause) {
    throw unreadable("it was cut off or changed", cause);
  }
}

function unreadable(state: string, cause?: unknown): AuthsomeError {
  return new AuthsomeError(
    "StoreUnavailable",
    `Cannot open the export: ${state}`,
    "Make or copy it once more: authsome vault export",
    { cause },
  );
}

/** The secret keys in a file of age-keygen: one in a line, beside comments. */
export function identitiesIn(text: string): string[] {
  return text.split("\n").map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}
