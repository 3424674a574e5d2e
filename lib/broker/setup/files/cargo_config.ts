/** `global-credential-providers` in Cargo's `config.toml`. Pure. @module */
import { AuthsomeError } from "../../../errors.ts";
import {
  NotTables,
  tomlStrings,
  tomlTable,
} from "../../../mcp/agents/toml_text.ts";
import { linesOf, withMarked, withoutMarked } from "./marked_lines.ts";

const KEY = "global-credential-providers";

/**
 * The text with `provider` (the path of a program) as the one that Cargo asks first; those that were there come after.
 *
 * @throws {AuthsomeError} `OperationNotAllowed` if the file is not TOML, or names the table in another form.
 */
export function withCargoProvider(
  text: string,
  provider: string,
  path: string,
): string {
  const plain = withoutMarked(text, "cargo", path);
  let table: ReturnType<typeof tomlTable>;
  try {
    table = tomlTable(plain, "registry");
  } catch (error) {
    if (!(error instanceof NotTables)) throw error;
    throw new AuthsomeError(
      "OperationNotAllowed",
      `Cannot change "${path}": ${error.message}`,
      `Write it there by hand, below [registry]: ${KEY} = ["cargo:token", ${
        JSON.stringify(provider)
      }]`,
      { subject: { file: path } },
    );
  }
  const key = table?.keys.get(KEY);
  const before = key ? tomlStrings(key.text) : ["cargo:token"];
  if (before.at(-1) === provider) return text;
  // The last one comes first.
  const line = `${KEY} = [${
    [...before.filter((each) => each !== provider), provider]
      .map((each) => JSON.stringify(each)).join(", ")
  }]`;
  return withMarked(plain, "cargo", [
    table === undefined
      ? { at: linesOf(plain).length, lines: ["[registry]", line] }
      : key === undefined
      ? { at: table.from + 1, lines: [line] }
      : { at: key.from, instead: key.to - key.from, lines: [line] },
  ]);
}
