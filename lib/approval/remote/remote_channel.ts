/** Asks on the phones of the person: by ntfy, by a webhook, or both. @module */
import type { Channel } from "../channel.ts";
import type { ApprovalAnswer, ApprovalRequest } from "../../policy/approver.ts";
import type {
  AnswerListener,
  Fetch,
  ListenForAnswers,
} from "../../ports/net.ts";
import type { Secret } from "../../secret.ts";
import { followAnswers } from "./answer_stream.ts";
import { type NtfyServer, publishNotice, publishSealed } from "./ntfy.ts";
import type { PairedPhone } from "./paired_phones.ts";
import { type AnsweringPhone, PendingAnswers } from "./pending_answers.ts";
import { postMessage } from "./remote_failure.ts";
import { closedText, requestText } from "./remote_message.ts";
import { MESSAGE_BYTES, pairingKeys, sealMessage } from "./remote_seal.ts";
import type { ListenSettings } from "./remote_settings.ts";
import { webhookHeaders } from "./standard_webhook.ts";
import { webhookBody, type WebhookFormat } from "./webhook_message.ts";

/** Where a webhook is and what signs for it, read for each message. */
export interface OpenedWebhook {
  format: WebhookFormat;
  url: Secret;
  secret: Secret;
}

/** What asking works with. */
export interface RemoteContext {
  /** The phones that are paired now. */
  phones(): Promise<readonly PairedPhone[]>;
  /** The phone of that name as it is paired now. */
  phone(name: string): Promise<PairedPhone | undefined>;
  ntfy?: NtfyServer;
  /** Where the webhook is now, if there is one. */
  webhook?(): Promise<OpenedWebhook | undefined>;
  /** The address of the page. */
  page?: string;
  listen?: { at: ListenSettings; open: ListenForAnswers };
  fetch: Fetch;
  now(): number;
  /** Resolves after `milliseconds`, or earlier when `signal` aborts. Never rejects. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Tells the person, once for each way, what does not work. */
  warn(message: string): void;
}

/** How long phones are told that a request waits no more. Milliseconds. */
const CLOSING = 5_000;

/** A phone, its keys and the key that they are of. */
interface KnownPhone extends AnsweringPhone {
  key: Secret;
}

/** The phones as one channel: the first answer of any of them stands. */
export class RemoteChannel implements Channel {
  readonly name = "phone";
  readonly #context: RemoteContext;
  readonly #pending: PendingAnswers;
  readonly #warned = new Set<string>();
  #phones: readonly KnownPhone[] = [];
  /** What is followed, until it is stopped. */
  #following: { topics: string; stop: AbortController } | undefined;
  #listener: Promise<AnswerListener | undefined> | undefined;
  /** Resolves when the address is free again. */
  #closed: Promise<void> = Promise.resolve();

