import { defineCommand } from "../../kit/define_command.ts";

/** `policy accept`: takes the rules as they are. */
export default defineCommand({
  description:
    "Takes policy.json as it is now. A run without a sandbox keeps the rules that it began with until you do, since its command could have changed the file. Not possible beneath authsome run.",
  examples: [["authsome policy accept", "after you changed policy.json"]],
  parameters: {},

  async run(context) {
    const { acceptPolicy } = await import(
      "../../../broker/policy/accept_policy.ts"
    );
    const { counted } = await import("../../../text.ts");
    const file = await acceptPolicy(await context.broker());
    const { output } = context;
    if (output.asJson) {
      output.json({ path: file?.path ?? null, digest: file?.digest ?? null });
      return;
    }
    output.say(
      file
        ? `Accepted: ${
          counted(file.policy.rules.length, "rule")
        } for everything, in ${file.path}.`
        : "Accepted: there is no policy.json.",
    );
  },
});
