/** A phone without a browser, and requests for it. */
import type { ApprovalRequest } from "../../../lib/policy/approver.ts";
import {
  MESSAGE_BYTES,
  openMessage,
  type PairingKeys,
  pairingKeys,
  sealMessage,
} from "../../../lib/approval/remote/remote_seal.ts";
import { Secret } from "../../../lib/secret.ts";

/** The key of the vectors. */
export const KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

/** What must never be sent in clear. */
export const CANARIES = [
  "canary-path-7f3a",
  "canary-body-91c2",
  "canary-folder-44d0",
  "canary.example",
];

/** A request full of canaries. */
export function canaryRequest(
  more: Partial<ApprovalRequest> = {},
): ApprovalRequest {
  const at = Date.now();
  return {
    id: crypto.randomUUID().replaceAll("-", ""),
    run: "0123456789abcdef",
    ...{ at, expires: at + 120_000 },
    ...{ rule: "ask-writes", profile: "default", provider: "github" },
    ...{ program: "claude", folder: "/home/kay/canary-folder-44d0" },
    ...{ method: "POST", host: "api.canary.example" },
    path: "/repos/canary-path-7f3a/issues",
    digest: "ab".repeat(32),
    subject: "cd".repeat(32),
    operations: [{ name: "issues.create", reads: false }],
    body: {
      ...{ size: 31, sha256: "cd".repeat(32), type: "application/json" },
      shown: '{"title": "canary-body-91c2"}',
    },
    ...more,
  };
}

/** The keys of a pairing. */
export const keysOf = (key = KEY): Promise<PairingKeys> =>
  pairingKeys(new Secret(key));

/** An answer, sealed as a phone does. */
export async function sealedAnswer(
  keys: PairingKeys,
  { id, digest }: Pick<ApprovalRequest, "id" | "digest">,
  more: Record<string, unknown> = {},
): Promise<string> {
  return await sealMessage(
    keys,
    "answer",
    JSON.stringify({
      ...{ v: 1, kind: "answer", id, digest, decision: "allow" },
      ...{ scope: "once", at: Date.now(), ...more },
    }),
    MESSAGE_BYTES.answer,
  );
}

/** What a sealed request says. */
export async function openRequest(
  keys: PairingKeys,
  sealed: string,
): Promise<ApprovalRequest | undefined> {
  const text = await openMessage(keys, "request", sealed);
  return text === undefined ? undefined : JSON.parse(text);
}
