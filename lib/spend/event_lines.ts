/** The data of server-sent events (HTML Standard §9.2.6) as it passes, split at any byte. @module */

const DATA = "data:";
const LF = 10;
const CR = 13;

/** Told of the bytes of each event's data. */
export interface EventData {
  data(bytes: Uint8Array, from: number, to: number): void;
  /** The event is over. */
  end(): void;
}

/** Finds the lines `data: …` of events. */
export class EventLines {
  /** What is known of the line: how much of its beginning is `data:`, or what it is. */
  #matched: number | "data" | "other" = 0;
  #isEmpty = true;
  #afterReturn = false;

  constructor(private readonly to: EventData) {}

  /** The next bytes of the stream. */
  write(bytes: Uint8Array): void {
    let from = -1;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (byte === LF || byte === CR) {
        if (from >= 0) this.to.data(bytes, from, at);
        from = -1;
        if (byte === LF && this.#afterReturn) {
          this.#afterReturn = false;
          continue;
        }
        this.#afterReturn = byte === CR;
        if (this.#isEmpty) this.to.end();
        this.#matched = 0;
        this.#isEmpty = true;
        continue;
      }
      this.#afterReturn = false;
      this.#isEmpty = false;
      if (this.#matched === "data") {
        if (from < 0) from = at;
      } else if (typeof this.#matched === "number") {
        this.#matched = byte !== DATA.charCodeAt(this.#matched)
          ? "other"
          : this.#matched + 1 === DATA.length
          ? "data"
          : this.#matched + 1;
      }
    }
    if (from >= 0) this.to.data(bytes, from, bytes.length);
  }
}
