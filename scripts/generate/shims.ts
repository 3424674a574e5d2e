/**
 * Writes `lib/run/shims/shim_sources.ts`: the files of the helpers as text, so that a bundle has them and reads no file.
 *
 * @module
 */
const FOLDER = new URL("../../lib/run/shims/", import.meta.url);

/** The text of the module, for the files that lie there now. */
export function shimSources(): string {
  const lines = sources("").map((path) =>
    `  ${JSON.stringify(path)}: ${
      JSON.stringify(Deno.readTextFileSync(new URL(path, FOLDER)))
    },`
  );
  return `// Generated from the files in the folders beside it by scripts/generate/shims.ts. Do not edit.
// deno-fmt-ignore-file
/** The files of the helpers, by their path. */
export const SOURCES = {
${lines.join("\n")}
} as const;
`;
}

/** Files in folders; modules of the program lie beside the folders. */
function sources(folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder || ".", FOLDER))]
    .flatMap(({ name, isDirectory }) =>
      isDirectory
        ? sources(`${folder}${name}/`)
        // Sources in Java are compiled: see java_agent.ts.
        : folder === "" || name.endsWith(".java")
        ? []
        : `${folder}${name}`
    ).sort();
}

if (import.meta.main) {
  Deno.writeTextFileSync(new URL("shim_sources.ts", FOLDER), shimSources());
}
