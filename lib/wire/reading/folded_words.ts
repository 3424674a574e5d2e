/** Names and values of a query or a form, read as leniently as any server does. @module */
import { decode, fits } from "./path_readings.ts";

/** Folded name → patterns of folded values. */
export type FoldedWords = ReadonlyMap<string, readonly (string | RegExp)[]>;

/** A name without case, separators and brackets: `Action`, ` action`, `action[]` are one. */
export function foldName(name: string): string {
  return name.normalize("NFKC").toLowerCase().replace(/[^a-z0-9]/g, "");
}

/** A value without case, white space and control characters. */
export function foldValue(value: string): string {
  return value.normalize("NFKC").toLowerCase()
    // deno-lint-ignore no-control-regex
    .replace(/[\s\0-\x1f\x7f\p{Cf}]/gu, "");
}

/** Every name and value of `text`, a query or a form, folded; `;` separates as `&` does. */
export function readForm(text: string): [name: string, value: string][] {
  return text.split(/[&;]/).filter(Boolean).map((part) => {
    const at = part.indexOf("=");
    const name = at < 0 ? part : part.slice(0, at);
    const value = at < 0 ? "" : part.slice(at + 1);
    return [foldName(unescape(name)), foldValue(unescape(value))];
  });
}

/** The query of a request target, without its question mark. */
export function queryOf(target: string): string {
  const at = target.indexOf("?");
  return at < 0 ? "" : target.slice(at + 1);
}

/** Whether each name of `words` is among `given` with one of its values. */
export function holds(
  words: FoldedWords,
  given: readonly (readonly [name: string, value: string])[],
): boolean {
  return words.entries().every(([name, patterns]) =>
    given.some(([each, value]) =>
      each === name && patterns.some((pattern) => fits(pattern, value))
    )
  );
}

function unescape(text: string): string {
  return decode(text.replaceAll("+", " "));
}
