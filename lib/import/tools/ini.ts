/** Reads INI files as the programs of this folder write theirs. @module */

/** The keys of each section, in lower case, with their values; the last one counts. Lines that continue one are left out. */
export function parseIni(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  for (const line of text.replace(/^\uFEFF/, "").split(/\r?\n/)) {
    const header = /^\[([^\]]*)\]\s*(?:[#;].*)?$/.exec(line);
    if (header) {
      const name = header[1]!.trim();
      section = sections.get(name) ?? new Map();
      sections.set(name, section);
      continue;
    }
    // What is indented belongs to the value above.
    const member = /^([^\s#;=:][^=:]*?)\s*[=:]\s*(.*?)\s*$/.exec(line);
    if (member) section?.set(member[1]!.toLowerCase(), member[2]!);
  }
  return sections;
}
