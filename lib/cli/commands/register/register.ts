import type { Broker } from "../../../broker/broker.ts";
import { AuthsomeError } from "../../../errors.ts";
import { argument, defineCommand, toggle } from "../../kit/define_command.ts";
import type { CliContext } from "../../kit/command_context.ts";
import { fetchText } from "../../kit/download.ts";
import { shorten } from "../../kit/terminal_text.ts";

interface Flags {
  yes?: boolean;
  force?: boolean;
  allowPrivate?: boolean;
}

/** Longest definition in bytes; the same as `provider/strict_json.ts` allows. */
const LIMIT = 65_536;

/** `register <file|-|url>`: validates and installs a definition. */
export default defineCommand<Flags, [source: string]>({
  usage: "<file | - | https-url> [options]",
  description:
    "A definition decides where a credential is sent, so its hosts are shown before it is installed.",
  examples: [
    ["authsome register acme.json", "ask before installing"],
    ["authsome register https://acme.example/authsome.json", "from the web"],
    ["authsome register - --yes < acme.json", "from a script"],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [argument("File, - for stdin, or https URL", "file", "file")],
    },
    flags: {
      yes: toggle("Do not ask for confirmation"),
      force: toggle(
        "Replace a definition of the same name; allow variables that are not named like credentials",
      ),
      allowPrivate: toggle("Allow localhost, IP addresses and bare names"),
    },
  },

  async run(context, flags, source) {
    if (source === "-" && !flags.yes) {
      throw new AuthsomeError(
        "Usage",
        "Cannot ask for confirmation: stdin holds the definition",
        "Say yes with --yes",
      );
    }
    const broker = await context.broker();
    const text = await readSource(context, broker, source);
    const { install } = await import("./install_definition.ts");
    await install(context, broker, text, {
      ...flags,
      file: source === "-" ? "stdin" : shorten(source, 200),
      ask: !flags.yes,
    });
  },
});

async function readSource(
  context: CliContext,
  broker: Broker,
  source: string,
): Promise<string> {
  if (/^https?:\/\//i.test(source)) {
    return await fetchText(broker.fetch, source, LIMIT);
  }
  try {
    return source === "-"
      ? await context.machine.terminal.readAll(LIMIT)
      : context.machine.readTextFile(source, LIMIT);
  } catch (cause) {
    const reason = cause instanceof RangeError
      ? cause.message
      : cause instanceof TypeError
      ? "it is not a text file"
      : isMissing(cause)
      ? "there is no such file"
      : "it cannot be read";
    throw new AuthsomeError(
      "Usage",
      `Cannot read "${shorten(source, 200)}": ${reason}`,
      "authsome register <file>, - for stdin, or an https URL",
      { cause, subject: { file: shorten(source, 200) } },
    );
  }
}

/** Deno names the error, Node gives it a code. */
function isMissing(error: unknown): boolean {
  const { name, code } = error as { name?: string; code?: string };
  return name === "NotFound" || code === "ENOENT";
}
