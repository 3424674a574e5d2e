/** What `policy edit` does. @module */
import {
  refuseInRun,
  writePolicy,
} from "../../../broker/policy/accept_policy.ts";
import { policyOf } from "../../../broker/policy/read_policy.ts";
import { AuthsomeError } from "../../../errors.ts";
import type { DefinitionEditor } from "../../../ports/definition_editor.ts";
import type { CliContext } from "../../kit/command_context.ts";

/** The name of the draft; no provider has it. */
const DRAFT = "@policy";

/** What a file begins with. */
const TEMPLATE = `{
  // See docs/guides/control.md and: authsome policy test <method> <url>
  "v": 1,
  "default": "allow",
  "rules": []
}
`;

/** Lets the person edit the rules. */
export async function editPolicy(context: CliContext): Promise<void> {
  const broker = await context.broker();
  await refuseInRun(broker, "change rules");
  const { output, machine: { terminal } } = context;
  const host = (await broker.runtime.policyFiles?.())!;
  const isThere = terminal.stdinIsTTY && terminal.stdoutIsTTY &&
    terminal.stderrIsTTY && !output.asJson;
  const editor = isThere
    ? await broker.runtime.definitionEditor?.()
    : undefined;
  if (editor?.program === undefined) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      editor?.problem ??
        (isThere
          ? "Cannot open an editor: VISUAL and EDITOR name none"
          : "Cannot open an editor: there is no terminal"),
      `Change ${host.path} yourself, then: authsome policy accept`,
      { subject: { file: host.path } },
    );
  }
  const before = await host.read(host.path);
  const text = await edited(context, editor, before ?? TEMPLATE);
  await host.exclusively(async () => {
    if (await host.read(host.path) !== before) {
      throw new AuthsomeError(
        "RecordConflict",
        `Cannot replace "${host.path}": it was changed meanwhile`,
        "Go on with what you wrote: authsome policy edit",
        { subject: { file: host.path } },
      );
    }
    await writePolicy(broker, text);
  });
  editor.discard(DRAFT);
  output.data(host.path);
  output.say(
    text === before
      ? `Nothing was changed. An editor that returns at once needs an option to wait, such as VISUAL="code --wait".`
      : "These rules hold from now on. What they say: authsome policy list",
  );
}

/** What the person has written, once it is valid. */
async function edited(
  context: CliContext,
  editor: DefinitionEditor,
  start: string,
): Promise<string> {
  const path = editor.path(DRAFT);
  let text = editor.draft(DRAFT) ?? start;
  for (;;) {
    try {
      text = await editor.edit(DRAFT, text);
    } catch (error) {
      if (editor.draft(DRAFT) === start) editor.discard(DRAFT);
      throw error instanceof AuthsomeError
        ? new AuthsomeError(
          error.code,
          error.message.replace("nothing was installed", "nothing was changed"),
          "authsome policy edit",
          { cause: error, subject: { file: path } },
        )
        : error;
    }
    try {
      await policyOf(text, path);
      return text;
    } catch (error) {
      if (!(error instanceof AuthsomeError)) throw error;
      context.output.ask(`${error.message}\n`);
    }
    if (!await again(context)) {
      throw new AuthsomeError(
        "InputCancelled",
        `Nothing was changed. What you wrote is in "${path}"`,
        "Go on with it: authsome policy edit",
        { subject: { file: path } },
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
