/** Variables that no command behind the proxy gets, since what they open holds more than its connections. @module */
import { managerOf, parseReference } from "./reference.ts";

/**
 * Those of the managers of `references` that are `present`.
 *
 * @param references those that cannot be read have none.
 */
export function withheldVariables(
  references: readonly string[],
  present: readonly string[],
): string[] {
  const names = new Set<string>();
  for (const text of references) {
    try {
      const reference = parseReference(text);
      managerOf(reference.scheme)!.withheld(reference)
        .forEach((name) => names.add(name.toUpperCase()));
    } catch { /* The use of the connection says so. */ }
  }
  const beginnings = [...names].filter((name) => name.endsWith("*"))
    .map((name) => name.slice(0, -1));
  return present.filter((name) => {
    const upper = name.toUpperCase();
    return names.has(upper) ||
      beginnings.some((beginning) => upper.startsWith(beginning));
  });
}
