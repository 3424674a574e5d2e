/** What changes in a file, as lines for a person. @module */

/** Lines before and after a change that are shown. */
const CONTEXT = 2;

/**
 * The lines that differ, each behind `-` or `+`, with some around them. Values beside the name of a secret are left out,
 * since an agent's configuration may hold such.
 */
export function lineDiff(before: string, after: string): string[] {
  const [old, now] = [before, after].map((text) =>
    text === "" ? [] : text.replace(/\r?\n$/, "").split(/\r?\n/)
  ) as [string[], string[]];
  let same = 0;
  while (
    same < old.length && same < now.length && old[same] === now[same]
  ) same++;
  let tail = 0;
  while (
    tail < old.length - same && tail < now.length - same &&
    old[old.length - 1 - tail] === now[now.length - 1 - tail]
  ) tail++;
  const show = (mark: string, lines: string[]) =>
    lines.map((line) => `${mark} ${concealed(line)}`.trimEnd());
  return [
    ...show(" ", old.slice(Math.max(0, same - CONTEXT), same)),
    ...show("-", old.slice(same, old.length - tail)),
    ...show("+", now.slice(same, now.length - tail)),
    ...show(
      " ",
      old.slice(old.length - tail, old.length - tail + CONTEXT),
    ),
  ];
}

/** A line without what may be a secret in it. */
function concealed(line: string): string {
  return line
    .replace(
      /(["']?[\w.-]*(?:key|token|secret|passw|auth|bearer|cookie|credential)[\w.-]*["']?\s*[:=]\s*)(["'])(?:(?!\2).)+\2/gi,
      "$1$2…$2",
    )
    .replace(/\b(bearer|basic)\s+[^\s"',]+/gi, "$1 …")
    // Nothing that is written here is so long without a word in it.
    .replace(/(["'=:])[A-Za-z0-9_+/=-]{32,}(?=["',\s]|$)/g, "$1…");
}
