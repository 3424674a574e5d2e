import { stopRun } from "../../../broker/runs/live_runs.ts";
import { argument, defineCommand } from "../../kit/define_command.ts";

/** `runs stop <id>`: ends a run. */
export default defineCommand<Record<never, never>, [id: string]>({
  description:
    "Ends the command of a live run as Ctrl-C in its terminal does; if it does not end, as kill does, and then as a closed terminal does. The run removes its proxy and certificates, and exits with the code of its command. A command of a run cannot do this.",
  examples: [
    ["authsome runs stop 3f9a62c1d07be845", "the id is in runs list"],
    ["authsome runs stop 3f9a", "the beginning is enough if one run has it"],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [argument("Id of the run, from runs list", "id")],
    },
  },

  async run(context, _flags, id) {
    const { output } = context;
    const broker = await context.broker();
    const { run, ended } = await stopRun(broker, id);
    if (output.asJson) output.json({ id: run.id, ended });
    else if (ended) output.say(`Stopped ${run.program} (${run.id}).`);
    else {
      output.warn(
        `${run.program} (${run.id}) was told to end and has not yet. See: authsome runs list`,
      );
    }
  },
});
