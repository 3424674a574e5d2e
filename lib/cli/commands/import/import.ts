import type { ImportFlags } from "./run_import.ts";
import { SOURCES } from "../../../import/sources.ts";
import { argument, defineCommand, option, toggle } from "../../kit/command.ts";

/** `import <source>`: takes over credentials of other programs. */
export default defineCommand<ImportFlags, [source: string]>({
  description:
    "Copies credentials of another program into the vault; that program keeps its own. Nothing is read unless it is named. Sources: " +
    Object.entries(SOURCES).map(([name, { brief }]) => `${name} (${brief})`)
      .join("; ") +
    ".",
  examples: [
    ["authsome import gh --dry-run", "what would be taken?"],
    ["authsome import gh", "take it"],
    ["authsome import codex --connection work", "under another name"],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [argument("The program", "source", "source")],
    },
    flags: {
      dryRun: toggle("Only show what would be taken, secrets redacted"),
      path: option("Read this file or folder", "path", "file"),
      provider: option("Only for this provider", "name", "provider"),
      connection: option("Name of the connection", "name"),
      force: toggle("Replace connections that work"),
      yes: toggle("Do not ask"),
    },
  },

  async run(context, flags, source) {
    const { runImport } = await import("./run_import.ts");
    await runImport(context, flags, source);
  },
});
