import type { TestFlags } from "./run_policy_test.ts";
import { argument, defineCommand, option } from "../../kit/define_command.ts";

/** `policy test`: which rule decides about a request. */
export default defineCommand<TestFlags, [method: string, url: string]>({
  description:
    "Shows which rule decides about a request under authsome run, and which operation it is. Nothing is sent and nobody is asked. Exit code 4 if it would be refused, or a person asked first.",
  examples: [
    [
      "authsome policy test POST https://api.github.com/repos/me/site/issues",
      "may an agent open an issue?",
    ],
    [
      "authsome policy test POST https://api.github.com/graphql --body query.json",
      "the body says the operation",
    ],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        argument("Method of the request", "method"),
        argument("URL of the request", "url"),
      ],
    },
    flags: {
      body: option("File with the body; - for stdin", "file", "file"),
      type: option("Content-Type of the body (default: JSON)", "type"),
      provider: option(
        "Whose credential it would get (default: as in authsome run)",
        "name",
        "provider",
      ),
      connection: option("By which connection", "name", "connection"),
      policyFile: option("With the rules of this file too", "file", "file"),
    },
  },

  async run(context, flags, method, url) {
    const { testPolicy } = await import("./run_policy_test.ts");
    await testPolicy(context, flags, method, url);
  },
});
