import { defineCommand, option, toggle } from "../../kit/define_command.ts";

interface Flags {
  run?: string;
  last?: boolean;
}

/** `policy learn`: rules of what a run did. */
export default defineCommand<Flags>({
  description:
    "Prints the smallest set of rules that allows what a run did and denies everything else, made of the audit log. It is only shown: read it, then add what you want by authsome policy edit.",
  examples: [
    ["authsome policy learn --last", "of the last run"],
    ["authsome policy learn --run 8c0fb2ab3f1d6e07", "of another one"],
  ],
  parameters: {
    flags: {
      run: option("The id of the run, as the audit log has it", "id"),
      last: toggle("The last run that the audit log has (the default)"),
    },
  },

  async run(context, flags) {
    const { learnPolicy } = await import("./run_policy_learn.ts");
    await learnPolicy(context, flags.run, flags.last ?? false);
  },
});
