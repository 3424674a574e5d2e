import { defineCommand, toggle } from "../kit/define_command.ts";
import type { ScanFlags } from "./scan/run_scan.ts";

/** `onboard`: `init`, then `scan --import`. */
export default defineCommand<Pick<ScanFlags, "rewrite" | "yes">>({
  description: "The same as: authsome init, then authsome scan --import.",
  examples: [["authsome onboard", "start in a folder with a .env file"]],
  parameters: {
    flags: {
      rewrite: toggle("Also replace them in the files with the placeholder"),
      yes: toggle("Do not ask for confirmation"),
    },
  },

  async run(context, flags) {
    const [{ default: init }, { runScan }] = await Promise.all([
      import("./init.ts"),
      import("./scan/run_scan.ts"),
    ]);
    // One object of JSON is the scan's.
    if (context.output.asJson) await (await context.broker()).vault();
    else await init.run(context, {});
    await runScan(context, { ...flags, import: true });
  },
});
