import { defineCommand } from "../../kit/define_command.ts";

/** `policy edit`: changes the rules. */
export default defineCommand({
  description:
    "Opens a copy of policy.json in the editor that VISUAL or EDITOR names, and replaces the file once the copy is valid. Running commands get the new rules from their next request on. Not possible beneath authsome run.",
  examples: [["authsome policy edit", "make or change rules"]],
  parameters: {},

  async run(context) {
    const { editPolicy } = await import("./run_policy_edit.ts");
    await editPolicy(context);
  },
});
