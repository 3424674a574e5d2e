/** The channel with a vault in memory, on loopback. */
import { PairedPhones } from "../../../lib/approval/remote/paired_phones.ts";
import {
  type PairingKeys,
  pairingKeys,
} from "../../../lib/approval/remote/remote_seal.ts";
import {
  RemoteChannel,
  type RemoteContext,
} from "../../../lib/approval/remote/remote_channel.ts";
import { memoryStore } from "../../../lib/host/vault/memory_store.ts";
import { sleep } from "../../../lib/login/sleep.ts";
import { Vault } from "../../../lib/vault/vault.ts";
import type { FakeNtfy } from "../../support/fakes/fake_ntfy.ts";
import { openRequest } from "./phone.ts";
import type { ApprovalRequest } from "../../../lib/policy/approver.ts";

/** A channel, its vault and what it warned of. */
export interface ChannelScene {
  channel: RemoteChannel;
  phones: PairedPhones;
  warnings: string[];
  /** Pairs a phone. */
  pair(name?: string): Promise<PairingKeys>;
}

/** A channel that is asked through `ntfy`, unless it is given other ways. */
export async function channelScene(
  ntfy: FakeNtfy | undefined,
  more: Partial<RemoteContext> = {},
): Promise<ChannelScene> {
  const vault = await Vault.open(memoryStore(), {
    read: () => Promise.resolve(new Uint8Array(32)),
    create: () => Promise.resolve(),
  });
  const phones = new PairedPhones(vault);
  const warnings: string[] = [];
  const channel = new RemoteChannel({
    phones: () => phones.list(),
    phone: (name) => phones.find(name),
    ...ntfy && {
      ntfy: {
        server: ntfy.origin,
        fetch,
        credential: () => Promise.resolve({}),
      },
    },
    fetch,
    now: () => Date.now(),
    sleep: (milliseconds, signal) =>
      sleep(milliseconds, signal).catch(() => {}),
    warn: (message) => void warnings.push(message),
    ...more,
  });
  return {
    ...{ channel, phones, warnings },
    pair: async (name = "phone") =>
      await pairingKeys((await phones.add(name, Date.now(), true)).key),
  };
}

/** The request that was published to the phone, once it is there. */
export async function published(
  ntfy: FakeNtfy,
  keys: PairingKeys,
  count = 1,
): Promise<ApprovalRequest> {
  for (;;) {
    const sent = ntfy.messages.filter(({ topic }) =>
      topic === keys.topics.request
    );
    if (sent.length >= count) {
      return (await openRequest(keys, sent[count - 1]!.message!))!;
    }
    await pause();
  }
}

/** Until `done` says so. */
export async function until(done: () => boolean): Promise<void> {
  while (!done()) await pause();
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 10));

/** The request number `count`, from 1, that was published to the phone; what else was is passed over. */
export async function requested(
  ntfy: FakeNtfy,
  keys: PairingKeys,
  count: number,
): Promise<ApprovalRequest> {
  for (const end = Date.now() + 60_000; Date.now() < end; await pause()) {
    const opened = await Promise.all(
      ntfy.messages.filter(({ topic }) => topic === keys.topics.request)
        .map(({ message }) => openRequest(keys, message!)),
    );
    const found = opened.filter((each) => each && "digest" in each)[count - 1];
    if (found) return found;
  }
  throw new Error("nothing was asked");
}
