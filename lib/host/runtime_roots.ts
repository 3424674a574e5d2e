/**
 * What Deno trusts by itself where variables say so. It reads them once, when it starts, and refuses every connection if it
 * cannot; Node warns of a file that it cannot read, and goes on.
 *
 * @module
 */
import { AuthsomeError } from "../errors.ts";
import type { Env } from "../ports/system.ts";

const VARIABLES = ["DENO_CERT", "DENO_TLS_CA_STORE"] as const;

/**
 * Checks that Deno can connect to servers at all. Does nothing on Node.
 *
 * @throws {AuthsomeError} `Usage` if what a variable names cannot be used.
 */
export function checkRuntimeRoots(env: Env): void {
  const variable = VARIABLES.find((name) => env.get(name) !== undefined);
  if (variable === undefined || !("createHttpClient" in Deno)) return;
  try {
    Deno.createHttpClient({}).close();
  } catch (cause) {
    throw new AuthsomeError(
      "Usage",
      `Cannot use ${variable} "${env.get(variable)}": ${
        cause instanceof Error ? cause.message : "unknown failure"
      }`,
      variable === "DENO_CERT"
        ? `Name a file of PEM certificates in ${variable}, or unset it`
        : `unset ${variable}`,
      { cause },
    );
  }
}
