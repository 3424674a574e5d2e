/**
 * Reads the secrets of connections that are references. What was read is kept in memory only, and for minutes.
 *
 * Invariants: a value is never written to the vault; of many that ask at once, in one process or in several, one starts
 * the program, where processes can share memory; elsewhere one process at a time does.
 *
 * @module
 */
import { AuthsomeError, type ErrorSubject } from "../../errors.ts";
import { defined } from "../../object.ts";
import { holdsPlaceholder } from "../../placeholder.ts";
import type { Client } from "../../oauth/client.ts";
import type { Clock, Processes } from "../../ports/system.ts";
import type { Secret } from "../../secret.ts";
import type { Connection, Credential } from "../connection.ts";
import type { Records } from "../connections.ts";
import { takeLease, waitsFor } from "../refresh/refresh_lease.ts";
import {
  isWritable,
  type ManagerContext,
  readReference,
  writeReference,
} from "./read_reference.ts";
import { liveFields, valueOf, withValues } from "./referenced_fields.ts";
import { withClientValues } from "./referenced_client.ts";
import { shownReference } from "./reference.ts";
import type { Outcome, Reading, SharedReadings } from "./shared_readings.ts";

/** How long a value is kept, in milliseconds. */
const KEPT_MS = 300_000;
/** How long a value that was read again after a refusal is not read again for another one, in milliseconds. */
const REREAD_PAUSE_MS = 60_000;
/** Longest wait for other processes, in milliseconds: fifty of them, one after the other. */
const MAX_WAIT_MS = 300_000;
const SILENT_MS = 3_000;
const FIRST_POLL_MS = 25;
const MAX_POLL_MS = 400;

/** What references are read through. */
export interface ReferenceContext extends ManagerContext {
  readonly vault: Pick<Records, "get" | "put" | "delete" | "revision">;
  readonly profile: string;
  readonly clock: Clock;
  readonly processes?: Processes;
  /** What other processes read; absent where nothing can be shared with them. */
  readonly shared?: SharedReadings;
  readonly warn?: (message: string) => void;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

interface Kept {
  secret: Promise<Secret>;
  /** Epoch milliseconds; absent while it is read. */
  readAt?: number;
  /** The same on the scale of what is shared with other processes. */
  at?: number;
}

/** A secret that was read. */
interface Read {
  secret: Secret;
  /** When that ended, on the scale of what is shared; absent where nothing is. */
  at?: number;
}

/** Reads for one process. */
export class ReferenceReader {
  readonly #context: ReferenceContext;
  readonly #kept = new Map<string, Kept>();
  /** When a value was last dropped since it was refused. */
  readonly #dropped = new Map<string, number>();
  /** When that value was read: what others read before is no other one. */
  readonly #refused = new Map<string, number>();

  constructor(context: ReferenceContext) {
    this.#context = context;
  }

  /** One secret, for a login. Throws as {@linkcode readReference} does. */
  async secret(text: string): Promise<Secret> {
    return await this.#read(text, alone(this.#context));
  }

  /**
   * The connection with what requests carry. Throws as {@linkcode readReference} does, with the connection as subject.
   */
  async live(connection: Connection): Promise<Connection> {
    const fields = liveFields(connection);
    const filled = await this.#filled(
      connection,
      fields,
      (text, field) => this.#together(connection, field, text),
    );
    for (const field of fields) {
      checkLine(
        connection.references![field]!,
        valueOf(filled.credential, field)!,
      );
    }
    const until = fields.map((field) =>
      this.#kept.get(connection.references![field]!)?.readAt ?? 0
    );
    return { ...filled, readUntil: Math.min(...until) + KEPT_MS };
  }

  /** The connection with what its next credential is had with; for the holder of its lease. */
  async source(connection: Connection): Promise<Connection> {
    const live = liveFields(connection);
    const fields = Object.keys(connection.references ?? {})
      .filter((field) => !live.includes(field));
    // It may have been replaced by whoever held the lease before.
    fields.forEach((field) =>
      this.#kept.delete(connection.references![field]!)
    );
    return await this.#filled(connection, fields, alone(this.#context));
  }

