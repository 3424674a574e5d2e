/** Copies a definition to the home, lets the person edit it, and installs it once it is valid. @module */
import type { Broker } from "../../../broker/broker.ts";
import {
  overrideProvider,
  type OverrideStart,
  startOverride,
} from "../../../broker/register/override_provider.ts";
import { reviewDefinition } from "../../../broker/register/review_definition.ts";
import { quoteWord } from "../../../connection/hint.ts";
import { AuthsomeError } from "../../../errors.ts";
import type { DefinitionEditor } from "../../../ports/definition_editor.ts";
import type { CliContext } from "../../kit/command_context.ts";
import { showChanges } from "../register/install_definition.ts";

/**
 * Overrides the definition of `name`.
 *
 * @throws {AuthsomeError} `ProviderNotFound`; `InvalidDefinition` if the file that is there is not valid and nobody edits
 * it; `InputCancelled` if the person gives up; what {@linkcode DefinitionEditor.edit} throws.
 */
export async function override(
  context: CliContext,
  name: string,
): Promise<void> {
  const broker = await context.broker();
  const start = await startOverride(broker, name);
  const editor = await usableEditor(context, broker);
  if (editor?.program === undefined) {
    return await copy(context, broker, name, start, editor?.problem);
  }
  const text = await edited(context, broker, editor, name, start);
  const review = await reviewDefinition(broker, text, {
    file: editor.path(name),
    force: true,
    allowPrivate: true,
  });
  await overrideProvider(broker, name, text, start);
  editor.discard(name);
  const { output } = context;
  for (const warning of review.warnings) output.warn(warning);
  if (review.changes.length > 0) {
    for (const alarm of review.alarms) output.warn(alarm, "red");
  }
  showChanges(output, review.changes);
  output.data(broker.runtime.definitionFiles.path(name));
  output.say(
    text === start.text
      ? `Nothing was changed. An editor that returns at once needs an option to wait, such as VISUAL="code --wait".`
      : `Installed. To have the bundled definition again: authsome remove ${name}`,
  );
}

/** The editor, where a person is there to use it. */
async function usableEditor(
  { output, machine: { terminal } }: CliContext,
  { runtime }: Broker,
): Promise<DefinitionEditor | undefined> {
  const isThere = terminal.stdinIsTTY && terminal.stdoutIsTTY &&
    terminal.stderrIsTTY;
  return isThere && !output.asJson
    ? await runtime.definitionEditor?.()
    : undefined;
}

/** Installs the definition unedited, unless there is a file already, and says where it is. */
async function copy(
  { output }: CliContext,
  broker: Broker,
  name: string,
  start: OverrideStart,
  problem: string | undefined,
): Promise<void> {
  const { registry, runtime } = broker;
  const { definition, warnings } = start.isInstalled
    ? await registry.check(name, start.text)
    : await overrideProvider(broker, name, start.text, start);
  const path = runtime.definitionFiles.path(name);
  if (output.asJson) {
    output.json({
      provider: definition.name,
      path,
      created: !start.isInstalled,
      warnings,
    });
    return;
  }
  if (problem) output.warn(problem);
  for (const warning of warnings) output.warn(warning);
  output.data(path);
  output.say(
    `${
      start.isInstalled ? "It was there already" : "Copied"
    }. Edit it, then check it: authsome inspect ${name}\nTo have an editor opened here, set VISUAL or EDITOR, at a terminal. To have the bundled definition again: authsome remove ${name}`,
  );
}

/** What the person has written, once it is valid. */
async function edited(
  context: CliContext,
  broker: Broker,
  editor: DefinitionEditor,
  name: string,
  start: OverrideStart,
): Promise<string> {
  const { output } = context;
  const path = editor.path(name);
  const draft = editor.draft(name);
  if (draft !== undefined) {
    output.say(
      `This is what you wrote before, and was not installed. To begin anew: rm ${
        quoteWord(path)
      }`,
    );
  }
  let text = draft ?? start.text;
  for (;;) {
    try {
      text = await editor.edit(name, text);
    } catch (error) {
      if (editor.draft(name) === start.text) editor.discard(name);
      throw error;
    }
    try {
      await broker.registry.check(name, text, path);
      return text;
    } catch (error) {
      if (!(error instanceof AuthsomeError)) throw error;
      output.ask(`${error.message}\nHint: ${error.hint}\n`);
    }
    if (!await again(context)) {
      throw new AuthsomeError(
        "InputCancelled",
        `Nothing was installed. What you wrote is in "${path}"`,
        `Go on with it: authsome override ${name}`,
        { subject: { provider: name, file: path } },
      );
    }
  }
}

async function again(context: CliContext): Promise<boolean> {
  try {
    return await context.confirm("Edit it again?", "--json");
  } catch (error) {
    if (error instanceof AuthsomeError && error.code === "InputCancelled") {
      return false;
    }
    throw error;
  }
}
