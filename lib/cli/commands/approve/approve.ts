import type { ApprovalScope } from "../../../policy/approver.ts";
import {
  choice,
  defineCommand,
  optionalArgument,
  toggle,
} from "../../kit/define_command.ts";

interface Flags {
  for?: Exclude<ApprovalScope, "once">;
  watch?: boolean;
}

/** `approve`: answers requests that wait for a person. */
export default defineCommand<Flags, [id: string | undefined]>({
  description:
    "Shows each request that a rule asks about, and takes one key: y allows it once, t requests like it for ten minutes, " +
    "r for this run, a for good (as a rule in policy.json), n denies it, s goes on to the next. With an id, as " +
    "approve list shows it or its beginning, allows that request. The command of a run cannot answer. Exit code 3: no " +
    "such request waits; 4: it was answered already, or this process may not answer.",
  examples: [
    ["authsome approve", "what waits, one after the other"],
    ["authsome approve --watch", "stay, and ask as requests come"],
    ["authsome approve k3Jx --for 10m", "allow the one whose id begins so"],
  ],
  parameters: {
    flags: {
      for: choice(
        "Allow requests like it for longer than once",
        ["10m", "run", "always"],
      ),
      watch: toggle("Wait for further requests until Ctrl-C"),
    },
    positional: {
      kind: "tuple",
      parameters: [optionalArgument("Id of a request", "id")],
    },
  },

  async run(context, flags, id) {
    const { allowOne, reviewAll } = await import("./review_requests.ts");
    return id === undefined
      ? await reviewAll(context, flags)
      : await allowOne(context, id, flags);
  },
});
