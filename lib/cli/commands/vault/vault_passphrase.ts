/** The passphrase of an export: typed at the terminal, or the first line of a file. Never an argument. @module */
import { AuthsomeError } from "../../../errors.ts";
import { counted } from "../../../text.ts";
import type { CliContext } from "../../kit/command_context.ts";
import { shorten } from "../../kit/terminal_text.ts";

/** Characters that a passphrase must have at least: whoever has the file may try as many as they like. */
const SHORTEST = 10;
const LIMIT = 65_536;

/** Reads the passphrase; `isNew` asks twice, and refuses a short one. */
export async function readPassphrase(
  context: CliContext,
  file: string | undefined,
  isNew: boolean,
): Promise<string> {
  const passphrase = file === undefined
    ? await ask(context, isNew)
    : readSmallFile(context, file, "--passphrase-file").split(/\r?\n/)[0]!;
  const problem = isNew ? tooShort(passphrase) : undefined;
  if (problem || passphrase === "") {
    throw new AuthsomeError(
      "Usage",
      `Cannot use the passphrase: ${problem ?? "it is empty"}`,
      "Five random words are enough",
    );
  }
  return passphrase;
}

async function ask(context: CliContext, isNew: boolean): Promise<string> {
  if (!context.canAsk) {
    throw new AuthsomeError(
      "Usage",
      "Cannot ask for the passphrase: there is no terminal",
      "Give a file: --passphrase-file <path>",
    );
  }
  const questions = await context.questions();
  const first = await questions.masked(
    "Passphrase of the export",
    isNew ? tooShort : undefined,
  );
  if (isNew) {
    await questions.masked(
      "The same once more",
      (answer) => answer === first ? undefined : "It is another one",
    );
  }
  return first;
}

function tooShort(passphrase: string): string | undefined {
  const { length } = [...passphrase];
  return length < SHORTEST
    ? `it has ${counted(length, "character")}, at least ${SHORTEST} are needed`
    : undefined;
}

/** The text of a small file that `flag` names. */
export function readSmallFile(
  { machine }: CliContext,
  path: string,
  flag: string,
): string {
  try {
    return machine.readTextFile(path, LIMIT);
  } catch (cause) {
    throw new AuthsomeError(
      "Usage",
      `Cannot read "${shorten(path, 200)}"`,
      `Give a file that you can read: ${flag} <path>`,
      { cause, subject: { file: path, field: flag } },
    );
  }
}
