/** The helpers of a run: all of them, and what they add to the environment of its command. @module */
import { JAVA_SHIM } from "./java_shim.ts";
import { NODE_SHIM } from "./node_shim.ts";
import { PYTHON_SHIM } from "./python_shim.ts";
import type { Shim } from "./shim.ts";

const SHIMS: readonly Shim[] = [NODE_SHIM, JAVA_SHIM, PYTHON_SHIM];

/** The files of every helper, by their path below one folder. */
export function shimFiles(): Record<string, string | Uint8Array> {
  return Object.assign({}, ...SHIMS.map(({ files }) => files));
}

/** `env` with what makes clients load the helpers, whose files are in `folder`. */
export function withShims(
  env: Readonly<Record<string, string>>,
  folder: string,
): Record<string, string> {
  return SHIMS.reduce(
    (made, shim) => ({ ...made, ...shim.variables(made, folder) }),
    { ...env },
  );
}
