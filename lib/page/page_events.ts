/** What an open page is told: new entries of the log, and parts of it that have changed. @module */
import type { AuditEntry } from "../audit/chain.ts";
import type { LogFilter } from "./page_source.ts";

/** Milliseconds between two looks at what changes without an entry of the log. */
const LOOK_MS = 1000;
/** Milliseconds after which a silent stream says that it is there. */
const SIGN_MS = 15_000;
/** Entries that may wait for a browser that does not read. */
const MOST_WAITING = 2000;

/** An event for the script of the page. */
export interface PageEvent {
  name: "row" | "part" | "count" | "notice" | "ended";
  data: Readonly<Record<string, unknown>>;
}

/** Whether an entry is one of those that are shown. */
export function matches(entry: AuditEntry, filter: LogFilter): boolean {
  const has = (text: string | undefined, part: string | undefined) =>
    part === undefined || (text ?? "").toLowerCase() === part.toLowerCase();
  return has(entry.provider, filter.provider) &&
    has(entry.connection, filter.connection) &&
    has(entry.event, filter.event) &&
    (filter.run === undefined || (entry.run ?? "").startsWith(filter.run)) &&
    (filter.host === undefined ||
      (entry.host ?? "").toLowerCase().includes(filter.host.toLowerCase())) &&
    (filter.ok === undefined || entry.ok === filter.ok);
}

/** Passes entries on to every open page: the log is read once for all of them. */
export class Broadcast {
  readonly #listeners = new Set<(entry: AuditEntry) => void>();

  /** Reads until `signal` aborts. */
  async run(entries: AsyncIterable<AuditEntry>): Promise<void> {
    for await (const entry of entries) {
      for (const listener of this.#listeners) listener(entry);
    }
  }

  /** Calls `listener` with each entry until the function returned is called. */
  listen(listener: (entry: AuditEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/**
 * The stream of one open page, as Server-Sent Events (HTML Standard, "Server-sent events").
 *
 * @param look what has changed since the last look.
 * @param rowOf what an entry is told as; `undefined`: it is not shown there.
 */
export function eventStream(options: {
  broadcast: Broadcast;
  rowOf(entry: AuditEntry): PageEvent | undefined;
  look(): Promise<PageEvent[]>;
  signal: AbortSignal;
}): ReadableStream<Uint8Array> {
  const { broadcast, rowOf, look, signal } = options;
  const encoder = new TextEncoder();
  let waiting: AuditEntry[] = [];
  let stop = () => {};
  return new ReadableStream({
    start(controller) {
      let open = true;
      let wake = () => {};
      stop = () => {
        open = false;
        wake();
      };
      const unlisten = broadcast.listen((entry) => {
        waiting.push(entry);
        if (waiting.length > MOST_WAITING) waiting.shift();
        wake();
      });
      signal.addEventListener("abort", stop, { once: true });
      const send = (text: string) => {
        if (open) controller.enqueue(encoder.encode(text));
      };
      const tell = ({ name, data }: PageEvent) =>
        send(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
      // The browser comes back as soon as this if the stream breaks.
      send("retry: 1000\n\n");
      // Not awaited: what is sent waits in the queue for its reader.
      (async () => {
        let looked = 0;
        let signed = performance.now();
        while (open && !signal.aborted) {
          const entries = waiting;
          waiting = [];
          for (const entry of entries) {
            const event = rowOf(entry);
            if (event) tell(event);
          }
          const now = performance.now();
          if (now - looked >= LOOK_MS || entries.length > 0) {
            looked = now;
            for (const event of await look().catch(() => [])) tell(event);
          }
          if (now - signed > SIGN_MS) {
            signed = now;
            send(": there\n\n");
          }
          if (waiting.length > 0) continue;
          await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, LOOK_MS);
            wake = () => {
              clearTimeout(timer);
              resolve();
            };
          });
        }
        if (signal.aborted) {
          try {
            controller.enqueue(
              encoder.encode("event: ended\ndata: {}\n\n"),
            );
          } catch { /* The reader has gone. */ }
        }
      })().catch(() => {}).finally(() => {
        open = false;
        unlisten();
        signal.removeEventListener("abort", stop);
        try {
          controller.close();
        } catch { /* It was cancelled. */ }
      });
    },
    cancel() {
      stop();
    },
  });
}
