/** `encryption` of `config.json`: where the master key is, and what its source needs. @module */
import { isObject } from "./object.ts";

/**
 * Where the master key is: in the file `master.key`, in the system's keychain, sealed by a passphrase, in the output of
 * a command, or in `AUTHSOME_MASTER_KEY`.
 */
export type EncryptionMode =
  | "local_key"
  | "keyring"
  | "passphrase"
  | "command"
  | "environment";

/** Every mode, as `config.json` has it. */
export const MODES: readonly EncryptionMode[] = [
  "local_key",
  "keyring",
  "passphrase",
  "command",
  "environment",
];

/** The settings of one mode. */
export interface Encryption {
  mode: EncryptionMode;
  /** Program and arguments whose output is the key; only of mode `command`. */
  command?: readonly string[];
}

/** Settings of one mode, which no other mode keeps. */
export const ENCRYPTION_SETTINGS = { command: undefined };

/** Variables that hold the master key, or name its file; one of them takes precedence over every mode. */
const KEY_VARIABLES = ["AUTHSOME_MASTER_KEY", "AUTHSOME_MASTER_KEY_FILE"];

/** What `configured` is for a process with these variables. */
export function effectiveEncryption(
  configured: Encryption,
  env: { get(name: string): string | undefined },
): Encryption {
  return KEY_VARIABLES.some((name) => env.get(name))
    ? { mode: "environment" }
    : configured;
}

/** The settings in the field `encryption`, or what is wrong with which of its fields. */
export function readEncryption(
  value: unknown,
): Encryption | { field: string; problem: string } {
  const fields = isObject(value) ? value : {};
  const mode = MODES.find((mode) => mode === fields.mode);
  if (mode === undefined) {
    return { field: "mode", problem: `it is not one of ${MODES.join(", ")}` };
  }
  return { mode };
}
