import type { ImportFlags } from "./run_import.ts";
import { SOURCES } from "../../../import/sources.ts";
import {
  defineCommand,
  option,
  optionalArgument,
  toggle,
} from "../../kit/define_command.ts";

/** `import <source>`: takes over credentials of other programs. */
export default defineCommand<ImportFlags, [source?: string]>({
  description:
    "Copies credentials from another program into the vault; that program keeps its own. Only the source that you name is read; without one, a terminal shows a list to choose from. Sources: " +
    Object.entries(SOURCES).map(([name, { brief }]) => `${name} (${brief})`)
      .join("; ") +
    ".",
  examples: [
    ["authsome import gh --dry-run", "show what would be imported"],
    ["authsome import gh", "import it"],
    ["authsome import", "choose from a list, at a terminal"],
    ["authsome import codex --connection work", "under another name"],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        optionalArgument("Program to import from", "source", "source"),
      ],
    },
    flags: {
      dryRun: toggle("Show what would be imported, secrets redacted"),
      path: option("Read this file or folder", "path", "file"),
      provider: option("Only for this provider", "name", "provider"),
      connection: option("Name of the connection", "name"),
      force: toggle("Replace working connections"),
      noVerify: toggle("Do not ask the providers whose they are"),
      yes: toggle("Do not ask for confirmation"),
    },
  },

  async run(context, flags, source) {
    const { runImport } = await import("./run_import.ts");
    await runImport(context, flags, source);
  },
});
