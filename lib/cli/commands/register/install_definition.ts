/** Shows what a definition does, asks, installs it. @module */
import type { Broker } from "../../../broker.ts";
import { AuthsomeError } from "../../../errors.ts";
import { hasLookAlikes } from "../../../look_alikes.ts";
import type { ProviderDefinition } from "../../../provider/definition.ts";
import type { CliContext } from "../../kit/context.ts";
import { describeDefinition } from "./definition_summary.ts";
import type { Output } from "../../kit/output.ts";
import { type Change, changes, takeovers } from "./takeover.ts";

/** How a definition is installed. */
interface InstallOptions {
  /** Where the text came from, for messages. */
  file: string;
  /** Replace a definition of the same name, and allow variables whose name is not a credential's. */
  force?: boolean;
  /** Allow hosts that are not public. */
  allowPrivate?: boolean;
  /** Variables that the person chose, whatever their names. */
  variables?: readonly string[];
  /** Ask before anything is written. */
  ask: boolean;
}

/**
 * Installs the definition in `text` and says what it does.
 *
 * @throws {AuthsomeError} `InvalidDefinition`, `ProviderExists`, `InputCancelled`; `Usage` if no terminal can be asked.
 */
export async function install(
  context: CliContext,
  broker: Broker,
  text: string,
  { file, force, allowPrivate, variables = [], ask }: InstallOptions,
): Promise<void> {
  const { output } = context;
  if (ask && (output.asJson || context.globals.quiet)) {
    throw new AuthsomeError(
      "Usage",
      "Cannot ask for confirmation: --json and --quiet do not show what would be installed",
      "Say yes with --yes",
    );
  }
  const { parseDefinition } = await import("../../../provider/parse.ts");
  const { definition, warnings, unusual = [] } = parseDefinition(text, {
    file,
    allowPrivate,
    variables: force ? "any" : variables,
  });
  const { name } = definition;
  const taken = await existing(broker, name);
  if (taken && !force) {
    throw new AuthsomeError(
      "ProviderExists",
      `Provider "${name}" is already ${taken.word}`,
      "Replace it with --force",
      { subject: { provider: name } },
    );
  }
  const { registry } = broker;
  const obeyed = await registry.withMinting(definition);
  const changed = taken?.definition ? changes(taken.definition, obeyed) : [];
  const alarms = [
    ...hasLookAlikes(definition.display_name)
      ? [
        "Its name has letters that look like others, or that are not seen; they are written as \\u{…} above.",
      ]
      : [],
    ...unusual.map((name) =>
      `It uses the variable ${name}, which is no credential's name: a program may run what it holds as a command, or load or obey it.`
    ),
    ...await takeovers(broker, definition),
  ];
  if (taken) {
    alarms.unshift(
      `It replaces the ${taken.word} definition of "${name}"; its connections will be sent to the hosts above.`,
    );
  }
  const { minting: _, ...silent } = definition;
  const { minting: usual = [] } = taken?.definition ??
    await registry.withMinting(silent);
  const opened = usual.filter(({ reason }) =>
    !obeyed.minting?.some((place) => place.reason === reason)
  );
  if (opened.length > 0) {
    alarms.push(
      `It no longer refuses requests for ${
        opened.map(({ reason }) => reason).join(", ")
      }.`,
    );
  }
  if (definition.allow_private) {
    alarms.push(
      "It sends its credential to hosts of private networks and of this machine (allow_private).",
    );
  }
  const summary = describeDefinition(definition);
  if (!output.asJson) {
    output.say(summary.lines.join("\n"));
    for (const warning of warnings) output.warn(warning);
    for (const alarm of alarms) output.warn(alarm, "red");
    showChanges(output, changed);
  }
  if (ask && !await context.confirm(`Install "${name}"?`, "--yes")) {
    throw new AuthsomeError("InputCancelled", "Nothing was installed");
  }
  await registry.register(text, { force, allowPrivate, variables });
  broker.audit.record({
    event: "register",
    profile: broker.profile,
    provider: name,
    ok: true,
    detail: summary.hosts.join(","),
  });
  if (output.asJson) {
    output.json({
      provider: name,
      path: broker.runtime.definitionFiles.path(name),
      hosts: summary.hosts,
      endpoints: summary.endpoints,
      warnings: [...warnings, ...alarms],
      changes: changed,
    });
  } else {
    output.say(`Registered "${name}". Connect it: authsome login ${name}`);
  }
}

/** What has the name already; without a definition if the user's file is not valid. */
async function existing(
  broker: Broker,
  name: string,
): Promise<
  | { word: "bundled" | "registered"; definition?: ProviderDefinition }
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
