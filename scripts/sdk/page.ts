/** The page that says which SDKs were tried, and what came of it: `docs/sdks.md`. @module */
import { lockedVersion } from "../../tests/sdk/installed.ts";
import { LIMITS, PENDING } from "../../tests/sdk/pending.ts";
import { type Mode, MODES, type Row, rowName } from "../../tests/sdk/row.ts";
import { formatted, table } from "../generate/markdown.ts";

/** What the page says of a row in a mode, and why if it is not `yes`. */
export function outcome(
  row: Row,
  mode: Mode,
): ["yes" | "no" | "not yet", string?] {
  const name = rowName(row);
  const limit = LIMITS[name]?.[mode];
  if (limit !== undefined) return ["no", limit];
  const pending = PENDING[name];
  return pending === undefined ? ["yes"] : ["not yet", pending];
}

/** The page's text, formatted as the project is. `date` is when the table was tried: `2026-11-27`. */
export async function sdkPage(
  rows: readonly Row[],
  date: string,
): Promise<string> {
  const sorted = [...rows].sort((a, b) =>
    rowName(a).toLowerCase() < rowName(b).toLowerCase() ? -1 : 1
  );
  const reasons = sorted.flatMap((row) =>
    MODES.flatMap((mode) => {
      const [, reason] = outcome(row, mode);
      return reason === undefined
        ? []
        : [[sdkOf(row), commandOf(mode), reason]];
    })
  );
  const providers = new Set(rows.map(({ provider }) => provider));
  const text = `# SDKs

The vendors' own packages, each making one call through \`authsome run\`, in its
most usual way, against an imitation of its API on this machine: the credential
arrives where the vendor wants it, and neither the environment nor the memory of
the program holds it. CI tries them all. Of a package that is no script, only
the environment is looked at. [Testing](testing.md#sdks) has the details.

${sorted.length} rows, ${providers.size} providers; last recorded on ${date} with Node 26 and Python
3.11.

${
    table([
      ["Provider", "SDK", "Version", ...MODES.map(commandOf)],
      ...sorted.map((row) => [
        `[${row.provider}](providers/${row.provider}.md)`,
        sdkOf(row),
        lockedVersion(row.from, row.package),
        ...MODES.map((mode) => outcome(row, mode)[0]),
      ]),
    ])
  }

## What does not work

${
    reasons.length === 0
      ? "Nothing."
      : table([["SDK", "Command", "Reason"], ...reasons])
  }

A program that asks the environment for no proxy can be given one by its own
option, or runs with \`--sandbox\`, where it needs none.
`;
  return (await formatted(new Map([["sdks.md", text]]))).get("sdks.md")!;
}

/** The lines of the page's tables, without the blanks that only align them: what the table of SDKs decides. */
export function tableLines(page: string): string[] {
  return page.split("\n").filter((line) => line.startsWith("|"))
    .map((line) => line.replace(/ +/g, " ").replace(/-+/g, "-"));
}

function sdkOf({ from, package: name, what }: Row): string {
  const registry = from === "npm" ? "npm" : "PyPI";
  return `${registry} \`${name}\`${what === undefined ? "" : `, ${what}`}`;
}

function commandOf(mode: Mode): string {
  return mode === "plain" ? "`run`" : "`run --sandbox`";
}
