const INSPECT_DENO = Symbol.for("Deno.customInspect");
const INSPECT_NODE = Symbol.for("nodejs.util.inspect.custom");
const REDACTED = "[redacted]";

/**
 * A value that must not be printed. Every implicit way to text (`String`, template, `JSON.stringify`,
 * `console.log` in Deno and Node) gives `[redacted]`; only {@linkcode Secret.reveal} gives the value.
 *
 * @example
 * ```ts
 * import { Secret } from "@authsome/authsome";
 *
 * const key = new Secret("sk-1234");
 * console.log(`${key}`, JSON.stringify({ key }), key.reveal().length);
 * // [redacted] {"key":"[redacted]"} 7
 * ```
 */
export class Secret {
  readonly #value: string;

  /** Keeps `value`. */
  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself, for the one place that sends or seals it. */
  reveal(): string {
    return this.#value;
  }

  /** `[redacted]` */
  toString(): string {
    return REDACTED;
  }

  /** `[redacted]` */
  toJSON(): string {
    return REDACTED;
  }

  /** `[redacted]` */
  [INSPECT_DENO](): string {
    return REDACTED;
  }

  /** `[redacted]` */
  [INSPECT_NODE](): string {
    return REDACTED;
  }
}

/** `value` as a secret, `undefined` if there is none. */
export function secretOf(value: string | undefined): Secret | undefined {
  return value === undefined ? undefined : new Secret(value);
}
