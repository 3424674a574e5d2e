/** Where sections and keys of an INI text are (`~/.aws/config`, `pip.conf`). Pure. @module */
import { bare, linesOf } from "./marked_lines.ts";

/** A section. */
export interface IniSection {
  name: string;
  /** Index of the line of its header. */
  at: number;
  /** Its keys in lower case, with their first line and how many they have. */
  keys: Map<string, { at: number; length: number; value: string }>;
}

/** The sections of `text` in their order. Lines before the first are of none. */
export function iniSections(text: string): IniSection[] {
  const sections: IniSection[] = [];
  let key: { at: number; length: number; value: string } | undefined;
  linesOf(text).forEach((line, at) => {
    const plain = bare(line);
    const header = /^\s*\[([^\]]*)\]/.exec(plain);
    if (header) {
      sections.push({ name: header[1]!.trim(), at, keys: new Map() });
      key = undefined;
      return;
    }
    if (/^\s*(?:[#;]|$)/.test(plain)) return;
    if (/^\s/.test(plain) && key) {
      // A value may go on below.
      key.length = at - key.at + 1;
      return;
    }
    const [, name, value] = /^\s*([^=:]+?)\s*[=:]\s*(.*?)\s*$/.exec(plain) ??
      [];
    const section = sections.at(-1);
    if (name === undefined || !section) return;
    key = { at, length: 1, value: value! };
    section.keys.set(name.toLowerCase(), key);
  });
  return sections;
}
