import {
  choice,
  defineCommand,
  option,
  optionalArgument,
  toggle,
} from "../command.ts";

/** The flags of `explain`. */
export interface ExplainFlags {
  last?: boolean;
  method?: string;
  policy?: "open" | "deny";
}

/** `explain <url>`: what a request would meet behind the proxy. */
export default defineCommand<ExplainFlags, [url?: string]>({
  description:
    "Says which connection a request of authsome run would get and where the credential goes, or why it gets none. Nothing is sent, and no secret is shown.",
  examples: [
    ["authsome explain https://api.github.com/user", "who answers for it?"],
    ["authsome explain --last", "what happened to the last request?"],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [optionalArgument("Address of the request", "url")],
    },
    flags: {
      last: toggle("The last request in the audit log"),
      method: option("Method of the request (default GET)", "method"),
      policy: choice("What happens to hosts without a connection", [
        "open",
        "deny",
      ]),
    },
  },

  async run(context, flags, url) {
    const { runExplain } = await import("../explain.ts");
    await runExplain(context, flags, url);
  },
});
