/**
 * Writes two modules, so that a program reads no file and pays for what it asks for. Run by `deno task providers`.
 *
 * - `providers/mod.ts`: every definition as one line of text.
 * - `providers/summaries.ts`: what a list says of each.
 *
 * @module
 */
import type { ProviderDefinition } from "../lib/provider/definition.ts";

const FOLDER = new URL("../providers/", import.meta.url);

const HEAD =
  `// Generated from the definitions beside it by \`deno task providers\`. Do not edit.
// deno-fmt-ignore-file
`;

/** The texts of the modules, by file name, for the definitions that lie there now. */
export async function providerIndex(): Promise<Record<string, string>> {
  const definitions = await readDefinitions();
  return {
    "mod.ts": texts(definitions),
    "summaries.ts": summaries(definitions),
  };
}

async function readDefinitions(): Promise<ProviderDefinition[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(FOLDER)) {
    if (entry.name.endsWith(".json") && entry.name !== "schema.json") {
      names.push(entry.name.slice(0, -".json".length));
    }
  }
  return await Promise.all(
    names.sort().map(async (name) => {
      const { $schema: _, ...definition } = JSON.parse(
        await Deno.readTextFile(new URL(`${name}.json`, FOLDER)),
      );
      return definition;
    }),
  );
}

function texts(definitions: ProviderDefinition[]): string {
  const lines = definitions.map((definition) =>
    `  ${JSON.stringify(definition.name)}: ${
      quoted(JSON.stringify(definition))
    },`
  );
  return `${HEAD}const TEXTS: Record<string, string> = {
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

function summaries(definitions: ProviderDefinition[]): string {
  const lines = definitions.map(({ name, display_name, auth_type, category }) =>
    `  ${JSON.stringify({ name, display_name, auth_type, category })},`
  );
  return `${HEAD}import type { ProviderSummary } from "../lib/provider/definition.ts";

/** What a list says of each definition that comes with the program, by name. */
export const bundledSummaries: readonly ProviderSummary[] = [
${lines.join("\n")}
];
`;
}

/** `text` as a literal; single quotes, since JSON is full of double ones. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}

if (import.meta.main) {
  for (const [file, text] of Object.entries(await providerIndex())) {
    await Deno.writeTextFile(new URL(file, FOLDER), text);
  }
}
