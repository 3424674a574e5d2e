/**
 * Topics of an ntfy server: publishing (https://docs.ntfy.sh/publish/) and the stream of what is published
 * (https://docs.ntfy.sh/subscribe/api/).
 *
 * @module
 */
import { parseObject } from "../../object.ts";
import type { Fetch } from "../../ports/net.ts";
import { VERSION } from "../../version.ts";
import {
  failureOf,
  postMessage,
  RemoteFailure,
  said,
} from "./remote_failure.ts";
import { MAX_SEALED } from "./remote_seal.ts";

/** An ntfy server and what opens it. */
export interface NtfyServer {
  /** Base address, without a slash at the end. */
  server: string;
  fetch: Fetch;
  /** The headers of the connection that opens it; never logged. */
  credential(): Promise<Readonly<Record<string, string>>>;
}

/** How long a stream may take to begin, and to say nothing: the server sends a line every 45 seconds. Milliseconds. */
const BEGIN = 15_000;
const SILENCE = 120_000;
/** Longest line in characters: a sealed message, escaped, and what stands around it. */
const MAX_LINE = 4 * MAX_SEALED;
/** What one stream may bring, in bytes; behind it is not what answers. */
const MAX_STREAM = 4_194_304;

/** Sends a sealed message to a topic. No phone rings for it, and the server hands it to nobody else. */
export async function publishSealed(
  to: NtfyServer,
  topic: string,
  sealed: string,
  signal: AbortSignal,
): Promise<void> {
  await publish(to, topic, { firebase: "no", priority: "min" }, sealed, signal);
}

/** Rings at a topic, and says no more than that a request waits. */
export async function publishNotice(
  to: NtfyServer,
  topic: string,
  page: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  await publish(
    to,
    topic,
    { title: "authsome", priority: "high", ...page ? { click: page } : {} },
    "A request waits for your answer",
    signal,
  );
}

async function publish(
  { server, fetch, credential }: NtfyServer,
  topic: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<void> {
  await postMessage(
    fetch,
    `${server}/${topic}`,
    { ...await credential(), "content-type": "text/plain", ...headers },
    body,
    signal,
  );
}

/**
 * What is published to `topics`, and was in the last `seconds`; ends when the server ends it.
 *
 * @throws {RemoteFailure} if it does not begin, is silent for too long or says too much; the reason of `signal`.
 */
export async function* streamMessages(
  { server, fetch, credential }: NtfyServer,
  topics: readonly string[],
  seconds: number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { host } = new URL(server);
  const stop = new AbortController();
  const limit = AbortSignal.any([signal, stop.signal]);
  let timer = setTimeout(() => stop.abort(), BEGIN);
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  const cancel = () => void reader?.cancel().catch(() => {});
  try {
    const response = await fetch(
      `${server}/${topics.join(",")}/json?since=${seconds}s`,
      {
        headers: {
          ...await credential(),
          "user-agent": `authsome/${VERSION}`,
        },
        ...{ redirect: "manual", signal: limit },
      },
    );
    reader = response.body?.getReader();
    if (response.status !== 200 || !reader) {
      throw new RemoteFailure(said(host, response.status));
    }
    // Not every runtime ends a body that has begun.
    limit.addEventListener("abort", cancel);
    const decoder = new TextDecoder();
    let [line, size] = ["", 0];
    for (;;) {
      clearTimeout(timer);
      timer = setTimeout(() => stop.abort(), SILENCE);
      const { done, value } = await reader.read();
      limit.throwIfAborted();
      if (done) return;
      size += value.byteLength;
      const lines = (line + decoder.decode(value, { stream: true }))
        .split("\n");
      line = lines.pop()!;
      if (line.length > MAX_LINE || size > MAX_STREAM) {
        throw new RemoteFailure(`${host} sends more than any answer has`);
      }
      for (const each of lines) {
        const { event, message } = parseObject(each) ?? {};
        if (event === "message" && typeof message === "string") yield message;
      }
    }
  } catch (error) {
    signal.throwIfAborted();
    throw failureOf(host, error, limit);
  } finally {
    clearTimeout(timer);
    limit.removeEventListener("abort", cancel);
    cancel();
    stop.abort();
  }
}
