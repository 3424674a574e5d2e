/** When names in a head are the same. @module */

/** Many servers read `_` and `-` in a field's name as the same character, since CGI variables do. */
export function sameName(a: string, b: string): boolean {
  return a.length === b.length &&
    a.toLowerCase().replaceAll("_", "-") ===
      b.toLowerCase().replaceAll("_", "-");
}

/** The name of a query parameter, decoded. */
export function parameterName(part: string): string {
  const name = part.split("=", 1)[0]!.replaceAll("+", " ");
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
