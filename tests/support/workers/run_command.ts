/** Runs argv as `authsome run` does, without the proxy: for tests of the process alone. */
import { runCommand } from "../../../lib/host/run/child_process.ts";
import { AuthsomeError } from "../../../lib/errors.ts";

try {
  Deno.exitCode = await runCommand(Deno.args, Deno.env.toObject());
} catch (error) {
  if (!(error instanceof AuthsomeError)) throw error;
  console.error(error.message);
  Deno.exitCode = error.exitCode;
}
