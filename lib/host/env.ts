/** The process's {@linkcode Env}. @module */
import type { Env } from "../ports/system.ts";

/** The environment of this process, read at each call. */
export const processEnv: Env = {
  get: (name) => Deno.env.get(name),
  toObject: () => Deno.env.toObject(),
};
