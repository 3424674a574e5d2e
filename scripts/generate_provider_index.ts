/**
 * Writes `providers/mod.ts`: every definition as one line of text, so that a program reads one without the disk and
 * pays for the one that it asks for. Run by `deno task providers`.
 *
 * @module
 */
const FOLDER = new URL("../providers/", import.meta.url);

/** The text of `providers/mod.ts` for the definitions that lie there now. */
export async function providerIndex(): Promise<string> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(FOLDER)) {
    if (entry.name.endsWith(".json") && entry.name !== "schema.json") {
      names.push(entry.name.slice(0, -".json".length));
    }
  }
  const lines: string[] = [];
  for (const name of names.sort()) {
    const { $schema: _, ...definition } = JSON.parse(
      await Deno.readTextFile(new URL(`${name}.json`, FOLDER)),
    );
    lines.push(
      `  ${JSON.stringify(name)}: ${quoted(JSON.stringify(definition))},`,
    );
  }
  return `// Generated from the definitions beside it by \`deno task providers\`. Do not edit.
// deno-fmt-ignore-file
const TEXTS: Record<string, string> = {
${lines.join("\n")}
};

/** The definitions that come with the program. */
export const bundledProviders: {
  readonly names: readonly string[];
  text(name: string): string | undefined;
} = {
  names: Object.keys(TEXTS),
  text: (name) => Object.hasOwn(TEXTS, name) ? TEXTS[name] : undefined,
};
`;
}

/** `text` as a literal; single quotes, since JSON is full of double ones. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}

if (import.meta.main) {
  await Deno.writeTextFile(new URL("mod.ts", FOLDER), await providerIndex());
}
