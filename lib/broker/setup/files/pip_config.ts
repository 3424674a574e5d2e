/** `keyring-provider` in `pip.conf`: pip asks a program named `keyring` for passwords. Pure. @module */
import { iniSections } from "./ini_sections.ts";
import { linesOf, withMarked, withoutMarked } from "./marked_lines.ts";

const LINE = "keyring-provider = subprocess";

/** The text with it. */
export function withKeyringProvider(text: string, path: string): string {
  const plain = withoutMarked(text, "pip", path);
  // A section that is there twice is an error for pip.
  const section = iniSections(plain).find(({ name }) => name === "global");
  const key = section?.keys.get("keyring-provider");
  if (key?.value === "subprocess") return plain;
  return withMarked(plain, "pip", [
    section === undefined
      ? { at: linesOf(plain).length, lines: ["[global]", LINE] }
      : key === undefined
      ? { at: section.at + 1, lines: [LINE] }
      : { at: key.at, instead: key.length, lines: [LINE] },
  ]);
}
