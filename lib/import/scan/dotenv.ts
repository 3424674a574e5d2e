/**
 * Replaces values in a dotenv file and leaves every other byte as it is.
 *
 * What the file means is for the parser of the platform to say. Here only the place of a value is found, and the parser
 * confirms afterwards that nothing else changed.
 *
 * @module
 */
import type { ParseEnv } from "../../ports/other_programs.ts";
import { AuthsomeError } from "../../errors.ts";

/** What came of {@linkcode replaceValues}. */
export interface Replaced {
  text: string;
  /** Variables that now hold the replacement. */
  variables: string[];
  /** Variables whose old value still stands somewhere else in the text: in a comment, under another name. */
  remaining: string[];
}

/** The place of one assignment. */
interface Assignment {
  name: string;
  start: number;
  /** Where the value is, without quotes. */
  from: number;
  to: number;
  end: number;
}

const ASSIGNMENT = /[ \t]*(?:export[ \t]+)?([^\s=#]+)[ \t]*=[ \t]*/y;

/**
 * `text` with other values in place of those that `wanted` names.
 *
 * @param wanted variable → the value that is to go. An assignment of another value stays.
 * @param replacement what a variable then holds.
 * @throws {AuthsomeError} `OperationNotAllowed` if the parser would then read anything else differently.
 */
export function replaceValues(
  text: string,
  wanted: ReadonlyMap<string, string>,
  replacement: (variable: string) => string,
  parse: ParseEnv,
): Replaced {
  const before = parse(withoutMark(text));
  const variables = new Set<string>();
  let result = "";
  let copied = 0;
  for (const { name, start, from, to, end } of assignments(text)) {
    const value = wanted.get(name);
    if (
      value === undefined || !Object.hasOwn(before, name) ||
      parse(text.slice(start, end))[name] !== value
    ) continue;
    result += text.slice(copied, from) + replacement(name);
    copied = to;
    variables.add(name);
  }
  result += text.slice(copied);
  confirm(before, parse(withoutMark(result)), variables, wanted, replacement);
  return {
    text: result,
    variables: [...variables],
    remaining: [...variables].filter((name) =>
      result.includes(wanted.get(name)!)
    ),
  };
}

function confirm(
  before: Record<string, string>,
  after: Record<string, string>,
  variables: ReadonlySet<string>,
  wanted: ReadonlyMap<string, string>,
  replacement: (variable: string) => string,
): void {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  for (const name of names) {
    // An earlier assignment of the same name may have been replaced, while the last one, another value, stayed.
    const expected = variables.has(name) && before[name] === wanted.get(name)
      ? replacement(name)
      : before[name];
    if (after[name] === expected) continue;
    throw new AuthsomeError(
      "OperationNotAllowed",
      `Cannot replace values: the file would then give ${name} another value`,
      "Replace them by hand, or leave out --rewrite",
      { subject: { field: name } },
    );
  }
}

function* assignments(text: string): Generator<Assignment> {
  let at = text.startsWith("\ufeff") ? 1 : 0;
  while (at < text.length) {
    ASSIGNMENT.lastIndex = at;
    const match = ASSIGNMENT.exec(text);
    let end = lineEnd(text, at);
    if (match && at + match[0].length <= end) {
      const start = at;
      let from = at + match[0].length;
      const quote = /["'`]/.test(text[from] ?? "") ? text[from]! : undefined;
      const close = quote ? text.indexOf(quote, from + 1) : -1;
      let to: number;
      if (close > 0) {
        from++;
        to = close;
        end = lineEnd(text, close);
      } else {
        const comment = text.slice(from, end).indexOf("#");
        to = comment < 0 ? end : from + comment;
        while (to > from && /\s/.test(text[to - 1]!)) to--;
      }
      yield { name: match[1]!, start, from, to, end };
    }
    at = end + 1;
  }
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

/** The parser takes a byte order mark for part of the first name. */
export function withoutMark(text: string): string {
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}
