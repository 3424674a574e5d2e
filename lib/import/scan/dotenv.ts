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
import { assignments, readable } from "./assignments.ts";

/** What came of {@linkcode replaceValues}. */
export interface Replaced {
  text: string;
  /** Variables that now hold the replacement. */
  variables: string[];
  /** Variables whose old value still stands somewhere else in the text: in a comment, under another name. */
  remaining: string[];
}

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
  const before = parse(readable(text));
  const variables = new Set<string>();
  /** Whether the assignment that counts, the last one, was replaced. */
  const last = new Map<string, boolean>();
  let result = "";
  let copied = 0;
  for (const one of assignments(text)) {
    const { name, start, from, to, wholeTo, end } = one;
    const value = wanted.get(name);
    if (value === undefined || !Object.hasOwn(before, name)) continue;
    // Half a value is left where it is: the other half would stay.
    const whole = one.isLiteral && text.slice(from, wholeTo) === value;
    const isWanted = whole || one.doubt === undefined &&
        parse(readable(text.slice(start, end)))[name] === value;
    last.set(name, isWanted);
    if (!isWanted) continue;
    result += text.slice(copied, from) + replacement(name);
    copied = whole ? wholeTo : to;
    variables.add(name);
  }
  result += text.slice(copied);
  const replaced = new Set([...variables].filter((name) => last.get(name)));
  confirm(before, parse(readable(result)), replaced, replacement);
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
  replaced: ReadonlySet<string>,
  replacement: (variable: string) => string,
): void {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  for (const name of names) {
    const expected = replaced.has(name) ? replacement(name) : before[name];
    if (after[name] === expected) continue;
    throw new AuthsomeError(
      "OperationNotAllowed",
      `Cannot replace values: the file would then give ${name} another value`,
      "Replace them by hand, or leave out --rewrite",
      { subject: { field: name } },
    );
  }
}
