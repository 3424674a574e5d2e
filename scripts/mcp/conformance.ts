/**
 * Runs the client scenarios of `@modelcontextprotocol/conformance` against `authsome mcp` and prints a table in Markdown:
 * `deno run -A scripts/mcp/conformance.ts [scenario…]`.
 *
 * @module
 */
import { MCP_NODE, MCP_PROGRAMS, notInstalled } from "./install.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const CLIENT = `${ROOT}tests/mcp/relay/conformance_client.ts`;

/** What a scenario came to. */
export interface ScenarioResult {
  scenario: string;
  passed: number;
  failed: number;
  warnings: number;
  /** The checks that failed. */
  failures: string[];
}

/** Every scenario that a client can be put to, as the suite lists them. */
export async function scenarios(): Promise<string[]> {
  const { stdout } = await suite(["list", "--client"]);
  return [...stdout.matchAll(/^\s+- (\S+)/gm)].map(([, name]) => name!);
}

/** Runs one. */
export async function runScenario(scenario: string): Promise<ScenarioResult> {
  const folder = await Deno.makeTempDir({ prefix: "authsome-conformance-" });
  try {
    const command =
      `${Deno.execPath()} run -A --no-check --config ${ROOT}deno.json ${CLIENT}`;
    const { stdout } = await suite([
      ...["client", "--command", command, "--scenario", scenario],
      ...["--timeout", "60000", "--output-dir", folder],
    ]);
    const checks = await checksIn(folder);
    const of = (status: string) =>
      checks.filter((check) => check.status === status);
    if (checks.length === 0) {
      return {
        ...{ scenario, passed: 0, failed: 1, warnings: 0 },
        failures: [stdout.trim().split("\n").at(-1) ?? ""],
      };
    }
    return {
      scenario,
      passed: of("SUCCESS").length,
      failed: of("FAILURE").length,
      warnings: of("WARNING").length,
      failures: of("FAILURE").map(({ id }) => id),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function suite(args: string[]): Promise<{ stdout: string }> {
  const { stdout } = await new Deno.Command(MCP_NODE, {
    args: [MCP_PROGRAMS.conformance, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
    env: { NO_COLOR: "1" },
  }).output();
  return { stdout: new TextDecoder().decode(stdout) };
}

async function checksIn(
  folder: string,
): Promise<{ id: string; status: string }[]> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (name === "checks.json") {
      return JSON.parse(await Deno.readTextFile(path));
    }
    if (!isDirectory) continue;
    const found = await checksIn(path);
    if (found.length > 0) return found;
  }
  return [];
}

if (import.meta.main) {
  const missing = notInstalled("conformance");
  if (missing) {
    console.error(missing);
    Deno.exit(2);
  }
  const names = Deno.args.length > 0 ? Deno.args : await scenarios();
  console.log("| scenario | passed | failed | |\n| --- | --- | --- | --- |");
  for (const name of names) {
    const { passed, failed, warnings, failures } = await runScenario(name);
    const remarks = [
      ...failures,
      ...warnings > 0 ? [`${warnings} warnings`] : [],
    ];
    console.log(`| ${name} | ${passed} | ${failed} | ${remarks.join(", ")} |`);
  }
}
