/** Where a passphrase comes from: a variable, its file, or the person at the terminal. @module */
import { AuthsomeError } from "../../errors.ts";
import type { Env } from "../../ports/system.ts";
import { withoutNewline } from "../../key_text.ts";
import { givenSecret } from "../home/secret_value.ts";

/** Asks for a line that is shown as dots. */
export type AskMasked = (
  message: string,
  check?: (answer: string) => string | undefined,
) => Promise<string>;

/** A passphrase, and which variable it came from; without one it was typed. */
export interface Passphrase {
  text: string;
  from?: string;
}

/** What passphrases are read from. */
export interface PassphraseSource {
  env: Env;
  /** Absent where nobody can be asked. */
  ask?: AskMasked;
}

/** Characters below which a passphrase is guessed from a copy of the home. */
export const SHORT = 12;

/**
 * The passphrase of `AUTHSOME_PASSPHRASE` or `AUTHSOME_PASSPHRASE_FILE`, else what is answered to `message`.
 *
 * @throws {AuthsomeError} `MasterKeyUnavailable` without either, or if the file cannot be used.
 */
export async function currentPassphrase(
  { env, ask }: PassphraseSource,
  message: string,
): Promise<Passphrase> {
  const given = givenPassphrase(env);
  if (given) return given;
  if (!ask) throw nobody();
  return { text: await ask(message, notEmpty) };
}

/** A passphrase that is to be set: typed twice, unless `name` or its file has it. Throws as the other does. */
export async function newPassphrase(
  { env, ask }: PassphraseSource,
  name = "AUTHSOME_PASSPHRASE",
): Promise<Passphrase> {
  const given = givenPassphrase(env, name);
  if (given) return given;
  if (!ask) throw nobody(name);
  for (let message = "New passphrase of this vault";;) {
    const text = await ask(message, notEmpty);
    if (await ask("The same once more") === text) return { text };
    message = "They differ. New passphrase of this vault";
  }
}

/** The passphrase of the variable `name`, or of its file. Throws as {@linkcode currentPassphrase} does of the file. */
export function givenPassphrase(
  env: Env,
  name = "AUTHSOME_PASSPHRASE",
): Passphrase | undefined {
  const given = givenSecret(env, name);
  if (!given) return undefined;
  const { bytes, from } = given;
  try {
    const text = new TextDecoder("utf-8", { fatal: true })
      .decode(from === name ? bytes : withoutNewline(bytes));
    return { text, from };
  } catch {
    throw new AuthsomeError(
      "MasterKeyUnavailable",
      `Cannot use ${from}: it is not UTF-8 text`,
      "Write it as UTF-8",
    );
  }
}

function notEmpty(answer: string): string | undefined {
  return answer === "" ? "Type the passphrase" : undefined;
}

function nobody(name = "AUTHSOME_PASSPHRASE"): AuthsomeError {
  return new AuthsomeError(
    "MasterKeyUnavailable",
    "Cannot open the vault: it is locked by a passphrase, and there is no terminal to ask for it",
    name === "AUTHSOME_PASSPHRASE"
      ? "Unlock it for a time: authsome key unlock --for 8h; or set AUTHSOME_PASSPHRASE_FILE to a file of mode 600"
      : `Set ${name}_FILE to a file of mode 600`,
  );
}
