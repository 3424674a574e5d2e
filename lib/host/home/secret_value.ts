/** A secret that a variable holds, or whose file a variable names. @module */
import { AuthsomeError } from "../../errors.ts";
import { withoutNewline } from "../../key_text.ts";
import type { Env } from "../../ports/system.ts";

/** Bytes that a secret may have. */
const LIMIT = 4096;

/** A secret, and where it came from, for messages. */
export interface GivenSecret {
  bytes: Uint8Array;
  /** `AUTHSOME_X`, or `AUTHSOME_X_FILE "/path"`. */
  from: string;
}

/**
 * The secret in the variable `name`, or in the file that `<name>_FILE` names, with what ends it: a newline may be a byte
 * of a key.
 *
 * @throws {AuthsomeError} `MasterKeyUnavailable` if both are set, or if the file is missing, empty, larger than 4 KiB, no
 * regular file, another user's, or open to others.
 */
export function givenSecret(env: Env, name: string): GivenSecret | undefined {
  const text = env.get(name);
  const path = env.get(`${name}_FILE`);
  if (text && path) {
    throw new AuthsomeError(
      "MasterKeyUnavailable",
      `Cannot choose between ${name} and ${name}_FILE: both are set`,
      `Unset one of them: unset ${name}`,
    );
  }
  if (text) return { bytes: new TextEncoder().encode(text), from: name };
  if (!path) return undefined;
  const from = `${name}_FILE "${path}"`;
  const bytes = readSecretFile(path, from);
  if (withoutNewline(bytes).length === 0) {
    throw unusable(from, path, "it is empty");
  }
  return { bytes, from };
}

/** A link is followed: secrets are mounted as links. What counts is the file that was opened. */
function readSecretFile(path: string, from: string): Uint8Array {
  let file: Deno.FsFile;
  try {
    // Opening a named pipe would wait for its writer.
    if (!Deno.statSync(path).isFile) {
      throw unusable(from, path, "it is not a regular file");
    }
    file = Deno.openSync(path);
  } catch (cause) {
    if (cause instanceof AuthsomeError) throw cause;
    throw unusable(
      from,
      path,
      cause instanceof Deno.errors.NotFound
        ? "there is no such file"
        : "it cannot be read",
      { cause },
    );
  }
  try {
    const { isFile, mode, uid } = file.statSync();
    if (!isFile) throw unusable(from, path, "it is not a regular file");
    if (uid !== null && uid !== Deno.uid()) {
      throw unusable(from, path, "it belongs to another user");
    }
    if (mode !== null && (mode & 0o077) !== 0) {
      throw unusable(
        from,
        path,
        `its mode is ${
          (mode & 0o777).toString(8).padStart(3, "0")
        }, so others may use it`,
        { hint: `chmod 600 '${path}'` },
      );
    }
    const bytes = new Uint8Array(LIMIT + 1);
    let length = 0;
    for (let read = 1; read > 0 && length <= LIMIT; length += read) {
      read = file.readSync(bytes.subarray(length)) ?? 0;
    }
    if (length > LIMIT) {
      throw unusable(from, path, `it is longer than ${LIMIT} bytes`);
    }
    return bytes.subarray(0, length);
  } finally {
    file.close();
  }
}

function unusable(
  from: string,
  path: string,
  state: string,
  { hint = `Inspect it with: ls -lL '${path}'`, cause }: {
    hint?: string;
    cause?: unknown;
  } = {},
): AuthsomeError {
  return new AuthsomeError(
    "MasterKeyUnavailable",
    `Cannot use ${from}: ${state}`,
    hint,
    { cause, subject: { file: path } },
  );
}
