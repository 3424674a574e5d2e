import { waitingApprovals } from "../../../broker/approval/waiting_approvals.ts";
import type { WaitingApproval } from "../../../approval/channel.ts";
import { defined } from "../../../object.ts";
import { defineCommand } from "../../kit/define_command.ts";
import { rfc3339 } from "../../kit/time.ts";
import { requestLines } from "./request_lines.ts";

/** `approve list`. */
export default defineCommand<Record<never, never>>({
  description: "Shows the requests of every run that wait for a person.",
  examples: [["authsome approve list --json", "for a script"]],
  parameters: {},

  async run(context) {
    const { output } = context;
    const broker = await context.broker();
    const waiting = await waitingApprovals(broker);
    if (output.asJson) return output.json({ requests: waiting.map(asJson) });
    if (waiting.length === 0) return output.say("Nothing waits for an answer.");
    output.data(
      waiting.map((each) =>
        requestLines(each, broker.clock.now(), context.width).join("\n")
      ).join("\n\n"),
    );
  },
});

function asJson(
  { at, expires, operations, body, asked, ...request }: WaitingApproval,
) {
  return defined({
    ...request,
    asked_at: rfc3339(at),
    expires_at: rfc3339(expires),
    operations,
    body: body && defined(body),
    channels: asked,
  });
}
