/**
 * Starts this program again where Deno would refuse every connection: it takes a variable that is set and empty, as a
 * person unsets it for one command, for the name of a file of certificates, and has read it by now.
 *
 * @module
 */
import { processEnv } from "../env.ts";
import { runCommand } from "./child_process.ts";
import { selfCommand } from "./self.ts";

/** Runs this program with `args` without such variables; `undefined` if there are none. */
export function startAgain(
  args: readonly string[],
): Promise<number> | undefined {
  // A single executable does not read them.
  if (!("serve" in Deno) || Deno.build.standalone) return undefined;
  const env = processEnv.toObject();
  const empty = Object.keys(env).filter((name) =>
    env[name] === "" &&
    (name === "DENO_CERT" ||
      name === "SSL_CERT_FILE" && env.DENO_TLS_CA_STORE?.includes("system"))
  );
  if (empty.length === 0) return undefined;
  for (const name of empty) delete env[name];
  return runCommand(selfCommand(args), env);
}
