/** @module */
import type { Asker } from "./control.ts";

/** An {@linkcode Asker} that may leave. Costs nothing as long as nobody asks for its signal. */
export class Leaver implements Asker {
  #controller: AbortController | undefined;
  #left = false;

  get gone(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#left) this.#controller.abort();
    return this.#controller.signal;
  }

  /** Nobody waits any more. */
  leave(): void {
    this.#left = true;
    this.#controller?.abort();
  }
}
