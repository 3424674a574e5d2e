/** A machine on which tools ask authsome for credentials: authsome is in PATH, and the tools trust the internet of the test. */
import { cliCommand } from "../support/program.ts";
import {
  type Ended,
  type RunOptions,
  type Scenario,
  spawn,
  withScenario,
} from "../support/scenario.ts";

/** What a test works with besides the scenario. */
export interface ToolMachine extends Scenario {
  /** Folder of programs that comes first in PATH. */
  programs: string;
  /** Runs a tool as the person would, outside of a run. */
  tool(command: readonly string[], options?: RunOptions): Promise<Ended>;
  /** `authsome setup …`; what it says is in `stderr`. */
  setup(...args: string[]): Promise<Ended>;
  /** Texts of files by their path in the folder; `undefined` for none. */
  read(path: string): string | undefined;
  write(path: string, text: string): void;
}

/** Runs `body` on such a machine. */
export function withTools(
  keys: Readonly<Record<string, string>>,
  hosts: readonly string[],
  handler: (request: Request) => Response | Promise<Response>,
  body: (machine: ToolMachine) => Promise<void>,
  variables: Readonly<Record<string, string>> = {},
): Promise<void> {
  return withScenario(keys, hosts, handler, async (scenario) => {
    const { folder, env } = scenario;
    const programs = `${folder}/programs`;
    const write = (path: string, text: string, mode = 0o644) => {
      const whole = `${folder}/${path}`;
      Deno.mkdirSync(whole.slice(0, whole.lastIndexOf("/")), {
        recursive: true,
      });
      Deno.writeTextFileSync(whole, text, { mode });
    };
    const words = cliCommand().map((word) => `'${word}'`).join(" ");
    write("programs/authsome", `#!/bin/sh\nexec ${words} "$@"\n`, 0o755);
    const ca = `${folder}/ca.pem`;
    Object.assign(env, {
      PATH: `${programs}:${env.PATH}`,
      SHELL: "/bin/sh",
      AWS_CA_BUNDLE: ca,
      CARGO_HTTP_CAINFO: ca,
      NODE_EXTRA_CA_CERTS: ca,
      NPM_CONFIG_CAFILE: ca,
      PIP_CERT: ca,
      SSL_CERT_FILE: ca,
    }, variables);
    await body({
      ...scenario,
      programs,
      write,
      tool: (command, { env: more, stdin, cwd = folder } = {}) =>
        spawn(command, { ...env, ...more }, stdin, cwd),
      setup: (...args) => scenario.authsome(["setup", ...args]),
      read(path) {
        try {
          return Deno.readTextFileSync(`${folder}/${path}`);
        } catch {
          return undefined;
        }
      },
    });
  });
}

/** What the audit log of a home has of `get`, as `provider/connection detail`. */
export async function disclosures({ authsome }: Scenario): Promise<string[]> {
  const { stdout } = await authsome(["log", "--json", "-n", "100"]);
  return JSON.parse(stdout).entries
    .filter(({ event }: { event: string }) => event === "get")
    .map((
      { provider, connection, detail }: Record<string, string>,
    ) => `${provider}/${connection} ${detail}`);
}
