/** Tries a row in a mode under the real command line, and judges what came of it. @module */
import { spawn } from "../../tests/support/scenario.ts";
import { cliCommand } from "../../tests/support/program.ts";
import { AUTHOR } from "./api/repositories.ts";
import { secretsOf } from "./connections.ts";
import { CLIENTS, exists, filled, PATHS } from "./installed.ts";
import type { Machine } from "./machine.ts";
import type { Mode, Outcome, Row } from "./row.ts";

/** How long a client may take, in seconds; authsome itself is given a little more. */
const LIMIT_S = 60;

let count = 0;

function limitOf({ limit = LIMIT_S }: Row): number {
  return limit;
}

/** Tries `row`. Its working folder is a new one. */
export async function attempt(
  machine: Machine,
  row: Row,
  mode: Mode,
): Promise<Outcome> {
  const { scenario, api } = machine;
  const work = `${scenario.folder}/work-${++count}`;
  Deno.mkdirSync(work);
  for (const [name, text] of Object.entries(row.files ?? {})) {
    Deno.writeTextFileSync(`${work}/${name}`, filled(text, work));
  }
  for (const [program, ...args] of row.before ?? []) {
    const { code, stderr } = await spawn(
      [program!, ...args].map((word) => filled(word, work)),
      { ...scenario.env, ...AUTHOR, REPOSITORIES: api.repositories },
      undefined,
      work,
    );
    if (code !== 0) return { ok: false, said: lastLine(stderr) };
  }
  for (const folder of row.writes ?? []) {
    Deno.mkdirSync(`${scenario.folder}/${folder}`, { recursive: true });
  }
  api.expect(row.provider);
  const command = row.command.map((word) => filled(word, work));
  const env = Object.entries({
    ...machine.network(row.onNode ?? false),
    ...row.env,
  }).map(([name, value]) => [name, filled(value, work)]);
  const ended = await spawn(
    [
      "timeout",
      "-k",
      "5",
      String(limitOf(row) + 15),
      ...cliCommand(
        ...argumentsOf(mode, command, row, scenario.folder),
      ),
    ],
    { ...scenario.env, ...Object.fromEntries(env) },
    row.stdin,
    work,
  );
  const output = ended.stdout + ended.stderr;
  const outcome = mode === "doctor"
    ? verdict(ended.code, ended.stdout)
    : judged(machine, row, ended.code, output);
  const leak = leakIn(output, mode === "doctor" ? undefined : work, row);
  await Deno.remove(work, { recursive: true }).catch(() => {});
  return leak === undefined ? outcome : { ok: false, said: leak };
}

function argumentsOf(
  mode: Mode,
  command: readonly string[],
  row: Row,
  home: string,
): string[] {
  if (mode === "doctor") {
    return ["doctor", "--json", "--client", "--", ...command];
  }
  const options = mode === "run" ? [] : [
    "--sandbox",
    ...[CLIENTS, PATHS.agents!].filter(exists)
      .flatMap((folder) => ["--allow-read", folder]),
    ...(row.writes ?? []).flatMap((folder) => [
      "--allow-write",
      `${home}/${folder}`,
    ]),
  ];
  return [
    ...["run", ...options, "--"],
    ...["sh", "-c", 'env -0 > environment; exec "$@"', "sh"],
    ...["timeout", "-k", "5", String(limitOf(row)), ...command],
  ];
}

function judged(
  { api }: Machine,
  row: Row,
  code: number,
  output: string,
): Outcome {
  if (code === 0 && api.hasArrived) return { ok: true };
  const why = code === 124
    ? `took longer than ${limitOf(row)} s`
    : code !== 0
    ? `exit code ${code}`
    : api.refused.length > 0
    ? `no key at ${api.refused[0]}`
    : "nothing arrived";
  return { ok: false, said: `${why}: ${lastLine(output)}` };
}

/** What doctor says of the client, from its JSON, which comes after what the client printed. */
function verdict(code: number, stdout: string): Outcome {
  const ok = code === 0;
  for (const { index } of stdout.matchAll(/^\{/gm)) {
    try {
      const { checks } = JSON.parse(stdout.slice(index));
      const { message, fix } = checks.find((each: { name: string }) =>
        each.name === "client"
      );
      return { ok, said: [message, fix].filter(Boolean).join(". ") };
    } catch { /* It was the client's own. */ }
  }
  return { ok, said: lastLine(stdout) };
}

/** Where a secret of the connection is that the client must not have: its output, or the environment that it noted. */
function leakIn(
  output: string,
  work: string | undefined,
  row: Row,
): string | undefined {
  const secrets = secretsOf(row.provider);
  const holds = (text: string) =>
    secrets.some((secret) => text.includes(secret));
  if (holds(output)) return "it printed the credential";
  if (work === undefined) return;
  let env: string;
  try {
    env = Deno.readTextFileSync(`${work}/environment`);
  } catch {
    return;
  }
  if (holds(env)) return "its environment holds the credential";
}

/** Lines that say nothing of the cause. */
const NOISE =
  /^(Bun|Node\.js) v\d|^Warning: |^npm error A complete log|^\.\.\. \d+ more$|^at /;

/** What a program said last, without colours, as one short line. */
export function lastLine(text: string): string {
  const lines = text
    // deno-lint-ignore no-control-regex
    .replace(/\x1b\[[0-9;]*[A-Za-z]/g, "").split("\n")
    .map((line) => line.trim()).filter((line) =>
      /\w/.test(line) && !NOISE.test(line)
    );
  const telling = lines.findLast((line) =>
    /error|fail|refused|unable|cannot|could not|certificate/i.test(line)
  );
  return (telling ?? lines.at(-1) ?? "it said nothing").slice(0, 200);
}
