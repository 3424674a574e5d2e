/** @module */
import type { Policy } from "./policy.ts";

/** `TRACE` would send the credential back to the client; `CONNECT` would open a way that no policy sees. */
function isRefusedMethod(method: string): boolean {
  return /^(?:TRACE|TRACK|DEBUG|CONNECT|PRI)$/.test(method);
}

/** Refuses what {@linkcode isRefusedMethod} names. */
export const methodPolicy: Policy = ({ head: { method } }) =>
  isRefusedMethod(method)
    ? {
      status: 403,
      reason: "method_refused",
      message: `${method} is refused on hosts that get a credential`,
      hint: "Use another method",
    }
    : undefined;
