import { exportCredentials } from "../../broker/export_credentials.ts";
import {
  choice,
  defineCommand,
  option,
  optionalArgument,
} from "../kit/define_command.ts";
import {
  EXPORT_FORMATS,
  type ExportFormat,
  formatVariables,
} from "../kit/shell.ts";

interface Flags {
  connection?: string;
  format?: ExportFormat;
}

/** `export [provider]`: access tokens and API keys as variables. */
export default defineCommand<Flags, [provider?: string]>({
  description:
    "Prints the access token or API key, refreshed if necessary; never a refresh token. Without a provider, exports every connected one. Agents do not need this command: see authsome run.",
  examples: [
    ['eval "$(authsome export github)"', "into this shell"],
    ["authsome export github --format fish | source", "into fish"],
    ["authsome export --format dotenv", "every provider, as a .env file"],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        optionalArgument("Name of the provider", "provider", "provider"),
      ],
    },
    flags: {
      connection: option("Which connection", "name", "connection"),
      format: choice("Output format (default env)", EXPORT_FORMATS),
    },
  },

  async run(context, flags, provider) {
    const { output } = context;
    let text = "";
    const { connections: exported } = await exportCredentials(
      await context.broker(),
      {
        provider,
        connection: flags.connection,
        warn: (message) => output.warn(message),
        failed(error) {
          context.exitCode ||= error.exitCode;
          output.warn(`${error.message}. ${error.hint}`);
        },
        // A value that cannot be written is not exported.
        check: (variables) =>
          text = formatVariables(variables, flags.format ?? "env"),
      },
    );
    if (output.asJson) {
      output.json({
        exported: exported.map(({ provider, connection, variables }) => ({
          provider,
          connection_name: connection,
          variables,
        })),
      });
    } else output.raw(text);
    if (exported.length === 0) {
      output.say(
        "Nothing is connected. Connect one: authsome login <provider>",
      );
    }
  },
});
