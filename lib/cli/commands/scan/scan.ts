import type { ScanFlags } from "./run_scan.ts";
import {
  defineCommand,
  option,
  options,
  toggle,
} from "../../kit/define_command.ts";

/** `scan`: compares `.env` files and the environment with the vault. */
export default defineCommand<ScanFlags>({
  description:
    "Reads .env and .env.* in this folder (except examples and templates) and the environment, and reports each provider's variable as env_only, authsome_only, match, different, reference or both_missing. Values are never printed, and nothing in a file is run or expanded. Of references to secret managers (op://…, vault:…) --import makes connections that are read from there. Other references (${NAME}), examples (changeme, sk-…) and values that programs read differently (an unquoted #) are left out, with the reason; at a terminal --import asks about the last.",
  examples: [
    ["authsome scan", "compare this folder with the vault"],
    ["authsome scan --import", "import the keys that are not in the vault"],
    ["authsome scan --import --rewrite", "and replace them in the files"],
    ["authsome scan --shred", "shred the clear copies of the old files"],
    ["authsome scan --file ../api/.env --json", "another file"],
  ],
  parameters: {
    flags: {
      provider: option("Only this provider", "name", "provider"),
      file: options(
        "Read this file, not the environment",
        "path",
        "file",
      ),
      import: toggle("Import API keys that are not in the vault"),
      connection: option("Compare with and import as this connection", "name"),
      rewrite: toggle("Also replace them in the files with placeholders"),
      shred: toggle(
        "Overwrite and delete the copies that --rewrite keeps of the old files",
      ),
      force: toggle("Also import keys that differ from the stored ones"),
      yes: toggle("Do not ask for confirmation"),
    },
  },

  async run(context, flags) {
    const { runScan } = await import("./run_scan.ts");
    await runScan(context, flags);
  },
});
