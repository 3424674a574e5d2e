/** The helper for Node: a module that it loads before the program. @module */
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
    if (options.includes(own)) return { NODE_OPTIONS: options };
    return { NODE_OPTIONS: options ? `${own} ${options}` : own };
  },
};

/** As Node takes a word of its options apart: a backslash in quotes stands before what is meant as it is. */
function quoted(path: string): string {
  return `"${path.replace(/["\\]/g, "\\$&")}"`;
}
