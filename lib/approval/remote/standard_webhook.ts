/** Signatures of webhooks (https://www.standardwebhooks.com, version 1, symmetric). @module */
import { base64 } from "../../bytes.ts";
import type { Secret } from "../../secret.ts";

/** A new secret for signatures: 256 bits, as receivers are given it. */
export function newWebhookSecret(): string {
  return `whsec_${base64(crypto.getRandomValues(new Uint8Array(32)))}`;
}

/**
 * The headers that sign `body`.
 *
 * @param id unique to the message, the same if it is sent again.
 * @param at epoch milliseconds.
 */
export async function webhookHeaders(
  secret: Secret,
  id: string,
  at: number,
  body: string,
): Promise<Record<string, string>> {
  const timestamp = String(Math.floor(at / 1000));
  const bytes = Uint8Array.from(
    atob(secret.reveal().replace(/^whsec_/, "")),
    (character) => character.charCodeAt(0),
  );
  const key = await crypto.subtle.importKey(
    ...["raw", bytes, { name: "HMAC", hash: "SHA-256" }, false] as const,
    ["sign"],
  );
  bytes.fill(0);
  const signature = await crypto.subtle.sign(
    "HMAC",
    key,
    new TextEncoder().encode(`${id}.${timestamp}.${body}`),
  );
  return {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${base64(new Uint8Array(signature))}`,
  };
}