  /** The client with all of its secrets, read now. Throws as {@linkcode readReference} does. */
  async client(client: Client): Promise<Client> {
    const { provider, references = {} } = client;
    const values: Record<string, Secret> = {};
    try {
      for (const [field, text] of Object.entries(references)) {
        const secret = await readReference(this.#context, text);
        values[field] = usable(text, secret);
      }
    } catch (error) {
      throw about(error, { provider });
    }
    return withClientValues(client, values);
  }

  /**
   * Told that the API refused `sent`. Says whether {@linkcode ReferenceReader.live} may give another one now: a value is
   * read again once.
   */
  async refused(connection: Connection, sent: Credential): Promise<boolean> {
    const { references = {} } = connection;
    const now = this.#context.clock.now();
    let changes = false;
    for (const field of liveFields(connection)) {
      const text = references[field]!;
      const kept = this.#kept.get(text);
      const known = await kept?.secret.catch(() => undefined);
      if (known?.reveal() !== valueOf(sent, field)?.reveal()) {
        changes = true;
        continue;
      }
      const dropped = this.#dropped.get(text);
      if (dropped !== undefined && now - dropped < REREAD_PAUSE_MS) continue;
      this.#dropped.set(text, now);
      if (kept?.at !== undefined) this.#refused.set(text, kept.at);
      this.#kept.delete(text);
      changes = true;
    }
    return changes;
  }

  /**
   * Writes what was issued in the place of `from` to its manager.
   *
   * @param from read by {@linkcode ReferenceReader.source}.
   * @returns the references that still hold: where a value could not be written, the vault must keep it.
   */
  async written(
    from: Pick<Connection, "provider" | "name" | "references" | "credential">,
    issued: Credential,
  ): Promise<Record<string, string>> {
    const references = { ...from.references };
    for (const [field, text] of Object.entries(references)) {
      const value = valueOf(issued, field);
      if (
        value === undefined ||
        value.reveal() === valueOf(from.credential, field)?.reveal()
      ) continue;
      try {
        await writeReference(this.#context, text, value);
        this.#kept.delete(text);
      } catch (error) {
        if (!(error instanceof AuthsomeError)) throw error;
        delete references[field];
        this.#context.warn?.(
          `${from.provider} replaced the ${field} of ${from.provider}/${from.name}. ${error.message}, so the vault keeps it from now on`,
        );
      }
    }
    return references;
  }

  /** Whether a new value can be written to where `text` refers to. */
  async isWritable(text: string): Promise<boolean> {
    return await isWritable(text, this.#context);
  }

  async #filled(
    connection: Connection,
    fields: readonly string[],
    start: (text: string, field: string) => Promise<Read>,
  ): Promise<Connection> {
    const { provider, name, references = {} } = connection;
    const values: Record<string, Secret> = {};
    try {
      for (const field of fields) {
        const text = references[field]!;
        const secret = await this.#read(text, () => start(text, field));
        values[field] = usable(text, secret);
      }
    } catch (error) {
      throw about(error, { provider, connection: name });
    }
    return withValues(connection, values);
  }

  async #read(
    text: string,
    start: (text: string) => Promise<Read>,
  ): Promise<Secret> {
    const { clock, shared } = this.#context;
    const now = clock.now();
    const known = this.#kept.get(text);
    if (
      known && (known.readAt === undefined ||
        now >= known.readAt && now - known.readAt < KEPT_MS)
    ) return await known.secret;
    const reading = start(text);
    const kept: Kept = { secret: reading.then(({ secret }) => secret) };
    this.#kept.set(text, kept);
    try {
      const secret = await kept.secret;
      const { at } = await reading;
      const age = shared && at !== undefined ? shared.now() - at : 0;
      kept.readAt = clock.now() - age;
      if (at !== undefined) kept.at = at;
      return secret;
    } catch (error) {
      // The person may unlock it before the next request.
      if (this.#kept.get(text) === kept) this.#kept.delete(text);
      throw error;
    }
  }

  /** Reads, or takes what another process reads meanwhile. */
  async #together(
    connection: Connection,
    field: string,
    text: string,
  ): Promise<Read> {
    const { vault, clock, profile, processes, shared, sleep, warn } =
      this.#context;
    const leases = { vault, clock, profile, ...defined({ processes }) };
    const { signal } = new AbortController();
    const asked = shared?.now() ?? 0;
    const found = async () => {
      const reading = await shared?.find(connection, field);
      return reading && this.#serves(reading, text, asked)
        ? outcomeOf(reading)
        : undefined;
    };
    let waited = 0;
    for (let poll = FIRST_POLL_MS;; poll = Math.min(poll * 2, MAX_POLL_MS)) {
      const others = await found();
      if (others) return others;
      // No revision: a pause after failed refreshes is not ours.
      const attempt = await takeLease(leases, { ...connection, revision: 0 });
      if (attempt.kind === "taken") {
        try {
          // Whoever held the lease before may have read it since we looked.
          return await found() ?? await this.#forAll(connection, field, text);
        } finally {
          await attempt.lease.release();
        }
      }
      if (waited >= MAX_WAIT_MS) {
        throw new AuthsomeError(
          "EndpointUnreachable",
          `Cannot use connection ${connection.provider}/${connection.name}: other processes are still reading it`,
          "Try again",
        );
      }
      const pause = poll * (0.5 + Math.random());
      if (
        waited < SILENT_MS && waited + pause >= SILENT_MS &&
        attempt.kind === "held"
      ) warn?.(waitsFor(connection, attempt, clock.now()));
      waited += pause;
      await sleep(pause, signal);
    }
  }

