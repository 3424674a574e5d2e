/**
 * Tries whether the tests notice wrong code: `deno run -A scripts/mutation/mod.ts [word…]`. Each entry of `mutants.ts`
 * whose file or name holds one of the words (default: all) is put into a copy of the project, and its tests run there.
 * A mutant is killed when they fail. Exit code 1 if one survives that is not explained, or is no longer in the code.
 *
 * @module
 */
import { type Mutant, MUTANTS } from "./mutants.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
/** For the tests of one mutant, in milliseconds. One that hangs is killed, too. */
const TIMEOUT_MS = 300_000;

/** Whether a mutant's text stands in the code exactly once. */
export function isFound({ file, from }: Mutant, root = ROOT): boolean {
  return Deno.readTextFileSync(`${root}${file}`).split(from).length === 2;
}

if (import.meta.main) {
  const copy = await copyOfProject();
  try {
    Deno.exitCode = await tryAll(copy, Deno.args) ? 0 : 1;
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
}

async function tryAll(copy: string, words: string[]): Promise<boolean> {
  const mutants = MUTANTS.filter(({ file, what }) =>
    words.length === 0 ||
    words.some((word) => `${file} ${what}`.includes(word))
  );
  const count = { killed: 0, survived: 0, explained: 0, gone: 0, unfit: 0 };
  const fit = new Map<string, boolean>();
  for (const mutant of mutants) {
    const { tests } = mutant;
    const key = tests.join(" ");
    // Tests that fail anyway kill nothing.
    if (!fit.has(key)) fit.set(key, await passes(copy, tests));
    const verdict = !isFound(mutant, copy)
      ? "gone"
      : !fit.get(key)
      ? "unfit"
      : await survives(copy, mutant)
      ? mutant.survives ? "explained" : "survived"
      : "killed";
    count[verdict]++;
    console.log(`${verdict.padEnd(9)} ${mutant.file}: ${mutant.what}`);
  }
  console.log(
    Object.entries(count).map(([what, many]) => `${many} ${what}`).join(", "),
  );
  return count.survived + count.gone + count.unfit === 0;
}

async function survives(
  copy: string,
  { file, from, to, tests }: Mutant,
): Promise<boolean> {
  const path = `${copy}${file}`;
  const text = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, text.replace(from, () => to));
  try {
    return await passes(copy, tests);
  } finally {
    await Deno.writeTextFile(path, text);
  }
}

async function passes(
  copy: string,
  tests: readonly string[],
): Promise<boolean> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--frozen", "--no-check", "--fail-fast", "-A", ...tests],
    cwd: copy,
    stdin: "null",
    stdout: "null",
    stderr: "null",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).output();
  return success;
}

/** A folder with what git knows, and the packages. */
async function copyOfProject(): Promise<string> {
  const copy = await Deno.makeTempDir({ prefix: "authsome-mutants-" });
  const { success } = await new Deno.Command("sh", {
    args: [
      "-ec",
      'git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$1"\n' +
      'cp -r node_modules "$1"',
      "sh",
      copy,
    ],
    cwd: ROOT,
  }).output();
  if (!success) throw new Error("Cannot copy the project");
  // Many mutants hang.
  const limit = `${copy}/tests/support/time_limit.ts`;
  const text = await Deno.readTextFile(limit);
  await Deno.writeTextFile(limit, text.replace("180_000", "30_000"));
  return `${copy}/`;
}
