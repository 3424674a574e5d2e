/** Phones that may answer, and the webhook: added, listed and removed. @module */
import {
  PairedPhones,
  type Webhook,
} from "../../approval/remote/paired_phones.ts";
import { pairingKeys } from "../../approval/remote/remote_seal.ts";
import type { RemoteSettings } from "../../approval/remote/remote_settings.ts";
import type { WebhookFormat } from "../../approval/remote/webhook_message.ts";
import { parseReference } from "../../connection/references/reference.ts";
import { AuthsomeError } from "../../errors.ts";
import { Secret } from "../../secret.ts";
import { isLoopback } from "../../wire/target.ts";
import type { Broker } from "../broker.ts";
import { isInRun } from "../credential/in_run.ts";

/** A new pairing, to be shown once. */
export interface NewPairing {
  /** `pair=<key>&name=<name>`: what the page reads, behind the `#` of its address. A secret. */
  code: string;
  /** The topic that rings. */
  topic: string;
}

/**
 * Pairs a phone.
 *
 * @param machine how the phone calls this machine.
 * @throws {AuthsomeError} `OperationNotAllowed` if no way for answers is configured, or this is a command of a run;
 * `ConnectionExists` unless `force`.
 */
export async function pairPhone(
  broker: Broker,
  { ntfy, listen }: RemoteSettings,
  name: string,
  machine: string,
  force: boolean,
): Promise<NewPairing> {
  await refuseInRun(broker, "pair a phone");
  if (!ntfy && !listen) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      `Cannot pair a phone: "approval" in "${broker.runtime.configFile.path}" names no way to it`,
      'Add it: "approval": {"ntfy": {"server": "https://…"}}',
      { subject: { field: "approval" } },
    );
  }
  const phones = new PairedPhones(await broker.vault());
  const phone = await phones.add(name, broker.clock.now(), force);
  record(broker, "pair", `phone ${name}`);
  const { topics } = await pairingKeys(phone.key);
  const code = `pair=${phone.key.reveal()}&name=${encodeURIComponent(machine)}`;
  return { code, topic: topics.notice };
}

/** Removes a phone: its answers count no more, also to what waits now. Throws `ConnectionNotFound` if there is none. */
export async function unpairPhone(
  broker: Broker,
  name: string,
): Promise<void> {
  await new PairedPhones(await broker.vault()).remove(name);
  record(broker, "unpair", `phone ${name}`);
}

/** What is paired, without any secret; a phone whose record is damaged without its time. */
export async function pairedDevices(
  broker: Broker,
): Promise<
  {
    phones: { name: string; pairedAt?: number }[];
    webhook?: Pick<Webhook, "format" | "isReference" | "createdAt">;
  }
> {
  const { hasStore } = broker.runtime;
  if (hasStore && !hasStore()) return { phones: [] };
  const records = new PairedPhones(await broker.vault());
  const [phones, webhook] = await Promise.all([
    records.all(),
    records.webhook(),
  ]);
  return {
    phones: phones.map((phone) => ({
      name: phone.name,
      ..."key" in phone && { pairedAt: phone.pairedAt },
    })),
    ...webhook && {
      webhook: {
        format: webhook.format,
        isReference: webhook.isReference,
        createdAt: webhook.createdAt,
      },
    },
  };
}

/**
 * Sets the webhook that requests are posted to.
 *
 * @param place its address, or a reference to it.
 * @returns the secret of its signatures.
 * @throws {AuthsomeError} `Usage` if it is neither.
 */
export async function setWebhook(
  broker: Broker,
  format: WebhookFormat,
  place: { url: string } | { reference: string },
): Promise<string> {
  await refuseInRun(broker, "set a webhook");
  const isReference = "reference" in place;
  if (isReference) parseReference(place.reference);
  else checkWebhookUrl(place.url);
  const records = new PairedPhones(await broker.vault());
  const { secret } = await records.setWebhook({
    ...{ format, isReference },
    place: new Secret(isReference ? place.reference : place.url),
  }, broker.clock.now());
  record(broker, "pair", `webhook ${format}`);
  return secret.reveal();
}

/** Removes the webhook. Throws `ConnectionNotFound` if there is none. */
export async function removeWebhook(broker: Broker): Promise<void> {
  if (!await new PairedPhones(await broker.vault()).removeWebhook()) {
    throw new AuthsomeError(
      "ConnectionNotFound",
      "Cannot find a webhook",
      "authsome approve webhook --format slack",
    );
  }
  record(broker, "unpair", "webhook");
}

/**
 * Refuses what no webhook can be.
 *
 * @throws {AuthsomeError} `Usage`. The address is a secret, so it is not shown.
 */
export function checkWebhookUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const problem = !url
    ? "it is not a URL"
    : url.protocol === "http:" && !isLoopback(url.hostname)
    ? "http leads to this machine alone: use https"
    : url.protocol !== "https:" && url.protocol !== "http:"
    ? "it is neither https nor http"
    : url.username || url.password
    ? "it contains a password"
    : url.hash
    ? "it has a fragment"
    : undefined;
  if (problem) {
    throw new AuthsomeError(
      "Usage",
      `Cannot use the address of the webhook: ${problem}`,
      "Copy it from the settings of the chat",
    );
  }
}

function record(
  { audit, profile }: Broker,
  event: "pair" | "unpair",
  detail: string,
): void {
  audit.record({ event, profile, ok: true, detail });
}

/** Who pairs a phone can answer with it, so no command of a run may, whatever it makes of its environment. */
async function refuseInRun(broker: Broker, what: string): Promise<void> {
  const lineage = await broker.runtime.lineage?.();
  const above = await lineage?.above(await lineage.self()) ?? [];
  if (!isInRun(broker) && !above.some(({ inRun }) => inRun)) return;
  throw new AuthsomeError(
    "OperationNotAllowed",
    `Cannot ${what}: a command of authsome run may not`,
    "Do it in another terminal, outside of the run",
  );
}
