/** `encryption` of `config.json`: where the master key is, and what its source needs. @module */
import { type Argon2Cost, argon2CostProblem } from "./argon2_cost.ts";
import { defined, isObject } from "./object.ts";

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

/** The master key, sealed by the key that Argon2id derives from a passphrase. Byte fields are base64. */
export interface PassphraseSeal extends Argon2Cost {
  kdf: "argon2id";
  salt: string;
  nonce: string;
  ciphertext: string;
  tag: string;
}

/** The settings of one mode. */
export interface Encryption {
  mode: EncryptionMode;
  /** Program and arguments whose output is the key; only of mode `command`. */
  command?: readonly string[];
  /** The sealed key of mode `passphrase`. The source writes it before the mode is that, and removes it afterwards. */
  passphrase?: PassphraseSeal;
}

/** Names of modes as people type them. */
export const TYPED_MODES = ["file", ...MODES.slice(1)];

/** The mode that a person calls `name`: `file` is `local_key`. */
export function typedMode(name: string): EncryptionMode {
  return MODES.find((mode) => mode === name) ?? "local_key";
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
  const { command, passphrase } = fields;
  if (mode === "command" && !isCommand(command)) {
    return {
      field: "command",
      problem: "it is not a program and its arguments",
    };
  }
  const problem = passphrase === undefined
    ? undefined
    : sealProblem(passphrase);
  if (problem) return { field: "passphrase", problem };
  return {
    mode,
    ...defined({
      command: mode === "command" ? command as string[] : undefined,
      passphrase: passphrase as PassphraseSeal | undefined,
    }),
  };
}

function isCommand(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value[0] !== "" &&
    value.every((word) => typeof word === "string" && !word.includes("\0"));
}

/** Bytes of each field of a {@linkcode PassphraseSeal}. */
const SEAL_BYTES = { salt: 16, nonce: 12, ciphertext: 32, tag: 16 };

function sealProblem(value: unknown): string | undefined {
  const seal = isObject(value) ? value : {};
  if (seal.kdf !== "argon2id") return "its kdf is not argon2id";
  for (const [name, length] of Object.entries(SEAL_BYTES)) {
    if (!isBase64(seal[name], length)) {
      return `its ${name} is not ${length} bytes in base64`;
    }
  }
  return argon2CostProblem(seal as unknown as Argon2Cost);
}

function isBase64(value: unknown, length: number): boolean {
  try {
    return typeof value === "string" && atob(value).length === length;
  } catch {
    return false;
  }
}
