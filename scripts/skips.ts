/** What the runners say of the tests that were skipped. @module */

/** Why tests were skipped, as `deno test` or Node's reporter says it in `output`: once for each test or block of a page. */
export function skipReasons(output: string): string[] {
  return [...output.matchAll(
    /^.* \(skipped: (.+)\) \.\.\. ignored|^\s*﹣ .* # (.+)$|^A block of the pages is skipped: (.+)$/gm,
  )].map(([, deno, node, block]) => (deno ?? node ?? block)!);
}

/** The lines that say at the end how many tests were skipped and why, the most frequent reason first. */
export function skipSummary(reasons: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const reason of reasons) {
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const lines = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .map(([reason, count]) => `${String(count).padStart(6)}  ${reason}`);
  return lines.length === 0
    ? []
    : ["== skipped here (tests and blocks of pages), and why:", ...lines];
}

/** The reasons, each once, that are a program of `required`: a list by blanks, of what must be there (CI installs it). */
export function requiredAbsent(
  reasons: readonly string[],
  required: string = Deno.env.get("AUTHSOME_TEST_REQUIRED") ?? "",
): string[] {
  const names = required.split(" ").filter(Boolean);
  return [...new Set(reasons)]
    .filter((reason) => names.includes(reason.split(" ")[0]!));
}
