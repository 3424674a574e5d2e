const INSPECT_DENO = Symbol.for("Deno.customInspect");
const INSPECT_NODE = Symbol.for("nodejs.util.inspect.custom");
const REDACTED = "[redacted]";

/**
 * A value that must not be printed. Every implicit way to text (`String`, template, `JSON.stringify`,
 * `console.log` in Deno and Node) gives `[redacted]`; only {@linkcode Secret.reveal} gives the value.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself, for the one place that sends or seals it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [INSPECT_DENO](): string {
    return REDACTED;
  }

  [INSPECT_NODE](): string {
    return REDACTED;
  }
}
