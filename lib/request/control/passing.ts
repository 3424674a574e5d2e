/** @module */
import type { Field } from "../../wire/http1.ts";
import type { Passage } from "./control.ts";

/**
 * What tells a {@linkcode Passage}: whatever it does, requests pass as they would without it. One that throws is told
 * nothing more.
 */
export class Passing {
  #passage: Passage | undefined;

  constructor(passage: Passage) {
    this.#passage = passage;
  }

  sent(bytes: number): void {
    if (bytes > 0) this.#tell((passage) => passage.sent?.(bytes));
  }

  head(status: number, fields: readonly Field[]): void {
    this.#tell((passage) => passage.head?.(status, fields));
  }

  body(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#tell((passage) => passage.body?.(bytes));
  }

  /** May be called more than once. */
  end(): void {
    this.#tell((passage) => passage.end?.());
    this.#passage = undefined;
  }

  #tell(tell: (passage: Passage) => void): void {
    if (!this.#passage) return;
    try {
      tell(this.#passage);
    } catch {
      this.#passage = undefined;
    }
  }
}
