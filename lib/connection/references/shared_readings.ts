/**
 * What one process read from a manager, for those that run at the same time. It is sealed with the vault's data key, in
 * memory that is on no disk; see `docs/decisions/references.md`.
 *
 * @module
 */
import { AuthsomeError, type ErrorCode, EXIT_CODES } from "../../errors.ts";
import { isObject, parseObject } from "../../object.ts";
import type { SharedMemory } from "../../ports/shared_memory.ts";
import { Secret } from "../../secret.ts";
import type { Vault } from "../../vault/vault.ts";
import type { Connection } from "../connection.ts";

/** What came of a reading: a secret, or why there is none. */
export type Outcome = { secret: Secret } | { failure: AuthsomeError };

/** A reading, and when it ended, on the scale of {@linkcode SharedMemory.now}. */
export type Reading = Outcome & { at: number };

/** The readings of the processes that use one profile. */
export class SharedReadings {
  readonly #vault: Pick<Vault, "seal" | "unseal">;
  readonly #memory: SharedMemory;
  readonly #profile: string;

  constructor(
    vault: Pick<Vault, "seal" | "unseal">,
    memory: SharedMemory,
    profile: string,
  ) {
    this.#vault = vault;
    this.#memory = memory;
    this.#profile = profile;
  }

  /** Milliseconds since the machine was started. */
  now(): number {
    return this.#memory.now();
  }

  /** When this process was started, likewise. */
  get startedAt(): number {
    return this.#memory.startedAt;
  }

  /** The last reading of a field of the connection as it is now; `undefined` if there is none that can be used. */
  async find(
    connection: Connection,
    field: string,
  ): Promise<Reading | undefined> {
    try {
      const key = this.#key(connection, field);
      const text = await this.#vault.unseal(
        key,
        (name) => this.#memory.read(name),
      );
      const found = text === undefined ? undefined : parseObject(text);
      return found && decode(found, placeOf(connection, field));
    } catch {
      // Whatever lies there, the manager has the secret.
      return undefined;
    }
  }

  /** Keeps a reading that ends now, and says when that is. */
  async keep(
    connection: Connection,
    field: string,
    outcome: Outcome,
  ): Promise<number> {
    const at = this.now();
    const text = JSON.stringify({
      at,
      place: placeOf(connection, field),
      ...encode(outcome),
    });
    const { opaque, value } = await this.#vault.seal(
      this.#key(connection, field),
      text,
    );
    this.#memory.write(opaque, value);
    return at;
  }

  #key({ provider, name }: Connection, field: string): string {
    return ["reading", this.#profile, provider, name, field]
      .map(encodeURIComponent).join("/");
  }
}

/** What a reading is of. A new login, or another reference, is another place. */
function placeOf(
  { revision, createdAt, references = {} }: Connection,
  field: string,
): string {
  return JSON.stringify([revision, createdAt, references[field]]);
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === "string" && Object.hasOwn(EXIT_CODES, code);
}

function encode(outcome: Outcome) {
  if ("secret" in outcome) return { secret: outcome.secret.reveal() };
  const { code, message, hint } = outcome.failure;
  return { failure: { code, message, hint } };
}

function decode(
  { at, place, secret, failure }: Record<string, unknown>,
  wanted: string,
): Reading | undefined {
  if (typeof at !== "number" || place !== wanted) return undefined;
  if (typeof secret === "string") return { at, secret: new Secret(secret) };
  if (!isObject(failure)) return undefined;
  const { code, message, hint } = failure;
  return isErrorCode(code) && typeof message === "string" &&
      (hint === undefined || typeof hint === "string")
    ? { at, failure: new AuthsomeError(code, message, hint) }
    : undefined;
}
