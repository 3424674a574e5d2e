/** `authsome run --sandbox` with the real bubblewrap, on the machine of `scenario.ts`. @module */
import { test } from "node:test";
import { type MachineUse, withMachine } from "./machine_use.ts";
import {
  type Ended,
  missing,
  type Scenario,
  withScenario,
} from "../scenario.ts";

/** Root of the project: in a sandbox of a test it may lie in a folder that begins empty. */
export const ROOT: string = new URL("../../..", import.meta.url).pathname
  .replace(/\/$/, "");

/** What a test works with. */
export interface Sandbox extends Scenario {
  /** The working folder, `<folder>/work`. */
  work: string;
  /** Runs `script` by sh in the sandbox. */
  sh(script: string, options?: SandboxOptions): Promise<Ended>;
  /** Runs a command in the sandbox. */
  inside(
    command: readonly string[],
    options?: SandboxOptions,
  ): Promise<Ended>;
}

/** Beside the command. */
export interface SandboxOptions {
  stdin?: string;
  env?: Record<string, string>;
  cwd?: string;
  /** Options of `authsome run --sandbox`. */
  options?: readonly string[];
}

/** Not for temporary files, since that folder is empty in a sandbox and would hide too much. */
export const CACHE: string = Deno.env.get("XDG_CACHE_HOME") ||
  `${Deno.env.get("HOME")}/.cache`;

/** Why no sandbox can be made here, or `false`. */
export const noSandbox: string | false = await missing(
  "bwrap",
  ...["--unshare-user", "--unshare-net", "--ro-bind", "/", "/", "true"],
);

/** A test in a sandbox; skipped, and said so, where there is none. */
export function sandboxTest(
  name: string,
  keys: Readonly<Record<string, string>>,
  hosts: readonly string[],
  handler: (request: Request) => Response | Promise<Response>,
  body: (sandbox: Sandbox) => Promise<void>,
  needs: string | false = false,
  use: MachineUse = "shared",
): void {
  const skip = noSandbox || needs;
  test(
    name,
    { skip },
    () =>
      withMachine(
        use,
        () =>
          withScenario(keys, hosts, handler, async (scenario) => {
            const work = `${scenario.folder}/work`;
            Deno.mkdirSync(work);
            const inside: Sandbox["inside"] = (
              command,
              { options = [], cwd = work, ...more } = {},
            ) =>
              scenario.authsome(
                ["run", "--sandbox", ...options, "--", ...command],
                { ...more, cwd },
              );
            await body({
              ...scenario,
              work,
              inside,
              sh: (script, options) => inside(["sh", "-c", script], options),
            });
          }, CACHE),
      ),
  );
}
