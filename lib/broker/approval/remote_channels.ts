/** The phones of a home as a channel for approvals. @module */
import type { Channel } from "../../approval/channel.ts";
import type { NtfyServer } from "../../approval/remote/ntfy.ts";
import { PairedPhones } from "../../approval/remote/paired_phones.ts";
import {
  type OpenedWebhook,
  RemoteChannel,
} from "../../approval/remote/remote_channel.ts";
import {
  readRemoteSettings,
  type RemoteSettings,
} from "../../approval/remote/remote_settings.ts";
import { damaged } from "../../config.ts";
import { readReference } from "../../connection/references/read_reference.ts";
import { sleep } from "../../login/sleep.ts";
import type { ListenForAnswers } from "../../ports/net.ts";
import { defined } from "../../object.ts";
import type { Secret } from "../../secret.ts";
import { destinationHeaders } from "../audit/destination_headers.ts";
import type { Broker } from "../broker.ts";
import { checkWebhookUrl } from "./manage_phones.ts";

/**
 * How phones are reached, as `config.json` says.
 *
 * @throws {AuthsomeError} `StoreUnavailable` if it cannot be used: who is asked on the phone must not be left unasked.
 */
export function remoteSettings(
  { config, runtime }: Pick<Broker, "config" | "runtime">,
): RemoteSettings {
  const settings = readRemoteSettings(config.remoteApproval);
  if (!("problem" in settings)) return settings;
  const { field, problem } = settings;
  const name = field === "" ? "approval" : `approval.${field}`;
  throw damaged(runtime.configFile.path, name, problem);
}

/** A channel to phones that must be closed. */
export type ClosableChannel = Channel & { close(): Promise<void> };

/**
 * The channel to the phones of this home, if `config.json` names a way for their answers: which phones there are is looked
 * up at each request.
 *
 * @param warn told once what does not work.
 */
export function remoteChannels(
  broker: Broker,
  warn: (message: string) => void,
): ClosableChannel[] {
  const { ntfy, page, listen } = remoteSettings(broker);
  if (!ntfy && !listen) return [];
  const { clock, fetch, runtime } = broker;
  const phones = async () => new PairedPhones(await broker.vault());
  const openListener: ListenForAnswers | undefined = runtime.answerListener &&
    (async (...given) => await (await runtime.answerListener!())(...given));
  const server: NtfyServer | undefined = ntfy && {
    server: ntfy.server,
    fetch,
    credential: async () =>
      ntfy.connection
        ? await destinationHeaders(
          broker,
          new URL(ntfy.server),
          ntfy.connection,
        )
        : {},
  };
  return [
    new RemoteChannel({
      phones: async () => await (await phones()).list(),
      phone: async (name) => await (await phones()).find(name),
      webhook: openWebhook(broker, phones),
      ...defined({
        ...{ ntfy: server, page },
        listen: listen && openListener && { at: listen, open: openListener },
      }),
      ...{ fetch, warn },
      now: () => clock.now(),
      sleep: (milliseconds, signal) =>
        sleep(milliseconds, signal).catch(() => {}),
    }),
  ];
}

/** Reads where the webhook is; what a manager said of it is remembered as long as the reference stays. */
function openWebhook(
  { env, runtime }: Broker,
  phones: () => Promise<PairedPhones>,
): () => Promise<OpenedWebhook | undefined> {
  let read: { reference: string; url: Secret } | undefined;
  return async () => {
    const webhook = await (await phones()).webhook();
    if (!webhook) return undefined;
    const { format, secret, place, isReference } = webhook;
    if (!isReference) return { format, secret, url: place };
    const reference = place.reveal();
    if (read?.reference !== reference) {
      const url = await readReference({
        env,
        ...defined({ managers: runtime.secretManagers?.bind(runtime) }),
      }, reference);
      checkWebhookUrl(url.reveal());
      read = { reference, url };
    }
    return { format, secret, url: read.url };
  };
}
