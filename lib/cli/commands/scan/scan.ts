import type { ScanFlags } from "./run_scan.ts";
import { defineCommand, option, options, toggle } from "../../kit/command.ts";

/** `scan`: compares `.env` files and the environment with the vault. */
export default defineCommand<ScanFlags>({
  description:
    "Reads .env, .env.* (no examples or templates) of this folder and the environment, and says of each provider's variable: env_only, authsome_only, match, different or both_missing. Values are never printed, and nothing in a file is run or expanded.",
  examples: [
    ["authsome scan", "what is where"],
    ["authsome scan --import", "keep the keys that are only here"],
    ["authsome scan --import --rewrite", "and take them out of the files"],
    ["authsome scan --file ../api/.env --json", "one other file"],
  ],
  parameters: {
    flags: {
      provider: option("Only this provider", "name", "provider"),
      file: options(
        "Read this file, and not the environment",
        "path",
        "file",
      ),
      import: toggle("Keep API keys that authsome does not have"),
      connection: option("Compare with, and import as, this one", "name"),
      rewrite: toggle("Then replace them in the files by the placeholder"),
      force: toggle("Also import keys that differ from the kept ones"),
      yes: toggle("Do not ask"),
    },
  },

  async run(context, flags) {
    const { runScan } = await import("./run_scan.ts");
    await runScan(context, flags);
  },
});
