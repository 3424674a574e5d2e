import { defineCommand } from "../kit/define_command.ts";

/** `init`: makes the home and says so. */
export default defineCommand<Record<never, never>>({
  description:
    "Every command does this when needed; init only reports what it did.",
  examples: [["authsome init", "create ~/.authsome, or $AUTHSOME_HOME"]],
  parameters: {},

  async run(context) {
    const { output } = context;
    const broker = await context.broker();
    const existed = await broker.runtime.configFile.read() !== undefined;
    await broker.vault();
    if (output.asJson) {
      output.json({ home: broker.home, created: !existed });
    } else {
      output.data(broker.home);
      output.say(
        existed
          ? "The home was there already; nothing was changed."
          : "Made the home, its master key and its vault.",
      );
    }
  },
});
