import {
  defineCommand,
  option,
  optionalArgument,
} from "../../kit/define_command.ts";

interface Flags {
  policyFile?: string;
}

/** `policy check`: what the rules would have done. */
export default defineCommand<Flags, [log?: string]>({
  description:
    "Shows what the rules as they are now would have done to each request of the audit log. The log has neither queries nor bodies: what only they say counts as unknown, and is refused.",
  examples: [
    ["authsome policy check", "try new rules on what was done"],
    [
      "authsome policy check --policy-file new.json",
      "with rules that do not hold yet",
    ],
    ["authsome policy check audit-copy.log", "on a copy of a log"],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        optionalArgument("A copy of an audit log", "log", "file"),
      ],
    },
    flags: {
      policyFile: option("With the rules of this file too", "file", "file"),
    },
  },

  async run(context, flags, log) {
    const { checkPolicy } = await import("./run_policy_check.ts");
    await checkPolicy(context, flags.policyFile, log);
  },
});
