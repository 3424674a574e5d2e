import type { Broker } from "../../broker.ts";
import { AuthsomeError } from "../../errors.ts";
import type { Provider } from "../../provider/definition.ts";
import { argument, defineCommand, toggle } from "../command.ts";
import type { CliContext } from "../context.ts";
import { fetchText } from "../download.ts";
import type { Output } from "../output.ts";
import { shorten } from "../text.ts";
import { describeDefinition } from "../definition_summary.ts";
import { type Change, changes, takeovers } from "../takeover.ts";

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
    ["authsome register acme.json", "asks before it installs"],
    ["authsome register https://acme.example/authsome.json", "from the web"],
    ["authsome register - --yes < acme.json", "from a script"],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [argument("File, - for stdin, or https URL", "file", "file")],
    },
    flags: {
      yes: toggle("Do not ask"),
      force: toggle("Replace a definition of the same name"),
      allowPrivate: toggle("Allow localhost, IP addresses and bare names"),
    },
  },

  async run(context, flags, source) {
    const { output } = context;
    if (source === "-" && !flags.yes) {
      throw new AuthsomeError(
        "Usage",
        "Cannot ask for confirmation: stdin holds the definition",
        "Say yes with --yes",
      );
    }
    if (!flags.yes && (output.asJson || context.globals.quiet)) {
      throw new AuthsomeError(
        "Usage",
        "Cannot ask for confirmation: --json and --quiet do not show what would be installed",
        "Say yes with --yes",
      );
    }
    const broker = await context.broker();
    const text = await readSource(context, broker, source);
    const { parseDefinition } = await import("../../provider/parse.ts");
    const { definition, warnings } = parseDefinition(text, {
      file: source === "-" ? "stdin" : shorten(source, 200),
      allowPrivate: flags.allowPrivate,
    });
    const taken = await existing(broker, definition.name);
    if (taken && !flags.force) {
      throw new AuthsomeError(
        "ProviderExists",
        `Provider "${definition.name}" is already ${taken.word}`,
        "Replace it with --force",
        { subject: { provider: definition.name } },
      );
    }
    const changed = taken?.definition
      ? changes(taken.definition, definition)
      : [];
    const alarms = await takeovers(broker, definition);
    if (taken) {
      alarms.unshift(
        `It replaces the ${taken.word} definition of "${definition.name}"; its connections will be sent to the hosts above.`,
      );
    }
    const summary = describeDefinition(definition);
    if (!output.asJson) {
      output.say(summary.lines.join("\n"));
      for (const warning of warnings) output.warn(warning);
      for (const alarm of alarms) output.warn(alarm, "red");
      showChanges(output, changed);
    }
    if (
      !flags.yes &&
      !await context.confirm(`Install "${definition.name}"?`, "--yes")
    ) {
      throw new AuthsomeError("InputCancelled", "Nothing was installed");
    }
    await broker.registry.register(text, {
      force: flags.force,
      allowPrivate: flags.allowPrivate,
    });
    broker.audit.record({
      event: "register",
      profile: broker.profile,
      provider: definition.name,
      ok: true,
      detail: summary.hosts.join(","),
    });
    if (output.asJson) {
      output.json({
        provider: definition.name,
        path: broker.runtime.definitionFiles.path(definition.name),
        hosts: summary.hosts,
        endpoints: summary.endpoints,
        warnings: [...warnings, ...alarms],
        changes: changed,
      });
    } else {
      output.say(
        `Registered "${definition.name}". Connect it: authsome login ${definition.name}`,
      );
    }
  },
});

/** What has the name already; without a definition if the user's file is not valid. */
async function existing(
  broker: Broker,
  name: string,
): Promise<
  | { word: "bundled" | "registered"; definition?: Provider["definition"] }
  | undefined
> {
  const custom = (await broker.runtime.definitionFiles.names()).includes(name);
  try {
    const provider = await broker.registry.find(name);
    return provider && {
      word: custom ? "registered" : "bundled",
      definition: provider.definition,
    };
  } catch (error) {
    if (
      !(error instanceof AuthsomeError) || error.code !== "InvalidDefinition"
    ) throw error;
    return { word: "registered" };
  }
}

function showChanges(output: Output, changed: readonly Change[]): void {
  if (changed.length === 0) return;
  output.say("What changes:");
  for (const { field, from, to } of changed) {
    const line = (sign: string, value: unknown) =>
      `  ${sign} ${field}: ${JSON.stringify(value)}`;
    if (from !== undefined) output.say(line("-", from), "red");
    if (to !== undefined) output.say(line("+", to), "green");
  }
}

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
      : cause instanceof Error && cause.name === "NotFound"
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
