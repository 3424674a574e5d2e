/** Where things lie in a home. @module */
import { AuthsomeError } from "../../errors.ts";
import type { Env } from "../../ports/system.ts";

/** The paths of a home. */
interface HomePaths {
  home: string;
  config: string;
  masterKey: string;
  vault: string;
  providers: string;
  auditLog: string;
  policy: string;
}

/**
 * The home: `AUTHSOME_HOME`, else `.authsome` in the user's folder.
 *
 * @throws {AuthsomeError} `Usage` if it is not absolute, `StoreUnavailable` if neither variable is set.
 */
export function findHome(
  env: Env,
  os: typeof Deno.build.os = Deno.build.os,
): string {
  const chosen = env.get("AUTHSOME_HOME");
  if (chosen) {
    const home = chosen.length > 1 ? withoutSlash(chosen, os) : chosen;
    if (!isAbsolute(home)) {
      throw new AuthsomeError(
        "Usage",
        `Cannot use AUTHSOME_HOME "${chosen}": it is not an absolute path`,
        `export AUTHSOME_HOME="$PWD/${chosen}"`,
      );
    }
    return home;
  }
  // Shells of Unix set HOME on Windows too, in their own spelling.
  const user = os === "windows"
    ? env.get("USERPROFILE") || env.get("HOME")
    : env.get("HOME");
  if (!user || !isAbsolute(user)) {
    throw new AuthsomeError(
      "StoreUnavailable",
      "Cannot find the home: neither AUTHSOME_HOME nor HOME is set",
      "export AUTHSOME_HOME=/path/to/home",
    );
  }
  return `${withoutSlash(user, os)}/.authsome`;
}

/** The paths of the home at `home`. */
export function homePaths(home: string): HomePaths {
  return {
    home,
    config: `${home}/config.json`,
    masterKey: `${home}/master.key`,
    vault: `${home}/vault.db`,
    providers: `${home}/providers`,
    auditLog: `${home}/audit.log`,
    policy: `${home}/policy.json`,
  };
}

function withoutSlash(path: string, os: typeof Deno.build.os): string {
  return path.replace(os === "windows" ? /[\\/]+$/ : /\/+$/, "");
}

function isAbsolute(path: string): boolean {
  return path.startsWith("/") || /^[A-Za-z]:[\\/]/.test(path);
}
