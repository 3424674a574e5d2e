/**
 * Writes four modules, so that a program reads no file and pays for what it asks for. Run by `deno task providers`.
 *
 * - `providers/mod.ts`: every definition as one line of text, but for its operations.
 * - `providers/operations.ts`: those, which only rules ask for.
 * - `providers/summaries.ts`: what a list says of each.
 * - `lib/provider/secret/key_prefixes.ts`: how the keys of each begin.
 *
 * @module
 */
import type { ProviderDefinition } from "../lib/provider/definition.ts";
import { secretVariables } from "../lib/run/child_env.ts";
import { keyShapes } from "../lib/provider/secret/key_shape.ts";

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
    "operations.ts": operations(definitions),
    "summaries.ts": summaries(definitions),
    "../lib/provider/secret/key_prefixes.ts": prefixes(definitions),
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
      // Where the facts come from is for the documentation.
      const { $schema: _, sources: _sources, ...definition } = JSON.parse(
        await Deno.readTextFile(new URL(`${name}.json`, FOLDER)),
      );
      return definition;
    }),
  );
}

function texts(definitions: ProviderDefinition[]): string {
  const lines = definitions.map(({ operations: _, ...definition }) =>
    `  ${JSON.stringify(definition.name)}: ${
      quoted(JSON.stringify(definition))
    },`
  );
  const variables = [...new Set(definitions.flatMap(secretVariables))].sort();
  return `${HEAD}const TEXTS: Record<string, string> = {
${lines.join("\n")}
};

/** The definitions that come with the program. */
export const bundledProviders: {
  readonly names: readonly string[];
  text(name: string): string | undefined;
  readonly secretVariables: readonly string[];
} = {
  names: Object.keys(TEXTS),
  text: (name) => Object.hasOwn(TEXTS, name) ? TEXTS[name] : undefined,
  // So that a run, which takes all of them away, reads no definition for it.
  secretVariables: ${JSON.stringify(variables.join(" "))}.split(" "),
};
`;
}

function operations(definitions: ProviderDefinition[]): string {
  const lines = definitions.flatMap(({ name, operations }) =>
    operations
      ? [`  ${JSON.stringify(name)}: ${quoted(withoutSources(operations))},`]
      : []
  );
  return `${HEAD}const TEXTS: Record<string, string> = {
${lines.join("\n")}
};

/** What the definitions that come with the program say of operations, as JSON text. */
export const bundledOperations = (name: string): string | undefined =>
  Object.hasOwn(TEXTS, name) ? TEXTS[name] : undefined;
`;
}

/** Where the facts come from is for the documentation. */
function withoutSources(operations: object): string {
  return JSON.stringify(
    operations,
    (key, value) =>
      key === "source" && typeof value === "string" ? undefined : value,
  );
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

/** Beginnings that say nothing of whose key it is: a JWT, and words that many use. */
const COMMON = ["eyJ", "key-", "key_", "KEY", "api-", "api_", "secret_", "pk_"];
/** Beginnings that a pattern does not tell: it has others too. */
const LONGER: Readonly<Record<string, string>> = {
  "AIza": "google-gemini",
  "sk-admin-": "openai",
  "sk-proj-": "openai",
  "sk-svcacct-": "openai",
};
/** A shorter one begins other keys by chance. */
const MIN_PREFIX = 3;

function prefixes(definitions: ProviderDefinition[]): string {
  const owners = new Map(
    Object.entries(LONGER).map(([prefix, name]) => [prefix, [name]]),
  );
  for (const { name, api_key } of definitions) {
    const shapes = keyShapes(api_key?.key_pattern ?? "");
    for (const prefix of new Set(shapes.map(({ prefix }) => prefix))) {
      if (prefix.length < MIN_PREFIX || COMMON.includes(prefix)) continue;
      owners.set(prefix, [...owners.get(prefix) ?? [], name]);
    }
  }
  const lines = [...owners].sort(([a], [b]) => a < b ? -1 : 1)
    .map(([prefix, names]) =>
      `  ${JSON.stringify(prefix)}: ${JSON.stringify(names)},`
    );
  return `${HEAD.replace("beside it", "in `providers/`")}
/** Names of the bundled providers whose keys begin so, by that beginning. */
export const KEY_PREFIXES: Readonly<Record<string, readonly string[]>> = {
${lines.join("\n")}
};
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
