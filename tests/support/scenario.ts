/**
 * A person's machine with authsome on it: a home with API keys, an environment, and the internet of `local_api.ts`.
 * The command line is the real one, in a process of its own.
 *
 * @module
 */
import { sharedMemory } from "../../lib/host/references/memory_files.ts";
import { type LocalApi, startLocalApi } from "./servers/local_api.ts";
import { connect, withBroker } from "./connected.ts";
import { withHome } from "./home.ts";
import { cliCommand } from "./program.ts";

export { missing } from "./missing.ts";

const ROOT = new URL("../..", import.meta.url).pathname;

/** How a process ended. */
export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** What a test works with. */
export interface Scenario {
  /** Folder of everything: the home is in it. */
  folder: string;
  home: string;
  api: LocalApi;
  /** Environment of the person's shell. */
  env: Record<string, string>;
  /** Runs the real command line. */
  authsome(args: readonly string[], options?: RunOptions): Promise<Ended>;
  /** `authsome run -- client`, and the environment that the client was given. */
  client(
    command: readonly string[],
    options?: RunOptions,
  ): Promise<Ended & { childEnv: Record<string, string> }>;
}

/** Beside the arguments. */
export interface RunOptions {
  stdin?: string;
  env?: Record<string, string>;
  /** Working folder. Default: the project's. */
  cwd?: string;
  /** Options of `authsome run` itself. */
  options?: readonly string[];
}

/** Runs `body` on such a machine; `keys` are connections by provider, `handler` is every server of the internet. */
export async function withScenario(
  keys: Readonly<Record<string, string>>,
  hosts: readonly string[],
  handler: (request: Request) => Response | Promise<Response>,
  body: (scenario: Scenario) => Promise<void>,
  /** Folder that everything is made in. Default: the one for temporary files. */
  dir?: string,
): Promise<void> {
  await withHome(async (folder) => {
    const home = `${folder}/home`;
    const api = await startLocalApi(hosts, handler);
    try {
      await withBroker(home, async (broker) => {
        for (const [provider, key] of Object.entries(keys)) {
          await connect(broker, provider, key);
        }
      });
      Deno.writeTextFileSync(`${folder}/ca.pem`, api.caPem);
      Deno.mkdirSync(`${folder}/tmp`);
      const env = {
        PATH: Deno.env.get("PATH")!,
        HOME: folder,
        TMPDIR: `${folder}/tmp`,
        DENO_DIR: Deno.env.get("DENO_DIR") ??
          `${Deno.env.get("HOME")}/.cache/deno`,
        AUTHSOME_HOME: home,
        AUTHSOME_CA_BUNDLE: `${folder}/ca.pem`,
        AUTHSOME_NO_VERIFY: "1",
        RES_OPTIONS: Deno.env.get("RES_OPTIONS") ?? "",
        HTTPS_PROXY: api.proxyUrl,
        NO_COLOR: "1",
        // Now and then Deno looks for a newer version of itself.
        DENO_NO_UPDATE_CHECK: "1",
      };
      const authsome = (
        args: readonly string[],
        { stdin, env: more, cwd }: RunOptions = {},
      ) =>
        spawn(
          cliCommand(...args),
          { ...env, ...more },
          stdin,
          cwd,
        );
      await body({
        folder,
        home,
        api,
        env,
        authsome,
        async client(command, { options = [], ...more } = {}) {
          const dump = `${folder}/tmp/env-${crypto.randomUUID()}`;
          const script = `env -0 > '${dump}'; exec "$@"`;
          const ended = await authsome(
            ["run", ...options, "--", "sh", "-c", script, "sh", ...command],
            more,
          );
          return { ...ended, childEnv: readDump(dump) };
        },
      });
    } finally {
      await api.close();
      sharedMemory(home, { get: () => undefined })?.clear();
    }
  }, dir);
}

function readDump(path: string): Record<string, string> {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch {
    return {};
  }
  return Object.fromEntries(
    text.split("\0").filter(Boolean).map((entry) => {
      const at = entry.indexOf("=");
      return [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}

/** Runs a process with exactly `env`. */
export async function spawn(
  [program, ...args]: readonly string[],
  env: Record<string, string>,
  stdin?: string,
  cwd = ROOT,
): Promise<Ended> {
  const child = new Deno.Command(program, {
    args,
    env,
    clearEnv: true,
    cwd,
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (stdin !== undefined) {
    const writer = child.stdin.getWriter();
    // Some programs end before they have read it.
    await writer.write(new TextEncoder().encode(stdin)).catch(() => {});
    await writer.close().catch(() => {});
  }
  const { code, stdout, stderr } = await child.output();
  return {
    code,
    stdout: new TextDecoder().decode(stdout),
    stderr: new TextDecoder().decode(stderr),
  };
}
