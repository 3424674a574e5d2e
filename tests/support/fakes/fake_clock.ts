/** Time that stands still until a test moves it, for what asks `Date.now()`. @module */

/** Replaces `Date.now` until it is disposed of. */
export class FakeClock {
  readonly #real = Date.now;
  #now = this.#real();

  constructor() {
    Date.now = () => this.#now;
  }

  /** Lets `milliseconds` pass. */
  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }

  [Symbol.dispose](): void {
    Date.now = this.#real;
  }
}
