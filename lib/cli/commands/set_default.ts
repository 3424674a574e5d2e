import { setDefaultConnection } from "../../broker/set_default_connection.ts";
import { argument, defineCommand } from "../kit/define_command.ts";

/** `set-default <provider> <connection>`. */
export default defineCommand<
  Record<never, never>,
  [provider: string, connection: string]
>({
  description:
    "The proxy and the library use the default connection unless told otherwise.",
  examples: [["authsome set-default github work", "use work from now on"]],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        argument("Name of the provider", "provider", "provider"),
        argument("Name of the connection", "connection", "connection"),
      ],
    },
  },

  async run(context, _flags, provider, connection) {
    const broker = await context.broker();
    await setDefaultConnection(broker, provider, connection);
    if (context.output.asJson) {
      context.output.json({ provider, default_connection: connection });
    } else context.output.say(`The default of ${provider} is "${connection}".`);
  },
});
