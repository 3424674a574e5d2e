/** An evaluator of profiles for macOS, with the few filters that we write. @module */

/** What the last rule that fits says of an operation on a path. */
export function verdict(
  profile: string,
  operation: string,
  path: string,
): string {
  let answer = "allow";
  for (const line of profile.split("\n")) {
    const [, action, rest = ""] = /^\((allow|deny) (.*)\)$/.exec(line) ?? [];
    if (!action) continue;
    const operations = rest.split(" (")[0]!.split(" ");
    const covers = operations.some((name) =>
      name === operation ||
      name.endsWith("*") && operation.startsWith(name.slice(0, -1))
    );
    if (!covers) continue;
    const filters = [
      ...rest.matchAll(/\((subpath|literal|regex) #?"((?:[^"\\]|\\.)*)"\)/g),
    ].map(([, kind, text]) => ({
      kind,
      place: kind === "regex" ? text! : text!.replace(/\\(.)/g, "$1"),
    }));
    const fits = !rest.includes("(") ||
      filters.some(({ kind, place }) =>
        kind === "regex"
          ? new RegExp(place).test(path)
          : path === place || kind === "subpath" && path.startsWith(`${place}/`)
      );
    if (fits) answer = action;
  }
  return answer;
}
