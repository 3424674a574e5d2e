/** Follows what is published to the topics of answers, as long as a request waits. @module */
import { type NtfyServer, streamMessages } from "./ntfy.ts";

/** What following needs. */
export interface AnswerStreamContext {
  server: NtfyServer;
  topics: readonly string[];
  now(): number;
  /** Resolves after `milliseconds`, or earlier when `signal` aborts. Never rejects. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  take(message: string): Promise<unknown>;
  /** Told why the stream broke. */
  failed(error: unknown): void;
  /** Told that it works. */
  works(): void;
}

/** Milliseconds before the stream is opened again: doubled each time, up to the last. */
const FIRST_WAIT = 1_000;
const LAST_WAIT = 15_000;
/** Seconds before the first request that the stream begins at: of what comes after, nothing may be missed. */
const BEFORE = 60;

/**
 * Hands over every message, and opens the stream again when it breaks, until `signal` aborts. The server's time is never
 * compared with ours: it is asked for the last so many seconds.
 */
export async function followAnswers(
  context: AnswerStreamContext,
  signal: AbortSignal,
): Promise<void> {
  const since = context.now();
  for (let wait = FIRST_WAIT; !signal.aborted;) {
    try {
      const seconds = BEFORE + Math.ceil((context.now() - since) / 1000);
      const messages = streamMessages(
        context.server,
        context.topics,
        seconds,
        signal,
      );
      for await (const message of messages) {
        context.works();
        if (await context.take(message)) wait = FIRST_WAIT;
      }
    } catch (error) {
      if (signal.aborted) return;
      context.failed(error);
    }
    await context.sleep(wait, signal);
    wait = Math.min(2 * wait, LAST_WAIT);
  }
}
