import { argument, defineCommand } from "../../kit/define_command.ts";

/** `approve deny <id>`. */
export default defineCommand<Record<never, never>, [id: string]>({
  description:
    "The command gets a refusal that says so. The beginning of the id is enough.",
  examples: [["authsome approve deny k3Jx", "refuse the request"]],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [argument("Id of a request", "id")],
    },
  },

  async run(context, _flags, id) {
    const { denyOne } = await import("./review_requests.ts");
    await denyOne(context, id);
  },
});
