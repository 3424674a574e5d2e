/** The secret of `--stdin`: one line, and what is wrong with it. @module */
import { connectionOption, quoteWord } from "../../connection/hint.ts";
import { AuthsomeError } from "../../errors.ts";
import {
  acceptedSecret,
  type DoubtOptions,
} from "../../login/doubted_secret.ts";
import type { SecretInput } from "../../provider/secret_input.ts";
import type { Secret } from "../../secret.ts";

/** Milliseconds in which a second line shows that there are several. A program may leave the pipe open. */
const MORE_MS = 300;
/** Longest text of several lines, in characters. */
const MAX_TEXT = 65_536;

/** Which login the line is for, and what to do with a doubt. */
export interface LineOptions extends DoubtOptions {
  /** The OAuth client that was given, for hints. */
  clientId?: string;
  /** The next line, or `undefined` at the end. */
  next?(): Promise<string | undefined>;
}

/**
 * The one line that `readLine` reads.
 *
 * @throws {AuthsomeError} `Usage` if it is empty, no text, or not the only one.
 */
export async function readSecretLine(
  readLine: () => Promise<string | undefined>,
  options: LineOptions,
): Promise<string> {
  let line: string | undefined;
  try {
    line = await readLine();
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) {
      throw error;
    }
    throw unusable(
      options,
      error instanceof RangeError
        ? "it is too long to be a secret"
        : "it is not UTF-8 text. Windows PowerShell writes UTF-16 unless told otherwise: Set-Content -Encoding ascii",
    );
  }
  if (line === undefined) throw unusable(options, "stdin is empty");
  if (await hasMore(options.next)) {
    throw unusable(options, "there are more lines. Give only the secret");
  }
  if (line.trim() === "") throw unusable(options, "it is empty");
  return line;
}

/**
 * The text that `readLine` and what follows give: a file has several lines.
 *
 * @throws {AuthsomeError} `Usage` if it is empty, no text, or too long.
 */
export async function readSecretLines(
  readLine: () => Promise<string | undefined>,
  { next, ...options }: LineOptions,
): Promise<string> {
  let text = await readSecretLine(readLine, options);
  for (let line = await next?.(); line !== undefined; line = await next?.()) {
    text += `\n${line}`;
    if (text.length > MAX_TEXT) {
      throw unusable(options, "it is too long to be a secret");
    }
  }
  return text;
}

async function hasMore(next: LineOptions["next"]): Promise<boolean> {
  if (!next) return false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), MORE_MS);
  });
  try {
    for (;;) {
      const line = await Promise.race([next(), late]);
      if (line === undefined) return false;
      if (line.trim() !== "") return true;
    }
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The secret of a judged line.
 *
 * @throws {AuthsomeError} `Usage` if it is none, or probably none and the person did not insist.
 */
export function takeSecret(
  input: SecretInput,
  options: LineOptions,
  field: string,
): Secret {
  if ("problem" in input) throw unusable(options, input.problem, field);
  return acceptedSecret(input, options, field);
}

/** The error about the line. */
export function unusable(
  { provider, connection, clientId }: LineOptions,
  problem: string,
  field?: string,
): AuthsomeError {
  const login = `authsome login ${provider}${connectionOption(connection)}${
    clientId === undefined ? "" : ` --client-id ${quoteWord(clientId)}`
  }`;
  return new AuthsomeError(
    "Usage",
    `Cannot use the line on stdin for ${provider}: ${problem}`,
    `${login} --stdin < key.txt`,
    { subject: { provider, ...(field === undefined ? {} : { field }) } },
  );
}
