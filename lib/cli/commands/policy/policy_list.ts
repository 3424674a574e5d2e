import { defineCommand, option } from "../../kit/define_command.ts";

interface Flags {
  policyFile?: string;
}

/** `policy list`: the rules that hold here. */
export default defineCommand<Flags>({
  description:
    "Shows the rules that hold for the profile in this folder, those that deny first, and what of them can do nothing.",
  examples: [
    ["authsome policy list", "what may an agent do here?"],
    ["authsome policy list --profile work", "in another profile"],
  ],
  parameters: {
    flags: {
      policyFile: option("With the rules of this file too", "file", "file"),
    },
  },

  async run(context, flags) {
    const { listPolicy } = await import("./run_policy_list.ts");
    await listPolicy(context, flags.policyFile);
  },
});
