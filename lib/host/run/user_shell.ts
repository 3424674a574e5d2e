/** Which shell a person uses. @module */
import { userInfo } from "node:os";
import type { Env } from "../../ports/system.ts";

/** Shells of accounts that nobody logs in to. */
const NO_SHELL = /\/(?:nologin|false|true|sync)$/;

/** The shell of `SHELL`, else the one of the account, else that of the system. */
export function userShell(env: Env): string {
  if (Deno.build.os === "windows") return env.get("ComSpec") || "cmd.exe";
  return env.get("SHELL") || ofAccount() || "/bin/sh";
}

function ofAccount(): string | undefined {
  try {
    const { shell } = userInfo();
    return shell && !NO_SHELL.test(shell) ? shell : undefined;
  } catch {
    // There is no such account, as in some containers.
    return undefined;
  }
}
