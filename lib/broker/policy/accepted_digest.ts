/**
 * The rules that a person accepted: the digest of `policy.json`, sealed in the vault. Outside of a sandbox a command can
 * write that file, and not this record.
 *
 * @module
 */
import { AuthsomeError } from "../../errors.ts";
import { parseObject } from "../../object.ts";
import type { Broker } from "../broker.ts";

/** The key of the record. */
export const ACCEPTED_KEY = "vault/policy";

/**
 * The digest (SHA-256, hex) of the `policy.json` that the person accepted last; empty if they accepted that there is none,
 * `undefined` if they never did.
 *
 * @throws {AuthsomeError} `RecordCorrupt` if the record does not open.
 */
export async function acceptedDigest(
  broker: Broker,
): Promise<string | undefined> {
  const record = await (await broker.vault()).get(ACCEPTED_KEY);
  if (!record) return undefined;
  const { v, digest } = parseObject(record.text) ?? {};
  if (
    v === 1 && typeof digest === "string" && /^(?:[0-9a-f]{64})?$/.test(digest)
  ) {
    return digest;
  }
  throw new AuthsomeError(
    "RecordCorrupt",
    "Cannot read which rules were accepted: the record is of another version",
    "authsome policy accept",
  );
}

/**
 * Says it, and records it, if `policy.json` is not the one that the person accepted last: the command of an earlier run
 * could have changed it. Nothing where they never accepted one.
 *
 * @param digest of the file; empty if there is none.
 */
export async function warnUnlessAccepted(
  broker: Broker,
  digest: string,
  { run, warn }: { run: string; warn(message: string): void },
): Promise<void> {
  const { audit, profile, runtime } = broker;
  if (!runtime.policyFiles) return;
  const accepted = await acceptedDigest(broker).catch(() => undefined);
  if (accepted === undefined || accepted === digest) return;
  audit.record({
    ...{ event: "policy", profile, run, ok: false, reason: "not_accepted" },
    detail: `policy.json, ${detailOf(digest)}`,
  });
  warn(
    `policy.json was ${
      digest === "" ? "removed" : "changed"
    } since you accepted it last. See: authsome policy list. If it was you: authsome policy accept`,
  );
}

/** What the audit log says of a file. */
export function detailOf(digest: string): string {
  return digest === "" ? "removed" : `sha256 ${digest.slice(0, 12)}`;
}
