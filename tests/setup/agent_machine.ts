/** A machine on which `authsome setup` is tried: with an agent that is a script. @module */
import { cliCommand, processOf } from "../support/program.ts";
import { CACHE } from "../support/sandbox/sandbox.ts";
import { type Scenario, withScenario } from "../support/scenario.ts";

/** Says how it was run; `twice` starts itself by name once more. */
const AGENT = `#!/bin/sh
echo "real $* proxy=\${AUTHSOME_PROXY_MODE-} sandbox=\${AUTHSOME_SANDBOX-}"
[ "$1" != twice ] || codex once
exit 3
`;

/** Makes a program. */
export function program(path: string, text: string): void {
  Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  Deno.writeTextFileSync(path, text);
  Deno.chmodSync(path, 0o755);
}

/** The text of a file. */
export const read = (path: string) => Deno.readTextFileSync(path);
const quoted = (words: readonly string[]) =>
  words.map((word) => `'${word}'`).join(" ");

/** A machine with an agent and authsome in PATH. */
export function withAgent(
  body: (
    scenario: Scenario,
    setup: (...args: string[]) => ReturnType<Scenario["authsome"]>,
    /** Runs a script in a new interactive shell. */
    shell: (name: string, script: string) => Promise<string>,
  ) => Promise<void>,
): Promise<void> {
  return withScenario({}, [], () => new Response(), async (scenario) => {
    const { folder } = scenario;
    program(`${folder}/real/codex`, AGENT);
    program(
      `${folder}/real/authsome`,
      `#!/bin/sh\nexec ${quoted(cliCommand())} "$@"\n`,
    );
    Deno.mkdirSync(`${folder}/work`);
    const PATH = `${folder}/real:${scenario.env.PATH}`;
    const env = { ...scenario.env, PATH, XDG_CONFIG_HOME: `${folder}/config` };
    await body(
      scenario,
      (...args) =>
        scenario.authsome(["setup", ...args], {
          env: { ...env, SHELL: "/bin/bash" },
        }),
      async (name, script) => {
        const { stdout } = await processOf([name, "-i", "-c", script], {
          ...{ env, clearEnv: true, cwd: `${folder}/work` },
          ...{ stdin: "null", stderr: "null" },
        }).output();
        return new TextDecoder().decode(stdout);
      },
    );
  }, CACHE);
}