  /** Reads, and lets other processes know. */
  async #forAll(
    connection: Connection,
    field: string,
    text: string,
  ): Promise<Read> {
    let outcome: Outcome;
    try {
      outcome = { secret: await readReference(this.#context, text) };
    } catch (error) {
      if (!(error instanceof AuthsomeError)) throw error;
      outcome = { failure: error };
    }
    const at = await this.#context.shared?.keep(connection, field, outcome);
    return outcomeOf({ ...outcome, ...defined({ at }) });
  }

  /**
   * Whether what another process read can be used for who asked at `asked`. A secret that was read before this process was
   * started may have been rotated since, and a manager may have been unlocked since one asked.
   */
  #serves(reading: Reading, text: string, asked: number): boolean {
    const { shared } = this.#context;
    const age = shared!.now() - reading.at;
    if (age < 0 || age >= KEPT_MS) return false;
    const after = "failure" in reading ? asked : shared!.startedAt;
    return reading.at > Math.max(after, this.#refused.get(text) ?? 0);
  }
}

function about(error: unknown, subject: ErrorSubject): unknown {
  if (!(error instanceof AuthsomeError)) return error;
  const { code, message, hint } = error;
  return new AuthsomeError(code, message, hint, { cause: error, subject });
}

/** Reads at once, whatever others do. */
function alone(context: ReferenceContext): (text: string) => Promise<Read> {
  return async (text) => ({ secret: await readReference(context, text) });
}

function outcomeOf(outcome: Outcome & { at?: number }): Read {
  if ("failure" in outcome) throw outcome.failure;
  const { secret, at } = outcome;
  return { secret, ...defined({ at }) };
}

/** It will stand in a header, where a line break would start another one. */
function checkLine(text: string, secret: Secret): void {
  // deno-lint-ignore no-control-regex
  if (!/[\0-\x1f\x7f-\x9f\u2028\u2029]/.test(secret.reveal())) return;
  throw new AuthsomeError(
    "CredentialMissing",
    `Cannot read ${
      shownReference(text)
    }: what is there has a line break or a control character`,
    "Name the part of it that is the secret: <reference>#<field>",
  );
}

/** The secret, unless it is none. */
function usable(text: string, secret: Secret): Secret {
  if (!holdsPlaceholder(secret.reveal())) return secret;
  throw new AuthsomeError(
    "CredentialMissing",
    `Cannot read ${
      shownReference(text)
    }: what is there is a placeholder of authsome, no secret`,
    "Put the secret there, or refer to another one",
  );
}
