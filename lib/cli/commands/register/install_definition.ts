/** Shows what a definition does, asks, installs it. @module */
import type { Broker } from "../../../broker/broker.ts";
import { registerProvider } from "../../../broker/register/register_provider.ts";
import { reviewDefinition } from "../../../broker/register/review_definition.ts";
import type { Change } from "../../../broker/register/takeover.ts";
import { AuthsomeError } from "../../../errors.ts";
import type { CliContext } from "../../kit/command_context.ts";
import type { Output } from "../../kit/output.ts";

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
  const options = { force, allowPrivate, variables };
  const review = await reviewDefinition(broker, text, { ...options, file });
  const { definition: { name }, warnings, alarms } = review;
  if (!output.asJson) {
    output.say(review.lines.join("\n"));
    for (const warning of warnings) output.warn(warning);
    for (const alarm of alarms) output.warn(alarm, "red");
    showChanges(output, review.changes);
  }
  if (ask && !await context.confirm(`Install "${name}"?`, "--yes")) {
    throw new AuthsomeError("InputCancelled", "Nothing was installed");
  }
  await registerProvider(broker, text, options);
  if (output.asJson) {
    output.json({
      provider: name,
      path: broker.runtime.definitionFiles.path(name),
      hosts: review.hosts,
      endpoints: review.endpoints,
      warnings: [...warnings, ...alarms],
      changes: review.changes,
    });
  } else {
    output.say(
      `Registered "${name}". Connect it: authsome login ${name}, then try it: authsome provider test ${name}`,
    );
  }
}

/** Says which fields differ, from what to what. */
export function showChanges(output: Output, changed: readonly Change[]): void {
  if (changed.length === 0) return;
  output.say("What changes:");
  for (const { field, from, to } of changed) {
    const line = (sign: string, value: unknown) =>
      `  ${sign} ${field}: ${JSON.stringify(value)}`;
    if (from !== undefined) output.say(line("-", from), "red");
    if (to !== undefined) output.say(line("+", to), "green");
  }
}
