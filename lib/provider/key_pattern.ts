/**
 * Whether a pattern for keys is safe to match: in a time that the length of the text bounds.
 *
 * @module
 */

/** Most parts that may match texts of several lengths; each multiplies the ways to split a text. */
const MAX_VARIABLE = 3;
const QUANTIFIER = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/;

/** Why `pattern` is not accepted, or `undefined`. */
export function patternProblem(pattern: string): string | undefined {
  try {
    new RegExp(pattern);
  } catch {
    return "is not a regular expression";
  }
  if (/\\(?:[1-9]|k<)|\(\?<?[=!]/.test(pattern)) {
    return "has a backreference or a lookaround";
  }
  // What a class or an escape matches makes no difference to how often it is tried.
  let rest = pattern.replace(/\\(?:[pPu]\{[^}]*\}|.)/g, "x")
    .replace(/\[[^\]]*\]/g, "x").replace(/\(\?(?::|<[^>]*>)/g, "(");
  // For each open group: whether it can match in several ways.
  const open = [false];
  let variable = 0;
  while (rest) {
    const one = rest[0]!;
    const quantifier = /[|(^$]/.test(one)
      ? undefined
      : QUANTIFIER.exec(rest.slice(1))?.[0];
    rest = rest.slice(1 + (quantifier?.length ?? 0));
    if (one === "(") {
      open.push(false);
      continue;
    }
    const inner = one === ")" ? open.pop()! : one === "|";
    if (one === ")" && inner && quantifier && !quantifier.startsWith("?")) {
      return "repeats a group that can match in several ways; matching could take forever";
    }
    const varies = quantifier !== undefined && !/^\{\d+\}/.test(quantifier);
    if (varies && !quantifier.startsWith("?") && ++variable > MAX_VARIABLE) {
      return "has too many repeated parts";
    }
    if (inner || varies) open[open.length - 1] = true;
  }
  return undefined;
}
