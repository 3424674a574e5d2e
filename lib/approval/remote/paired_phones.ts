/**
 * The phones that may answer, and the webhook that tells of requests: records of the vault. They belong to the person and
 * this home, not to a profile, and are in no export of the vault.
 *
 * @module
 */
import type { Records } from "../../connection/connections.ts";
import { decodePart } from "../../connection/record.ts";
import { AuthsomeError } from "../../errors.ts";
import { checkName } from "../../names.ts";
import { parseObject } from "../../object.ts";
import { Secret } from "../../secret.ts";
import { quoted } from "../../text.ts";
import { newPairingKey } from "./remote_seal.ts";
import { newWebhookSecret } from "./standard_webhook.ts";
import { WEBHOOK_FORMATS, type WebhookFormat } from "./webhook_message.ts";

/** A phone. */
export interface PairedPhone {
  name: string;
  /** Of this pairing alone, base64url. */
  key: Secret;
  /** Epoch milliseconds. */
  pairedAt: number;
}

/** Where requests are posted. */
export interface Webhook {
  format: WebhookFormat;
  /** Its address, or a reference to it in a secret manager: who knows it can post. */
  place: Secret;
  isReference: boolean;
  /** Of its signatures. */
  secret: Secret;
  /** Epoch milliseconds. */
  createdAt: number;
}

/** Most phones: each gets every request. */
export const MAX_PHONES = 8;

const VERSION = 1;
const ROOT = "remote/phone/";
const WEBHOOK = "remote/webhook";

/** Reads and writes these records. */
export class PairedPhones {
  readonly #vault: Records;

  constructor(vault: Records) {
    this.#vault = vault;
  }

  /** Every phone whose record opens, by name: one that is damaged does not take the others along. */
  async list(): Promise<PairedPhone[]> {
    return (await this.all()).flatMap((each) => "key" in each ? [each] : []);
  }

  /** Every phone, by name; of one whose record is damaged the name alone. */
  async all(): Promise<(PairedPhone | { name: string })[]> {
    const keys = await this.#vault.keys(ROOT);
    const phones = await Promise.all(keys.map(async (key) => {
      try {
        const record = await this.#vault.get(key);
        return record && decodePhone(key, record.text);
      } catch (error) {
        if (
          !(error instanceof AuthsomeError && error.code === "RecordCorrupt")
        ) {
          throw error;
        }
        return { name: nameOf(key) };
      }
    }));
    return phones.filter((phone) => phone !== undefined);
  }

  /** The phone of that name, or `undefined`. */
  async find(name: string): Promise<PairedPhone | undefined> {
    const key = phoneKey(name);
    const record = await this.#vault.get(key);
    return record && decodePhone(key, record.text);
  }