  constructor(context: RemoteContext) {
    this.#context = context;
    this.#pending = new PendingAnswers(
      () => context.now(),
      async ({ name, keys }) => {
        const now = await context.phone(name).catch(() => undefined);
        const known = this.#phones.find((each) => each.keys === keys);
        return now !== undefined && now.key.reveal() === known?.key.reveal();
      },
    );
  }

  /** Asks on every phone. Never throws: what does not work is said once. */
  async ask(
    request: ApprovalRequest,
    signal: AbortSignal,
  ): Promise<ApprovalAnswer | undefined> {
    try {
      const phones = await this.#readPhones();
      if (phones.length === 0) return undefined;
      if (this.#pending.isFull) {
        this.#warn("full", "so many requests wait that no more are shown");
        return undefined;
      }
      return await this.#ask(request, phones, signal);
    } catch (error) {
      if (!signal.aborted) this.#warn("phones", messageOf(error));
      return undefined;
    }
  }

  async #ask(
    request: ApprovalRequest,
    phones: readonly KnownPhone[],
    signal: AbortSignal,
  ): Promise<ApprovalAnswer | undefined> {
    const over = new AbortController();
    const until = AbortSignal.any([signal, over.signal]);
    const answer = this.#pending.wait(request, until);
    this.#follow();
    const ways = [
      this.#try("ntfy", until, () => this.#publish(request, phones, until)),
      this.#try("webhook", until, () => this.#post(request, phones, until)),
    ];
    // Nobody who was not told can answer.
    Promise.all(ways).then((told) => {
      if (!told.includes(true)) over.abort();
    });
    try {
      return await answer;
    } finally {
      over.abort();
      // Nothing is listened to while nothing is asked, and no run is kept from ending.
      if (this.#pending.size === 0) void this.close();
      this.#close(request.id, phones);
    }
  }

  /** Ends what follows and listens; the next request begins it anew. */
  close(): Promise<void> {
    this.#stopFollowing();
    const listener = this.#listener;
    this.#listener = undefined;
    if (!listener) return this.#closed;
    return this.#closed = listener.then((opened) => opened?.close())
      .catch(() => {});
  }

  /** Whether `work` told anybody; why it did not is said. */
  async #try(
    way: string,
    signal: AbortSignal,
    work: () => Promise<boolean>,
  ): Promise<boolean> {
    try {
      const told = await work();
      if (told) this.#warned.delete(way);
      return told;
    } catch (error) {
      if (!signal.aborted) this.#warn(way, messageOf(error));
      return false;
    }
  }

  async #publish(
    request: ApprovalRequest,
    phones: readonly KnownPhone[],
    signal: AbortSignal,
  ): Promise<boolean> {
    const { ntfy, page } = this.#context;
    if (!ntfy) return false;
    const text = this.#text(request, MESSAGE_BYTES.request);
    if (text === undefined) return false;
    await atLeastOne(phones.map(async ({ keys }) => {
      const sealed = await sealMessage(
        keys,
        "request",
        text,
        MESSAGE_BYTES.request,
      );
      await publishSealed(ntfy, keys.topics.request, sealed, signal);
      await publishNotice(ntfy, keys.topics.notice, page, signal);
    }));
    return true;
  }

  async #post(
    request: ApprovalRequest,
    phones: readonly KnownPhone[],
    signal: AbortSignal,
  ): Promise<boolean> {
    const { page, fetch, now } = this.#context;
    const webhook = await this.#context.webhook?.();
    if (!webhook) return false;
    const { format, url, secret } = webhook;
    const length = MESSAGE_BYTES.link;
    const text = this.#text(request, length);
    if (text === undefined) return false;
    await atLeastOne(phones.map(async ({ keys }) => {
      const sealed = await sealMessage(keys, "request", text, length);
      const at = now();
      const body = webhookBody(format, {
        ...page === undefined ? {} : { link: `${page}#m=${sealed}` },
        ...{ sealed, at },
      });
      const id = `msg_${crypto.randomUUID().replaceAll("-", "")}`;
      await postMessage(
        fetch,
        url.reveal(),
        {
          "content-type": "application/json",
          ...await webhookHeaders(secret, id, at, body),
        },
        body,
        signal,
      );
    }));
    return true;
  }

  #text(request: ApprovalRequest, length: number): string | undefined {
    const text = requestText(request, length);
    if (text === undefined) {
      this.#warn(
        "long",
        "a request is too long to be shown whole; answer it here",
      );
    }
    return text;
  }

  /** Tells the phones that `id` waits no more; that nobody hears it does no harm. */
  #close(id: string, phones: readonly KnownPhone[]): void {
    const { ntfy } = this.#context;
    if (!ntfy) return;
    const signal = AbortSignal.timeout(CLOSING);
    for (const { keys } of phones) {
      sealMessage(keys, "request", closedText(id), MESSAGE_BYTES.request)
        .then((sealed) =>
          publishSealed(ntfy, keys.topics.request, sealed, signal)
        ).catch(() => {});
    }
  }

  /** The phones that are paired now, with their keys. */
  async #readPhones(): Promise<readonly KnownPhone[]> {
    const paired = await this.#context.phones();
    return this.#phones = await Promise.all(
      paired.map(async ({ name, key }) => {
        const known = this.#phones.find((each) =>
          each.name === name && each.key.reveal() === key.reveal()
        );
        return known ?? { name, key, keys: await pairingKeys(key) };
      }),
    );
  }

  /** Begins to take answers, if that is not so already. */
  #follow(): void {
    const { ntfy, listen, now, sleep } = this.#context;
    const take = (message: string) =>
      this.#pending.offer(message, this.#phones);
    if (listen && !this.#listener) {
      this.#listener = this.#closed.then(() => listen.open(listen.at, take))
        .catch((error) => {
          this.#warn("listen", messageOf(error));
          return undefined;
        });
    }
    const topics = this.#phones.map(({ keys }) => keys.topics.answer);
    if (!ntfy || this.#following?.topics === topics.join()) return;
    // A phone was paired or removed since.
    this.#stopFollowing();
    const stop = new AbortController();
    this.#following = { topics: topics.join(), stop };
    void followAnswers({
      ...{ server: ntfy, topics, now, sleep, take },
      failed: (error) => this.#warn("answers", messageOf(error)),
      works: () => void this.#warned.delete("answers"),
    }, stop.signal);
  }

  #stopFollowing(): void {
    this.#following?.stop.abort();
    this.#following = undefined;
  }

  #warn(way: string, problem: string): void {
    if (this.#warned.has(way)) return;
    this.#warned.add(way);
    this.#context.warn(`Cannot ask on the phone: ${problem}`);
  }
}

/** Resolves if one of them does; rejects as the first does otherwise. */
async function atLeastOne(all: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(all);
  const failed = results.find((each) => each.status === "rejected");
  if (failed && results.every((each) => each.status === "rejected")) {
    throw failed.reason;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "unknown failure";
}
