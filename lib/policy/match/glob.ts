/**
 * Patterns of rules in which `*` stands for any text. Matched without regular expressions, whose time an agent could make
 * grow with the texts that it sends.
 *
 * @module
 */

/** Whether `text` is what `pattern` means. Takes at most the product of both lengths. */
export function matchesGlob(pattern: string, text: string): boolean {
  if (pattern === text) return true;
  if (!pattern.includes("*")) return false;
  let at = 0;
  let in_ = 0;
  let star = -1;
  let resume = 0;
  while (in_ < text.length) {
    if (pattern[at] === "*") {
      star = at++;
      resume = in_;
    } else if (at < pattern.length && pattern[at] === text[in_]) {
      at++;
      in_++;
    } else if (star >= 0) {
      at = star + 1;
      in_ = ++resume;
    } else return false;
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}
