/** The {@linkcode RunMachine} of Deno. @module */
import type { Env } from "../ports.ts";
import type { RunMachine } from "../run.ts";
import { writeCaBundle } from "./ca_bundle.ts";
import { runCommand } from "./child_process.ts";
import { clientRoots, trustedRoots } from "./system_roots.ts";

/** What `authsome run` does to the world, for the home at `home`. */
export function denoRunMachine(home: string, env: Env): RunMachine {
  return {
    trustedRoots: () => trustedRoots(env),
    clientRoots: (variables) => clientRoots(env, variables),
    writeCaBundle: (certificates) => writeCaBundle(home, certificates),
    runCommand,
    startProxy(_request) {
      throw new Error("TEMPORARY until proxy_listener.ts lands");
    },
  };
}
