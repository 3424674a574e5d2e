import { liveRuns } from "../../../broker/runs/live_runs.ts";
import { defineCommand } from "../../kit/define_command.ts";
import { table } from "../../kit/table.ts";
import { relativeTime, rfc3339 } from "../../kit/time.ts";

/** `runs list`: the live runs. */
export default defineCommand<Record<never, never>>({
  description:
    "Shows the commands that run behind the proxy now: the program without its arguments, its folder and the providers that take part, of all profiles.",
  examples: [["authsome runs list", "what runs now"]],
  parameters: {},

  async run(context) {
    const { output } = context;
    const broker = await context.broker();
    const runs = await liveRuns(broker);
    if (output.asJson) {
      output.json({
        runs: runs.map((run) => ({
          id: run.id,
          pid: run.pid,
          program: run.program,
          folder: run.folder,
          since: rfc3339(run.since),
          profile: run.profile,
          providers: run.providers,
          sandbox: run.sandbox,
          read_only: run.readOnly,
        })),
      });
      return;
    }
    if (runs.length === 0) return output.say("No run is live.");
    const now = broker.clock.now();
    output.styled(
      table(
        [
          ["ID", "PROGRAM", "SINCE", "PROFILE", "PROVIDERS", "MODE", "FOLDER"],
          ...runs.map((run) => [
            run.id,
            run.program,
            relativeTime(run.since, now),
            run.profile,
            run.providers.join(", ") || "-",
            [run.sandbox && "sandbox", run.readOnly && "read-only"]
              .filter(Boolean).join(", ") || "-",
            run.folder,
          ]),
        ],
        context.width,
      ),
    );
  },
});
