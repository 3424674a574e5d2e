/** The words of a command. @module */

/**
 * The words of `command` as a POSIX shell splits them; quotes and backslashes count, nothing is expanded.
 *
 * @param unquotes whether a backslash takes the meaning of what follows; on Windows it is part of a path.
 */
export function wordsOf(command: string, unquotes = true): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < command.length; at++) {
    const character = command[at]!;
    const next = command[at + 1];
    if (
      unquotes && character === "\\" && quote !== "'" && next !== undefined
    ) {
      // Within double quotes only these are escaped.
      word = (word ?? "") +
        (quote === "" || /["\\$`]/.test(next) ? next : `\\${next}`);
      at++;
    } else if (quote === "" && /["']/.test(character)) {
      quote = character;
      word ??= "";
    } else if (character === quote) quote = "";
    else if (quote === "" && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + character;
  }
  return word === undefined ? words : [...words, word];
}
