/**
 * Runs the test suite on Node: `deno task test:node [file…]`. The modules are translated to JavaScript once, into
 * `build/node_suite/`; the program under test is the npm package in `dist/`. The last line is the count.
 *
 * @module
 */
import { transform } from "esbuild";
import { TIME_LIMIT_MS } from "../tests/support/time_limit.ts";
import { OLDEST_NODE, usesDeno, withLayer } from "./build/bundle.ts";
import { hostPlatform, nodeBinary } from "./build/node_binary.ts";
import { requiredAbsent, skipReasons, skipSummary } from "./skips.ts";
import { JOBS, MAX_UNSTEADY } from "./test.ts";

const ROOT = new URL("..", import.meta.url).pathname;
const SUITE = `${ROOT}build/node_suite`;

await Deno.remove(SUITE, { recursive: true }).catch(() => {});
const modules = ["mod.ts", "cli.ts"];
for (const folder of ["lib", "providers", "scripts", "tests"]) {
  modules.push(...await sources(folder));
}
for (const path of modules) await translate(path);

const node = await nodeBinary(hostPlatform());
const cli = `${SUITE}/authsome`;
await Deno.writeTextFile(
  cli,
  `#!/bin/sh\nexec '${node}' '${ROOT}dist/authsome.mjs' "$@"\n`,
  { mode: 0o755 },
);
const files = Deno.args.length > 0
  ? Deno.args
  : modules.filter((path) => path.endsWith("_test.ts")).sort();
const first = await test(files, JOBS);
const { text } = first;
let { code } = first;
let total = countsOf(text, code);
const failing = failingFiles(text);
// As scripts/test.ts does, and says.
if (
  total.failed > 0 && files.length > 1 && failing.length > 0 &&
  failing.length <= MAX_UNSTEADY
) {
  console.log(`== once more, by themselves: ${failing.join(" ")}`);
  const again = await test(failing, 1);
  if (again.code === 0) {
    console.log(
      "== unsteady, failed beside others and passed by themselves:\n" +
        failing.join("\n"),
    );
    total = { ...total, passed: total.passed + total.failed, failed: 0 };
    code = 0;
  }
}
const reasons = skipReasons(text);
for (const line of skipSummary(reasons)) console.log(line);
const absent = requiredAbsent(reasons);
if (absent.length > 0) console.log("✖ failing tests:");
for (const reason of absent) {
  console.log(`== failed: ${reason}, and AUTHSOME_TEST_REQUIRED names it`);
}
const failed = total.failed + absent.length;
console.log(
  `${total.passed} passed, ${failed} failed, ` +
    `${total.skipped} skipped`,
);
Deno.exit(code || Number(absent.length > 0));

/** What Node says at the end of `text`; a process that failed without a failed test counts as one. */
function countsOf(text: string, code: number) {
  const count = (what: string) =>
    Number(new RegExp(`^ℹ ${what} (\\d+)`, "m").exec(text)?.[1] ?? 0);
  return {
    passed: count("pass"),
    failed: count("fail") + count("cancelled") || Number(code !== 0),
    skipped: count("skipped") + count("todo"),
  };
}

/** The files of the tests that failed; none where a helper elsewhere made one of the tests. */
function failingFiles(text: string): string[] {
  const files = new Set(
    [...text.matchAll(/^test at (.+?):\d+:\d+$/gm)].map(([, path]) => path!),
  );
  return [...files].every((path) => path.endsWith("_test.ts"))
    ? [...files]
    : [];
}

async function sources(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${ROOT}${folder}`)) {
    const path = `${folder}/${name}`;
    if (isDirectory) found.push(...await sources(path));
    else if (name.endsWith(".ts")) found.push(path);
  }
  return found;
}

async function translate(path: string): Promise<void> {
  const from = `${ROOT}${path}`;
  const to = `${SUITE}/${path.replace(/\.ts$/, ".js")}`;
  const text = await Deno.readTextFile(from);
  const { code } = await transform(
    usesDeno(from, text) ? withLayer(text) : text,
    { loader: "ts", target: `node${OLDEST_NODE}`, sourcemap: "inline" },
  );
  await Deno.mkdir(to.replace(/\/[^/]*$/, ""), { recursive: true });
  await Deno.writeTextFile(to, code);
}

/** Shows what Node says and keeps it. */
async function test(
  files: string[],
  concurrency: number,
): Promise<{ code: number; text: string }> {
  const child = new Deno.Command(node, {
    args: [
      `--import=${ROOT}tests/support/node/preload.ts`,
      "--disable-warning=ExperimentalWarning",
      ...[
        "--test",
        `--test-concurrency=${concurrency}`,
        "--test-reporter=spec",
      ],
      // A file that hangs would hold everything.
      `--test-timeout=${TIME_LIMIT_MS}`,
      "--test-force-exit",
      ...files,
    ],
    cwd: ROOT,
    env: {
      AUTHSOME_TEST_CLI: cli,
      AUTHSOME_TEST_NODE: node,
      AUTHSOME_TEST_DENO: Deno.execPath(),
    },
    stdin: "null",
    stdout: "piped",
  }).spawn();
  let text = "";
  for await (
    const chunk of child.stdout.pipeThrough(new TextDecoderStream())
  ) {
    text += chunk;
    await Deno.stdout.write(new TextEncoder().encode(chunk));
  }
  return { code: (await child.status).code, text };
}
