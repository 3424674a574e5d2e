import type { ExplainFlags } from "./run_explain.ts";
import { AGENT_NAMES } from "../../../sandbox/agents/agent_names.ts";
import {
  choice,
  defineCommand,
  option,
  optionalArgument,
  toggle,
} from "../../kit/define_command.ts";
import { CONNECTION_FLAGS, POLICY_FLAG } from "../../kit/connection_flags.ts";
import { RULE_FLAGS } from "../../kit/rule_flags.ts";

/** `explain <url>`: what a request would meet behind the proxy. */
export default defineCommand<ExplainFlags, [url?: string]>({
  description:
    "Shows which connection a request under authsome run would use and where the credential goes, or why it gets none. --only, --connection, --allow-minting, --policy, --read-only, --policy-file and --max-usd work as in authsome run. Nothing is sent, and no secret is shown.",
  examples: [
    [
      "authsome explain https://api.github.com/user",
      "which credential would it get?",
    ],
    ["authsome explain --agent claude", "what may it write in a sandbox?"],
    ["authsome explain --last", "what happened to the last request?"],
    [
      "authsome explain --connection github=work https://api.github.com/user",
      "as in a run with another account",
    ],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [optionalArgument("URL of the request", "url")],
    },
    flags: {
      last: toggle("Explain the last request in the audit log"),
      method: option("Method of the request (default GET)", "method"),
      ...CONNECTION_FLAGS,
      policy: POLICY_FLAG,
      ...RULE_FLAGS,
      agent: choice(
        "Explain instead what this agent may write in a sandbox",
        AGENT_NAMES,
      ),
    },
  },

  async run(context, flags, url) {
    if (flags.agent !== undefined) {
      const { explainAgent } = await import("./explain_agent.ts");
      return await explainAgent(context, flags.agent, url);
    }
    const { runExplain } = await import("./run_explain.ts");
    await runExplain(context, flags, url);
  },
});
