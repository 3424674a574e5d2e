/**
 * Runs the tests on Deno: `deno task test [option of deno test…] [file or folder…]`, by default all of `tests/`. At the
 * end it says why tests were skipped, and how many; the last line is the count over all files.
 *
 * Each file has a process of its own, as on Node, since the program sets what the threads of a process share: its umask
 * above all. Twice as many run at once as the machine has cores; `DENO_JOBS` is another number. An option's value is joined to
 * it by `=`.
 *
 * A file that fails beside others runs once more by itself. If it passes then, it is unsteady: it is named at the end, with
 * what failed, and counts as passed. More than {@linkcode MAX_UNSTEADY} such files are no accident, and fail.
 *
 * @module
 */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { requiredAbsent, skipReasons, skipSummary } from "./skips.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** How many files run at once: two for each core, since tests wait for other programs half of the time. */
export const JOBS = Number(Deno.env.get("DENO_JOBS")) ||
  2 * availableParallelism();

/** How many files may pass only by themselves. */
export const MAX_UNSTEADY = 3;

/** What the tests of a file came to. */
export interface Count {
  passed: number;
  failed: number;
  ignored: number;
}

/** A process of Deno, and what it is called. */
interface Job {
  name: string;
  args: string[];
}

/** What a job said, and came to. */
interface Outcome {
  output: string;
  count: Count;
}

const TYPES = "types";

/** What `deno test` says at the end of `output`; a process that failed without a failed test counts as one. */
export function countOf(output: string, success: boolean): Count {
  const [, ...numbers] = [...output.matchAll(
    /^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed.*?(?: \| (\d+) ignored.*)?$/gm,
  )].at(-1) ?? [];
  const [passed = 0, failed = 0, ignored = 0] = numbers.map((text) =>
    Number(text ?? 0)
  );
  return { passed, failed: failed || Number(!success), ignored };
}

/** What a file that failed says of it, which is said again at the end: what `deno test` lists, else its last lines. */
export function errorsOf(output: string): string {
  const listed = /^ ERRORS \n+([^]*?)\n+ FAILURES /m.exec(output)?.[1];
  return listed ?? output.trim().split("\n").slice(-20).join("\n");
}

/** The test files that are or lie in `path`, in order. */
export function testFiles(path: string): string[] {
  if (!Deno.statSync(path).isDirectory) return [path];
  return [...Deno.readDirSync(path)]
    .sort((a, b) => a.name < b.name ? -1 : 1)
    .flatMap(({ name, isDirectory }) =>
      isDirectory || name.endsWith("_test.ts")
        ? testFiles(`${path.replace(/\/$/, "")}/${name}`)
        : []
    );
}

async function main(args: readonly string[]): Promise<void> {
  const started = Date.now();
  const unchecked = args.includes("--no-check");
  const options = args.filter((arg) =>
    arg.startsWith("-") && arg !== "--no-check"
  );
  const paths = args.filter((arg) => !arg.startsWith("-"));
  Deno.chdir(ROOT);
  const files = (paths.length > 0 ? paths : ["tests"]).flatMap(testFiles);
  const jobs: Job[] = files.map((file) => ({
    name: file,
    args: ["test", "--frozen", "--no-check", "-A", ...options, file],
  }));
  // The types of all files at once, as `deno test` does, but beside the first tests.
  if (!unchecked) {
    jobs.unshift({ name: TYPES, args: ["check", "--frozen", ...files] });
  }
  const total: Count = { passed: 0, failed: 0, ignored: 0 };
  const failures: string[] = [];
  const unsteady: string[] = [];
  const reports: string[] = [];
  const skipped: string[] = [];
  const failed: { job: Job; outcome: Outcome }[] = [];
  const beside = jobs.length > 1;

  function add({ count, output }: Outcome): void {
    skipped.push(...skipReasons(output));
    for (const what of ["passed", "failed", "ignored"] as const) {
      total[what] += count[what];
    }
  }
  async function work(): Promise<void> {
    for (let job = jobs.shift(); job; job = jobs.shift()) {
      const outcome = await run(job);
      if (outcome.count.failed > 0) failed.push({ job, outcome });
      else add(outcome);
    }
  }

  await Promise.all(Array.from({ length: JOBS }, work));
  const again = beside && failed.length <= MAX_UNSTEADY;
  for (const { job, outcome } of failed) {
    const report = `== ${job.name}\n${errorsOf(outcome.output)}`;
    let last = outcome;
    if (again && job.name !== TYPES) {
      console.log(`== once more, by itself: ${job.name}`);
      last = await run(job);
    }
    add(last);
    if (last.count.failed === 0) unsteady.push(report);
    else {
      failures.push(job.name);
      reports.push(report);
    }
  }
  if (unsteady.length > 0) {
    console.log("== unsteady, failed beside others and passed by themselves:");
  }
  for (const report of unsteady) console.log(report);
  for (const line of skipSummary(skipped)) console.log(line);
  for (const reason of requiredAbsent(skipped)) {
    failures.push(`${reason}, and AUTHSOME_TEST_REQUIRED names it`);
    total.failed++;
  }
  // As Node's runner says it, so that one search finds both.
  if (failures.length > 0) console.log("✖ failing tests:");
  for (const report of reports) console.log(report);
  for (const file of failures.sort()) console.log(`== failed: ${file}`);
  if (failures.length > 0) Deno.exitCode = 1;
  console.log(
    `${failures.length > 0 ? "FAILED" : "ok"} | ${total.passed} passed | ` +
      `${total.failed} failed | ${total.ignored} ignored (${seconds(started)})`,
  );
}

/** Runs `job` and shows what it says. */
async function run({ name, args }: Job): Promise<Outcome> {
  const begun = Date.now();
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  const output = text.decode(stderr) + text.decode(stdout);
  console.log(`== ${name} (${seconds(begun)})\n${output.trim()}`);
  return { output, count: countOf(output, success) };
}

function seconds(since: number): string {
  return `${Math.round((Date.now() - since) / 1000)}s`;
}

if (import.meta.main) await main(Deno.args);
