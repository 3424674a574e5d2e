/** Data on stdout, talk on stderr. @module */
import type { AuthsomeError } from "../../errors.ts";
import { ClosedOutput, type Terminal } from "../../ports/command_line.ts";
import { markMixed } from "../../look_alikes.ts";
import { printableLines } from "./terminal_text.ts";

/** How output looks. */
interface OutputOptions {
  json: boolean;
  quiet: boolean;
  /** Whether stdout and stderr may carry colour. */
  colour: { stdout: boolean; stderr: boolean };
}

const SGR = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

/** A style of {@linkcode Output.style}. */
type Style = keyof typeof SGR;

/** Writes for people and for programs. Everything but {@linkcode Output.raw} is made printable first. */
export class Output {
  /** Called before anything is written, so that nothing else is on the line. */
  beforeWrite?: () => void;
  readonly #terminal: Terminal;
  readonly #options: OutputOptions;

  constructor(terminal: Terminal, options: OutputOptions) {
    this.#terminal = terminal;
    this.#options = options;
  }

  /** Whether the caller asked for JSON. */
  get asJson(): boolean {
    return this.#options.json;
  }

  /** Whether {@linkcode Output.style} does anything to stdout. */
  get isColoured(): boolean {
    return this.#options.colour.stdout;
  }

  /** Whether a person watches stderr and wants to hear something. */
  get isWatched(): boolean {
    const { json, quiet } = this.#options;
    return !json && !quiet && this.#terminal.stderrIsTTY;
  }

  #write(stream: "stdout" | "stderr", text: string): void {
    this.beforeWrite?.();
    this.#terminal.write(stream, text);
  }

  /** That nobody hears it, as when the terminal is gone, must not take the place of what has happened. */
  #talk(text: string): void {
    try {
      this.#write("stderr", text);
    } catch (error) {
      if (error instanceof ClosedOutput) throw error;
    }
  }

  /** One or more lines of data. */
  data(text: string): void {
    this.#write("stdout", printableLines(text) + "\n");
  }

  /** Data as it is: shell code, secrets that were asked for. The caller has quoted it. */
  raw(text: string): void {
    this.#write("stdout", text);
  }

  /** One JSON object, `"v": 1` first. Field names are snake_case. */
  json(object: Record<string, unknown>): void {
    // Escaped again: a name may hold characters that JSON allows and a terminal obeys (C1, bidi).
    const text = JSON.stringify({ v: 1, ...object }, null, 2);
    this.raw(escapeJson(text) + "\n");
  }

  /** One JSON object on one line, for output that does not end. */
  jsonLine(object: object): void {
    this.raw(escapeJson(JSON.stringify({ v: 1, ...object })) + "\n");
  }

  /** One JSON object on one line of stderr, where stdout is another program's. */
  report(object: Record<string, unknown>): void {
    const text = escapeJson(JSON.stringify({ v: 1, ...object }));
    this.#write("stderr", text + "\n");
  }

  /** Lines already coloured by {@linkcode Output.style}; each part must have been made printable. */
  styled(text: string): void {
    this.#write("stdout", text + "\n");
  }

  /** `text` in a style when the stream takes colour. */
  style(text: string, style: Style, stream: "stdout" | "stderr" = "stdout") {
    return this.#options.colour[stream]
      ? `\x1b[${SGR[style]}m${text}\x1b[0m`
      : text;
  }

  /** Talk: what was done, what to do next. Silent with `--quiet`. */
  say(text: string, style?: Style): void {
    if (this.#options.quiet) return;
    const lines = printableLines(text);
    this.#talk((style ? this.style(lines, style, "stderr") : lines) + "\n");
  }

  /** Talk that should be noticed; red where a credential is at stake. Silent with `--quiet`. */
  warn(text: string, style: Style = "yellow"): void {
    if (this.#options.quiet) return;
    const mark = this.style("Warning:", style, "stderr");
    this.#talk(`${mark} ${printableLines(text)}\n`);
  }

  /** A question or its answer's echo; never silenced, since the person must see it. */
  ask(text: string): void {
    this.#write("stderr", printableLines(text));
  }

  /** The error that ends the program: one line, then the hint; with `--json` an object on stdout. */
  error(error: AuthsomeError, stack?: string): void {
    if (this.#options.json) {
      const { code, message, hint } = error;
      this.json({ error: code, message, hint });
    } else {
      const mark = this.style("Error:", "red", "stderr");
      const hint = error.hint ? `\nHint: ${printableLines(error.hint)}` : "";
      this.#write(
        "stderr",
        `${mark} ${printableLines(error.message)}${hint}\n`,
      );
    }
    if (stack) this.#write("stderr", printableLines(stack) + "\n");
  }
}

/** JSON text with every character that a terminal might obey, or that passes for another, as `\uXXXX`. */
export function escapeJson(json: string): string {
  const escaped = json.replace(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    escapeUnits,
  );
  return markMixed(escaped, escapeUnits);
}

function escapeUnits(character: string): string {
  return character.split("").map((unit) =>
    `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`
  ).join("");
}
