/** Pieces of Markdown; `deno fmt` makes them neat. @module */

/** `text` as code; never with a backtick inside. */
export function code(text: string): string {
  if (text.includes("`")) throw new Error(`backtick in ${text}`);
  return `\`${text}\``;
}

/** `texts` as code, separated by commas; a dash for none. */
export function codes(texts: readonly string[]): string {
  return texts.length > 0 ? texts.map(code).join(", ") : "—";
}

/** `texts` as prose: `a, b or c`. */
export function enumerate(
  texts: readonly string[],
  word: "or" | "and",
): string {
  const last = texts.at(-1) ?? "";
  if (texts.length < 2) return last;
  return `${texts.slice(0, -1).join(", ")} ${word} ${last}`;
}

/** Plain text with the characters escaped that would mean something. */
export function plain(text: string): string {
  return text.replace(/[\\`*_<>[\]|]/g, "\\$&");
}

/** Prose that may hold URLs and flags: both as code, the rest plain. */
export function prose(text: string): string {
  const url = "https://[^\\s,;()]*[^\\s,;().]";
  const pattern = new RegExp(`(--[a-z][a-z-]*(?: ${url})?|${url})`);
  return text.split(pattern).map(
    (part, at) => at % 2 === 1 ? code(part) : plain(part),
  ).join("");
}

/** A table; cells hold Markdown. */
export function table(rows: readonly (readonly string[])[]): string {
  const line = (row: readonly string[]) => `| ${row.join(" | ")} |`;
  // A pipe ends a cell even inside code.
  const cells = rows.map((row) =>
    row.map((cell) => cell.replaceAll(/(?<!\\)\|/g, "\\|"))
  );
  return [
    line(cells[0]!),
    line(cells[0]!.map(() => "---")),
    ...cells.slice(1).map(line),
  ].join("\n");
}

/** A block of code. */
export function block(language: string, ...lines: string[]): string {
  return ["```" + language, ...lines, "```"].join("\n");
}

/** The pages, by name, as `deno fmt` leaves them. */
export async function formatted(
  pages: ReadonlyMap<string, string>,
): Promise<Map<string, string>> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, text] of pages) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["fmt", "--no-config", "--quiet", folder],
    }).output();
    if (!success) throw new Error("deno fmt failed");
    const read = [...pages.keys()].map(async (name) =>
      [name, await Deno.readTextFile(`${folder}/${name}`)] as const
    );
    return new Map(await Promise.all(read));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
