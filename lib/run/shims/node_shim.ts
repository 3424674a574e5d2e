/** The helper for Node and Bun: a module that they load before the program. @module */
import type { Shim } from "./shim.ts";
import { SOURCES } from "./shim_sources.ts";

const PRELOAD = "node/preload.cjs";
const TUNNEL = "node/tunnel.cjs";

/** See `node/preload.cjs`. */
export const NODE_SHIM: Shim = {
  files: { [PRELOAD]: SOURCES[PRELOAD], [TUNNEL]: SOURCES[TUNNEL] },
  variables(env, folder) {
    const own = `--require ${quoted(`${folder}/${PRELOAD}`)}`;
    const options = env.NODE_OPTIONS ?? "";
    // Already there in a run inside of a run.
    const isThere = options.includes(own);
    return {
      NODE_OPTIONS: isThere ? options : `${own} ${options}`.trim(),
      // It has room for one path. Executables that Bun made would read BUN_OPTIONS as arguments of the program.
      BUN_INSPECT_PRELOAD: env.BUN_INSPECT_PRELOAD || `${folder}/${PRELOAD}`,
    };
  },
};

/** As Node takes a word of its options apart: a backslash in quotes stands before what is meant as it is. */
function quoted(path: string): string {
  return `"${path.replace(/["\\]/g, "\\$&")}"`;
}
