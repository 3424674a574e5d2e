/** Prints the table of docs/testing.md: `deno run -R scripts/mutation/table.ts`. @module */
import { MUTANTS } from "./mutants.ts";

const cell = (text: string) => text.replaceAll("|", "\\|");

console.log("| file | mutant | killed by |\n| --- | --- | --- |");
for (const { file, what, tests, survives } of MUTANTS) {
  const verdict = survives
    ? `survives: ${survives}`
    : tests.map((test) => `\`${test.replace("tests/", "")}\``).join(", ");
  console.log(
    `| \`${file.replace("lib/", "")}\` | ${cell(what)} | ${cell(verdict)} |`,
  );
}
