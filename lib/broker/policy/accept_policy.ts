/**
 * A person accepts or writes rules, and a command does not.
 *
 * @module
 */
import { sha256 } from "../../bytes.ts";
import { AuthsomeError } from "../../errors.ts";
import type { Broker } from "../broker.ts";
import { isInRun } from "../credential/in_run.ts";
import { ACCEPTED_KEY } from "./accepted_digest.ts";
import { policyOf, type ReadPolicyFile } from "./read_policy.ts";

/**
 * Takes `policy.json` as it is now: from the next request on it holds in runs that are going on.
 *
 * @returns the file; `undefined` if there is none, which is accepted too.
 * @throws {AuthsomeError} `OperationNotAllowed` beneath a run, `InvalidPolicy` if the file cannot be used.
 */
export async function acceptPolicy(
  broker: Broker,
): Promise<ReadPolicyFile | undefined> {
  await refuseInRun(broker, "accept rules");
  const host = await broker.runtime.policyFiles?.();
  const text = await host?.read(host.path);
  if (host === undefined || text === undefined) {
    await putDigest(broker, "");
    return undefined;
  }
  const file = await policyOf(text, host.path);
  await putDigest(broker, file.digest);
  return file;
}

/**
 * Writes `policy.json`, and accepts it, as it comes from the person.
 *
 * @throws {AuthsomeError} as {@linkcode acceptPolicy} does.
 */
export async function writePolicy(broker: Broker, text: string): Promise<void> {
  await refuseInRun(broker, "change rules");
  const host = (await broker.runtime.policyFiles?.())!;
  await policyOf(text, host.path);
  // First, so that a run never sees a file of the person's that is not accepted.
  await putDigest(broker, await sha256(text));
  await host.write(text);
}

/** Throws `OperationNotAllowed` in a process that a command of `authsome run` started. */
export async function refuseInRun(
  broker: Broker,
  what: string,
): Promise<void> {
  if (!isInRun(broker) && !await isBelowRun(broker)) return;
  throw new AuthsomeError(
    "OperationNotAllowed",
    `Cannot ${what} beneath authsome run: a command may not change the rules of its own run`,
    "Do it in a terminal of your own",
  );
}

/** Whether this process, or one above it, was started with the environment of a run, where the system says so. */
async function isBelowRun({ runtime }: Broker): Promise<boolean> {
  const lineage = await runtime.lineage?.();
  const above = await lineage?.above(await lineage.self());
  return above?.some(({ inRun }) => inRun === true) ?? false;
}

async function putDigest(broker: Broker, digest: string): Promise<void> {
  const vault = await broker.vault();
  const text = JSON.stringify({ v: 1, digest });
  for (let tries = 0; tries < 20; tries++) {
    const revision = await vault.revision(ACCEPTED_KEY) ?? 0;
    if (await vault.put(ACCEPTED_KEY, text, revision) !== undefined) return;
  }
  throw new AuthsomeError(
    "RecordConflict",
    "Cannot save which rules are accepted: other processes keep changing it",
    "Try again",
  );
}
