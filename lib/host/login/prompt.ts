/** Questions on the terminal: a line, a masked line, yes or no, one of a list; all on stderr. @module */
import { autocomplete, isCancel, password, text } from "@clack/prompts";
import { AuthsomeError } from "../../errors.ts";
import type { Choice, Questions } from "../../ports/command_line.ts";
import { defined } from "../../object.ts";
import { atKeyboard, type Keyboard } from "./keyboard.ts";

/** How a question is asked. */
export interface Question {
  message: string;
  /** What keeps an answer from being taken, or `undefined`. */
  check?(answer: string): string | undefined;
  signal: AbortSignal;
}

const YES = /^\s*y(?:es)?\s*$/i;
const NO = /^\s*(?:no?)?\s*$/i;

/** Milliseconds without a key after which what was typed before has come. */
const QUIET_MS = 150;

/** Rows of a list that are shown at once. */
const SHOWN = 12;

/** Asks for a line that is shown as it is typed. */
export function askLine(
  { message, check, signal, initial }: Question & { initial?: string },
): Promise<string> {
  return ask(signal, (keyboard) =>
    text({
      message,
      initialValue: initial,
      validate: (answer) => check?.(answer ?? ""),
      ...keyboard,
    }));
}

/** Asks for a line that is shown as dots. */
export function askMasked(
  { message, check, signal }: Question,
): Promise<string> {
  return ask(signal, (keyboard) =>
    password({
      message,
      validate: (answer) => check?.(answer ?? ""),
      ...keyboard,
    }), { secret: true });
}

/** Asks yes or no, answered with Enter as everywhere on a terminal; Enter alone is no. */
export async function askYes(
  message: string,
  signal: AbortSignal,
): Promise<boolean> {
  const answer = await askLine({
    message: `${message} [y/N]`,
    check: (text) =>
      YES.test(text) || NO.test(text) ? undefined : "Answer y or n",
    signal,
  });
  return YES.test(answer);
}

/** Asks for one of a list, which what is typed narrows down; returns its value. */
export function askChoice(
  message: string,
  choices: readonly Choice[],
  signal: AbortSignal,
): Promise<string> {
  const options = choices.map(({ value, label, hint }) => ({
    value,
    label: hint ? `${label}  ${hint}` : label,
  }));
  return ask(signal, (keyboard) => {
    let typed = "";
    return autocomplete({
      message,
      maxItems: SHOWN,
      validate: (chosen) =>
        chosen === undefined ? "Nothing matches; type less" : undefined,
      // The library's own filter keeps the order, and the focus on what matched before.
      filter: () => true,
      options() {
        if (this.userInput !== typed) {
          typed = this.userInput;
          this.focusedValue = undefined;
        }
        return nearestFirst(typed, options);
      },
      ...keyboard,
    });
  });
}

/**
 * Asks for one of `keys`, in either case, without Enter. What was typed before the question stands there answers nothing,
 * nor does a key that is held down since the last one.
 */
export async function askKey(
  message: string,
  keys: string,
  signal: AbortSignal,
): Promise<string> {
  return await atKeyboard(signal, async ({ input, output, signal: ending }) => {
    const answered = Promise.withResolvers<string>();
    const end = () => answered.resolve("");
    ending.addEventListener("abort", end, { once: true });
    let isOpen = false;
    let since = Date.now();
    input.on("data", (bytes: Uint8Array) => {
      since = Date.now();
      const typed = new TextDecoder().decode(bytes).toLowerCase();
      // A function key is a sequence of letters too.
      if (isOpen && typed.length === 1 && keys.includes(typed)) {
        answered.resolve(typed);
      }
    });
    while (!ending.aborted && Date.now() - since < QUIET_MS) {
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS / 5));
    }
    isOpen = true;
    output.write(message);
    const key = await answered.promise;
    ending.removeEventListener("abort", end);
    output.write(`${key}\n`);
    return key;
  }, { secret: true });
}

/** The questions for what has no signal of its own. */
export function questions(): Questions {
  const { signal } = new AbortController();
  return {
    yes: (question) => askYes(question, signal),
    line: (message, check) =>
      askLine({ message, signal, ...defined({ check }) }),
    masked: (message, check) =>
      askMasked({ message, signal, ...defined({ check }) }),
    choice: (question, choices) => askChoice(question, choices, signal),
    key: askKey,
  };
}

/** Those that contain every word of `typed`: the value itself first, then values that begin with it. */
function nearestFirst<T extends { value: string; label: string }>(
  typed: string,
  options: readonly T[],
): T[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const rank = ({ value }: T) =>
    value === words[0] ? 0 : words[0] && value.startsWith(words[0]) ? 1 : 2;
  return options
    .filter(({ value, label }) =>
      words.every((word) => `${value} ${label}`.toLowerCase().includes(word))
    )
    .sort((a, b) => rank(a) - rank(b));
}

async function ask<T>(
  signal: AbortSignal,
  question: (keyboard: Keyboard) => Promise<T>,
  options?: { secret: boolean },
): Promise<Exclude<T, symbol>> {
  const answer = await atKeyboard(signal, async (keyboard) => {
    const answer = await question(keyboard);
    if (isCancel(answer) && !keyboard.signal.aborted) {
      // Escape.
      throw new AuthsomeError("InputCancelled", "Cancelled");
    }
    return answer;
  }, options);
  // An empty masked answer comes as undefined.
  return (answer ?? "") as Exclude<T, symbol>;
}
