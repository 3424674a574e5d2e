/**
 * A {@linkcode Keyring} whose key a command prints: a password manager, a KMS. The command is that of the person's own
 * `config.json`, an argument list that no shell reads.
 *
 * @module
 */
import { AuthsomeError } from "../../errors.ts";
import { KEY_FORMS, parseKeyBytes } from "../../key_text.ts";
import type { Keyring } from "../../ports/store.ts";
import type { Env } from "../../ports/system.ts";
import type { Tell } from "../home/home_folder.ts";
import { findProgram, programEnvironment } from "../run/programs.ts";

/** How long a person has to unlock the manager. Milliseconds. */
const LIMIT_MS = 60_000;

/** How long nobody is told that it is waited for. Milliseconds. */
const TELL_MS = 1_000;

/** How long one process takes a key for what the command would print. Milliseconds. */
const FRESH_MS = 10_000;

/** More bytes are no key; the rest is not read. */
const LIMIT = 4096;

/** What it works with. */
export interface CommandOptions {
  env: Env;
  /** Told in a line that the command is waited for. */
  warn: Tell;
  /** Milliseconds. Default: a minute. */
  limit?: number;
}

/** The keyring of `command`: a program and its arguments. It keeps nothing, and asks again only after a while. */
export function commandKeyring(
  command: readonly string[],
  { env, warn, limit = LIMIT_MS }: CommandOptions,
): Keyring {
  let known: { key: Uint8Array<ArrayBuffer>; until: number } | undefined;
  return {
    async read() {
      if (!known || Date.now() > known.until) {
        const key = await run(command, env, warn, limit);
        known = { key, until: Date.now() + FRESH_MS };
      }
      return known.key.slice();
    },
    // deno-lint-ignore require-await
    async create() {
      throw unavailable(command, "authsome cannot store a key with it");
    },
  };
}

async function run(
  command: readonly string[],
  env: Env,
  warn: Tell,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const [name = "", ...args] = command;
  const program = findProgram(name, env);
  if (program === undefined) {
    throw unavailable(
      command,
      `${name} is not in a folder of PATH that is safe from sandboxed commands`,
    );
  }
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args,
      clearEnv: true,
      env: programEnvironment(env),
      stdin: "null",
      stdout: "piped",
      // What a manager says to its user; authsome never repeats it, since it may hold the key.
      stderr: Deno.stderr.isTerminal() ? "inherit" : "null",
    }).spawn();
  } catch (cause) {
    throw unavailable(command, `${program} cannot be started`, cause);
  }
  const kill = () => {
    try {
      child.kill("SIGKILL");
    } catch { /* It has just ended. */ }
  };
  const told = setTimeout(
    () => warn(`Waiting for the master key from ${program}`),
    TELL_MS,
  );
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), limit);
  try {
    // A program that it started may hold its output open after it was killed.
    const printed = await Promise.race([readAll(child.stdout), late.promise]);
    if (printed === undefined) {
      throw unavailable(command, `it took longer than ${limit / 1000} seconds`);
    }
    const status = printed.length > LIMIT
      ? undefined
      : await Promise.race([child.status, late.promise]);
    if (status && !status.success) {
      throw unavailable(command, `it ended with exit code ${status.code}`);
    }
    const key = status && parseKeyBytes(printed);
    printed.fill(0);
    if (!key) {
      throw unavailable(
        command,
        status || printed.length > LIMIT
          ? `its output is not a key: ${KEY_FORMS}, or raw, with nothing else`
          : `it took longer than ${limit / 1000} seconds`,
      );
    }
    return key;
  } finally {
    clearTimeout(told);
    clearTimeout(timer);
    kill();
    child.unref();
  }
}

/** What `stream` gives, up to a byte more than a key may have. */
async function readAll(
  stream: ReadableStream<Uint8Array>,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(LIMIT + 1);
  let length = 0;
  const reader = stream.getReader();
  while (length <= LIMIT) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes.set(value.subarray(0, bytes.length - length), length);
    length += Math.min(value.length, bytes.length - length);
    value.fill(0);
  }
  await reader.cancel();
  return bytes.subarray(0, length);
}

/** The first word alone: an argument may be a secret of the person's. */
function unavailable(
  [name = ""]: readonly string[],
  state: string,
  cause?: unknown,
): AuthsomeError {
  return new AuthsomeError(
    "MasterKeyUnavailable",
    `Cannot get the master key from the command ${name} of config.json: ${state}`,
    "Run the command of encryption.command yourself: it must print the key and nothing else",
    { cause, subject: { field: "encryption.command" } },
  );
}
