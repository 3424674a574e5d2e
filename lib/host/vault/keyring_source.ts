/**
 * Which {@linkcode Keyring} is the source of a master key. A mode has a file of its own, loaded when it is used; the file
 * `master.key` is `keyring_file.ts`, which `wiring.ts` opens without this module.
 *
 * @module
 */
import type { Encryption } from "../../encryption.ts";
import { AuthsomeError } from "../../errors.ts";
import type { Keyring } from "../../ports/store.ts";
import type { Env } from "../../ports/system.ts";
import { sweepLeftovers, type Tell } from "../home/home_folder.ts";

/** What a source works with. */
export interface KeySourceHost {
  /** Path of the home. */
  home: string;
  env: Env;
  /** Told in a line what is waited for. */
  warn: Tell;
}

/**
 * The source that `encryption` describes.
 *
 * @throws {AuthsomeError} `MasterKeyUnavailable` if it cannot be used on this machine.
 */
export async function keySource(
  { mode }: Encryption,
  { home, env, warn }: KeySourceHost,
): Promise<Keyring> {
  await sweepLeftovers(home);
  switch (mode) {
    case "keyring": {
      const { KEYCHAINS, osKeyring } = await import("./keyring_os.ts");
      return osKeyring(home, Deno.build.os, KEYCHAINS, warn);
    }
    case "environment": {
      const { environmentKeyring } = await import("./keyring_environment.ts");
      return environmentKeyring(env);
    }
    default:
      throw new AuthsomeError(
        "MasterKeyUnavailable",
        `Cannot use encryption mode "${mode}": this build has no such keyring`,
        "authsome key status",
      );
  }
}