  /**
   * A new phone with a new key; with `force` in the place of one of the same name, whose key counts no more.
   *
   * @throws {AuthsomeError} `ConnectionExists` if there is one of that name; `OperationNotAllowed` if there are too many.
   */
  async add(name: string, now: number, force: boolean): Promise<PairedPhone> {
    const recordKey = phoneKey(name);
    const revision = await this.#vault.revision(recordKey) ?? 0;
    if (revision > 0 && !force) {
      throw new AuthsomeError(
        "ConnectionExists",
        `Cannot pair phone ${quoted(name, 80)}: there is one of this name`,
        "Choose another name, or pair it anew with --force",
        { subject: { field: "name" } },
      );
    }
    if (
      revision === 0 && (await this.#vault.keys(ROOT)).length >= MAX_PHONES
    ) {
      throw new AuthsomeError(
        "OperationNotAllowed",
        `Cannot pair phone ${
          quoted(name, 80)
        }: ${MAX_PHONES} are paired, and each gets every request`,
        "authsome approve unpair <name>",
      );
    }
    const key = new Secret(newPairingKey());
    const text = JSON.stringify({
      ...{ v: VERSION, key: key.reveal(), paired_at: now },
    });
    if (await this.#vault.put(recordKey, text, revision) === undefined) {
      throw conflict();
    }
    return { name, key, pairedAt: now };
  }

  /** Deletes the phone, also one that does not open. Throws `ConnectionNotFound` if there is none. */
  async remove(name: string): Promise<void> {
    const key = phoneKey(name);
    for (let tries = 0; tries < 100; tries++) {
      const revision = await this.#vault.revision(key);
      if (revision === undefined) {
        throw new AuthsomeError(
          "ConnectionNotFound",
          `Cannot find phone ${quoted(name, 80)}`,
          "authsome approve devices",
          { subject: { field: "name" } },
        );
      }
      if (await this.#vault.delete(key, revision)) return;
    }
    throw conflict();
  }

  /** The webhook, or `undefined`. */
  async webhook(): Promise<Webhook | undefined> {
    const record = await this.#vault.get(WEBHOOK);
    return record && decodeWebhook(record.text);
  }

  /** Sets the webhook, with a new secret for its signatures. */
  async setWebhook(
    given: Pick<Webhook, "format" | "place" | "isReference">,
    now: number,
  ): Promise<Webhook> {
    const secret = new Secret(newWebhookSecret());
    const text = JSON.stringify({
      v: VERSION,
      format: given.format,
      place: given.place.reveal(),
      is_reference: given.isReference,
      secret: secret.reveal(),
      created_at: now,
    });
    const revision = await this.#vault.revision(WEBHOOK) ?? 0;
    if (await this.#vault.put(WEBHOOK, text, revision) === undefined) {
      throw conflict();
    }
    return { ...given, secret, createdAt: now };
  }

  /** Deletes the webhook; says whether there was one. */
  async removeWebhook(): Promise<boolean> {
    const revision = await this.#vault.revision(WEBHOOK);
    if (revision === undefined) return false;
    if (!await this.#vault.delete(WEBHOOK, revision)) throw conflict();
    return true;
  }
}

function phoneKey(name: string): string {
  return ROOT + encodeURIComponent(checkName("phone", name));
}

function decodePhone(recordKey: string, text: string): PairedPhone {
  const { key, paired_at: pairedAt } = fieldsOf(text);
  if (
    typeof key !== "string" || !/^[\w-]{43}$/.test(key) ||
    typeof pairedAt !== "number"
  ) throw corrupt();
  return { name: nameOf(recordKey), key: new Secret(key), pairedAt };
}

function nameOf(recordKey: string): string {
  return decodePart(recordKey.slice(ROOT.length));
}

function decodeWebhook(text: string): Webhook {
  const fields = fieldsOf(text);
  const { place, secret, created_at: createdAt } = fields;
  const format = WEBHOOK_FORMATS.find((each) => each === fields.format);
  if (
    !format || typeof place !== "string" || typeof secret !== "string" ||
    typeof createdAt !== "number" || typeof fields.is_reference !== "boolean"
  ) throw corrupt();
  return {
    ...{ format, createdAt, isReference: fields.is_reference },
    ...{ place: new Secret(place), secret: new Secret(secret) },
  };
}

function fieldsOf(text: string): Record<string, unknown> {
  const fields = parseObject(text) ?? {};
  if (typeof fields.v === "number" && fields.v > VERSION) {
    throw new AuthsomeError(
      "StoreUnavailable",
      "Cannot read a phone: a newer authsome paired it",
      "authsome upgrade",
    );
  }
  if (fields.v !== VERSION) throw corrupt();
  return fields;
}

function corrupt(): AuthsomeError {
  return new AuthsomeError(
    "RecordCorrupt",
    "Cannot read the record of a phone: it is damaged",
    "Remove it, and pair the phone anew: authsome approve unpair <name>",
  );
}

function conflict(): AuthsomeError {
  return new AuthsomeError(
    "RecordConflict",
    "Cannot change the phones: another process did so meanwhile",
    "Try again",
  );
}
