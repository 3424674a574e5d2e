/**
 * The assignments of a dotenv text: where each value is, and whether programs agree on it.
 *
 * Libraries and shells differ in unquoted `#`, in `$`, backslashes and quotes: what one of them reads may be half of
 * what another does.
 *
 * @module
 */

/** The place of one assignment. */
export interface Assignment {
  name: string;
  start: number;
  /** Where the value is, without quotes. */
  from: number;
  to: number;
  /** Where it ends if nothing in it begins a comment. */
  wholeTo: number;
  end: number;
  /** Why programs read different values. */
  doubt?: string;
  /** Whether the text from `from` to `wholeTo` is the value as it is written. */
  isLiteral: boolean;
}

const ASSIGNMENT = /[ \t]*(?:export[ \t]+)?([^\s=#]+)[ \t]*=[ \t]*/y;

/** Every assignment, in order. */
export function* assignments(text: string): Generator<Assignment> {
  let at = text.startsWith("\ufeff") ? 1 : 0;
  while (at < text.length) {
    ASSIGNMENT.lastIndex = at;
    const match = ASSIGNMENT.exec(text);
    let end = lineEnd(text, at);
    if (match && at + match[0].length <= end) {
      const start = at;
      const from = at + match[0].length;
      const name = match[1]!;
      const quote = /["'`]/.test(text[from] ?? "") ? text[from]! : undefined;
      const close = quote ? text.indexOf(quote, from + 1) : -1;
      if (quote && close > 0) {
        end = lineEnd(text, close);
        const doubt = quotedDoubt(
          quote,
          text.slice(from + 1, close),
          text.slice(close + 1, end).replace(/\r$/, ""),
        );
        yield {
          ...{ name, start, from: from + 1, to: close, wholeTo: close, end },
          ...doubt === undefined ? {} : { doubt },
          isLiteral: doubt === DOLLAR,
        };
      } else {
        yield { name, start, from, end, ...unquoted(text, from, end) };
      }
    }
    at = end + 1;
  }
}

const HASH =
  'a "#" in it begins a comment for some programs and not for others';
const DOLLAR = 'some programs put a variable in the place of a "$" in it';
const SLASH = "some programs take a backslash in it away";
const QUOTE = "it has a quotation mark in it that some programs take away";
const TAIL = "there is more behind its closing quotation mark";
const OPEN = "its quotation mark is not closed";

function unquoted(text: string, from: number, end: number) {
  const line = text.slice(from, end);
  // A comment behind a space is one for all.
  const comment = /\s#|\s*$/.exec(line)!.index;
  const whole = line.slice(0, comment).trimEnd();
  const hash = whole.indexOf("#");
  const doubt = hash >= 0
    ? HASH
    : /^["'`]/.test(whole)
    ? OPEN
    : /["'`]/.test(whole)
    ? QUOTE
    : /\\/.test(whole)
    ? SLASH
    : /\$\w/.test(whole)
    ? DOLLAR
    : undefined;
  const value = hash < 0 ? whole : whole.slice(0, hash).trimEnd();
  return {
    to: from + value.length,
    wholeTo: from + whole.length,
    isLiteral: doubt !== OPEN,
    ...doubt === undefined ? {} : { doubt },
  };
}

function quotedDoubt(
  quote: string,
  value: string,
  tail: string,
): string | undefined {
  if (tail.trim() !== "" && !/^\s+#/.test(tail)) return TAIL;
  if (quote !== '"') return undefined;
  // The rest is read as it is written by none, or as one thing by all.
  if (/\\(?![nrt])/.test(value)) return SLASH;
  return /\$\w/.test(value) ? DOLLAR : undefined;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

/** A value that programs read differently. */
export interface Doubtful {
  why: string;
  /** The value with all that is written there; absent if nobody can say it. */
  whole?: string;
}

/** The variables of `text` whose last value programs read differently. */
export function doubtfulValues(text: string): Map<string, Doubtful> {
  const found = new Map<string, Doubtful>();
  for (const { name, from, wholeTo, doubt, isLiteral } of assignments(text)) {
    found.delete(name);
    if (doubt === undefined) continue;
    const whole = text.slice(from, wholeTo);
    found.set(name, { why: doubt, ...isLiteral ? { whole } : {} });
  }
  return found;
}

/**
 * The text as the platform's parser takes it: it reads a byte order mark as a part of the first name, and a tab behind
 * `export` too.
 */
export function readable(text: string): string {
  let result = "";
  let copied = text.startsWith("\ufeff") ? 1 : 0;
  for (const { start, from } of assignments(text)) {
    const [head = "", before = "", exported = ""] =
      /^([ \t]*)(export[ \t]+)?/.exec(text.slice(start, from)) ?? [];
    if (!exported.includes("\t") && exported.length <= 7) continue;
    result += `${text.slice(copied, start)}${before}export `;
    copied = start + head.length;
  }
  return result + text.slice(copied);
}
