/** The desk of a home, where requests wait for a person. @module */
import { ApprovalDesk } from "../../approval/approval_desk.ts";
import type { Channel } from "../../approval/channel.ts";
import { APPROVAL_SETTINGS } from "../../config.ts";
import { AuthsomeError } from "../../errors.ts";
import { sleep } from "../../login/sleep.ts";
import { defined } from "../../object.ts";
import type { Lineage } from "../../ports/lineage.ts";
import type { Broker } from "../broker.ts";

/** The desk, with `channels` beside the vault for what is asked at it. */
export async function approvalDesk(
  broker: Broker,
  channels: readonly Channel[] = [],
): Promise<ApprovalDesk> {
  const { clock, runtime } = broker;
  return new ApprovalDesk({
    clock,
    records: await broker.vault(),
    lineage: await lineageOf(broker),
    sleep: (milliseconds, signal) =>
      sleep(milliseconds, signal).catch(() => {}),
    ...defined({
      warn: runtime.warn && ((message: string) => runtime.warn!(message)),
    }),
  }, channels);
}

/** @throws {AuthsomeError} `OperationNotAllowed` where nothing is known of processes. */
export async function lineageOf({ runtime }: Broker): Promise<Lineage> {
  const lineage = await runtime.lineage?.();
  if (lineage) return lineage;
  throw new AuthsomeError(
    "OperationNotAllowed",
    "Nobody can be asked here: this build knows no processes",
  );
}

/** How long a person is waited for, in milliseconds. */
export function approvalTimeout({ config }: Broker): number {
  return (config.approval ?? APPROVAL_SETTINGS).timeout * 1000;
}
