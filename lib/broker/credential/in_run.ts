/** Whether a helper was started by a command of `authsome run`. @module */
import type { Broker } from "../broker.ts";

/**
 * Whether the process is inside a run: there the proxy adds the credential, and a helper gives the placeholder or
 * nothing, never the secret.
 */
export function isInRun({ env }: Pick<Broker, "env">): boolean {
  return env.get("AUTHSOME_PROXY_MODE") === "true";
}
