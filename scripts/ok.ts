/**
 * Everything that must be fine before a change goes in: `deno task ok [option of deno test…]`, as CI does it. Goes on
 * after a step that failed; the last line is the count of the tests.
 *
 * @module
 */
const TEST = [
  "run",
  "--frozen",
  "-A",
  "scripts/test.ts",
  "--no-check",
  ...Deno.args,
];

/** The arguments of Deno, step by step. */
export const STEPS: readonly (readonly string[])[] = [
  ["fmt", "--check"],
  ["lint"],
  ["check"],
  ["run", "-A", "scripts/check_licences.ts"],
  ["run", "-A", "scripts/house.ts"],
  TEST,
];

if (import.meta.main) {
  for (const args of STEPS) {
    console.log(`== deno ${args.join(" ")}`);
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: [...args],
      cwd: new URL("..", import.meta.url).pathname,
    }).spawn().status;
    if (success) continue;
    Deno.exitCode = 1;
    // The count of the tests stays the last line.
    if (args !== TEST) console.log(`== failed: deno ${args.join(" ")}`);
  }
}
