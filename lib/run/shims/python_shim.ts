/** The helper for Python: a module that it imports at its start. @module */
import type { Shim } from "./shim.ts";
import { SOURCES } from "./shim_sources.ts";

const START = "python/sitecustomize.py";
const CLIENTS = "python/authsome_clients.py";

/** See `python/sitecustomize.py`. */
export const PYTHON_SHIM: Shim = {
  files: { [START]: SOURCES[START], [CLIENTS]: SOURCES[CLIENTS] },
  variables(env, folder): Record<string, string> {
    const separator = /^[A-Za-z]:/.test(folder) ? ";" : ":";
    const own = `${folder}/python`;
    // The list has no way to name such a path.
    if (separator === ":" && own.includes(":")) return {};
    const others = env.PYTHONPATH ? env.PYTHONPATH.split(separator) : [];
    // Already there in a run inside of a run.
    const rest = others.filter((path) => path !== own);
    return { PYTHONPATH: [own, ...rest].join(separator) };
  },
};
