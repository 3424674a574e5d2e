/** A line on stderr that says what is waited for, once that takes long; it is gone afterwards. @module */
import type { Terminal } from "../../ports/command_line.ts";

/** Time before the line is first drawn, and between two drawings, in milliseconds. */
const INTERVAL_MS = 500;
const PICTURE_MS = 100;
const PICTURES = ["⠋", "⠙", "⠸", "⠴", "⠦", "⠇"];
/** To the first column, and erase to the end of the line (ECMA-48). */
const ERASE = "\r\x1b[K";

/** Shows one line for everything that is waited for. Only for a terminal. */
export class Progress {
  readonly #terminal: Pick<Terminal, "columns" | "write">;
  readonly #waiting = new Map<symbol, string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #picture = 0;
  #shown = false;

  constructor(terminal: Pick<Terminal, "columns" | "write">) {
    this.#terminal = terminal;
  }

  /** Does `work`; shows `label`, printable text, as long as it takes more than half a second. */
  async during<T>(label: string, work: () => Promise<T>): Promise<T> {
    const id = Symbol();
    this.#waiting.set(id, label);
    this.#timer ??= setTimeout(() => this.#draw(), INTERVAL_MS);
    try {
      return await work();
    } finally {
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) {
        clearTimeout(this.#timer);
        this.#timer = undefined;
        this.erase();
      }
    }
  }

  /** Clears the line for other output; it comes back with the next picture. */
  erase(): void {
    if (!this.#shown) return;
    this.#shown = false;
    this.#terminal.write("stderr", ERASE);
  }

  #draw(): void {
    const label = [...this.#waiting.values()].at(-1)!;
    const picture = PICTURES[this.#picture++ % PICTURES.length];
    const room = Math.max(this.#terminal.columns() - 4, 0);
    this.#shown = true;
    this.#terminal.write(
      "stderr",
      `${ERASE}${picture} ${label.slice(0, room)}`,
    );
    this.#timer = setTimeout(() => this.#draw(), PICTURE_MS);
  }
}
