/**
 * Reads the part of TOML 1.0 in which programs keep their keys: tables, and members whose value is a text in one line.
 * Everything else is passed over.
 *
 * @module
 */

/** Table (empty above the first) → member → text. The last one counts. */
export function parseFlatToml(text: string): Map<string, Map<string, string>> {
  const tables = new Map<string, Map<string, string>>([["", new Map()]]);
  let table = tables.get("")!;
  for (const line of text.replace(/^\uFEFF/, "").split(/\r?\n/)) {
    const header = /^\s*\[([^[\]]+)\]\s*(?:#.*)?$/.exec(line);
    if (header) {
      const name = unquoted(header[1]!.trim());
      table = tables.get(name) ?? new Map();
      tables.set(name, table);
      continue;
    }
    const member =
      /^\s*("[^"]*"|'[^']*'|[\w-]+)\s*=\s*("(?:[^"\\]|\\.)*"|'[^']*')\s*(?:#.*)?$/
        .exec(line);
    if (member) table.set(unquoted(member[1]!), unquoted(member[2]!));
  }
  return tables;
}

/** The text of a basic or literal string, or of a bare word. */
function unquoted(text: string): string {
  if (text.startsWith("'")) return text.slice(1, -1);
  if (!text.startsWith('"')) return text;
  try {
    // The escapes of TOML that JSON has not are none that a key needs.
    return String(JSON.parse(text));
  } catch {
    return text.slice(1, -1);
  }
}
