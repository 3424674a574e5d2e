/** Writes a variable so that each reader gets back exactly the value. @module */
import { AuthsomeError } from "../../errors.ts";
import { shorten } from "./terminal_text.ts";

/** How `export` writes variables. */
export const EXPORT_FORMATS = [
  "env",
  "shell",
  "dotenv",
  "json",
  "fish",
  "powershell",
] as const;

/** A format of `export`. */
export type ExportFormat = typeof EXPORT_FORMATS[number];

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * The text that sets `variables`, one statement for each, with a newline at the end.
 *
 * @throws {AuthsomeError} `OperationNotAllowed` for a name that is no variable, or a value with a NUL.
 */
export function formatVariables(
  variables: Readonly<Record<string, string>>,
  format: ExportFormat,
): string {
  for (const [name, value] of Object.entries(variables)) {
    const problem = !NAME.test(name)
      ? "its name is not the name of a variable"
      : value.includes("\0")
      ? "its value contains a NUL character"
      : undefined;
    if (problem) {
      throw new AuthsomeError(
        "OperationNotAllowed",
        `Cannot export ${shorten(name)}: ${problem}`,
        "Fix export.env in the provider's definition",
        { subject: { field: "export.env" } },
      );
    }
  }
  if (format === "json") return JSON.stringify(variables, null, 2) + "\n";
  return Object.entries(variables)
    .map(([name, value]) => STATEMENTS[format](name, value) + "\n").join("");
}

const STATEMENTS: Record<
  Exclude<ExportFormat, "json">,
  (name: string, value: string) => string
> = {
  env: posix,
  shell: posix,
  // Readers of dotenv agree on double quotes and \n; $ and ` are escaped for those who source the file.
  dotenv: (name, value) =>
    `${name}="${
      value.replace(/[\\"$`]/g, "\\$&").replaceAll("\n", "\\n")
        .replaceAll("\r", "\\r")
    }"`,
  fish: (name, value) => `set -gx ${name} '${value.replace(/[\\']/g, "\\$&")}'`,
  // PowerShell ends a quoted string also at the typographic quotes.
  powershell: (name, value) =>
    `$env:${name} = '${value.replace(/['\u2018-\u201b]/g, "$&$&")}'`,
};

function posix(name: string, value: string): string {
  return `export ${name}='${value.replaceAll("'", `'\\''`)}'`;
}
