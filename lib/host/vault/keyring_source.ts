/**
 * Which {@linkcode Keyring} is the source of a master key. A mode has a file of its own, loaded when it is used; the usual
 * one, `keyring_file.ts`, is opened by `wiring.ts` without this module.
 *
 * @module
 */
import type { Encryption } from "../../encryption.ts";
import type { ConfigFile } from "../../ports/home_files.ts";
import type { Keyring, PassphraseKeyring } from "../../ports/store.ts";
import type { Env } from "../../ports/system.ts";
import { defined } from "../../object.ts";
import { sweepLeftovers, type Tell } from "../home/home_folder.ts";
import { fileKeyring } from "./keyring_file.ts";

/** What a source works with. */
export interface KeySourceHost {
  /** Path of the home. */
  home: string;
  env: Env;
  configFile: ConfigFile;
  /** Told in a line what is waited for. */
  warn: Tell;
  /** Whether a person at the terminal may be asked. */
  interactive: boolean;
  /** The source of mode `command` once it was asked for. */
  printed?: { line: string; keyring: Keyring };
  /** The source of mode `passphrase` once it was asked for. */
  opened?: Promise<PassphraseKeyring>;
}

/**
 * The source that `encryption` describes.
 *
 * @throws {AuthsomeError} `MasterKeyUnavailable` if it cannot be used on this machine.
 */
export async function keySource(
  { mode, command = [] }: Encryption,
  host: KeySourceHost,
): Promise<Keyring> {
  const { home, env, warn } = host;
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
    case "passphrase":
      return await passphraseSource(host);
    case "command": {
      const { commandKeyring } = await import("./keyring_command.ts");
      const line = JSON.stringify(command);
      if (host.printed?.line !== line) {
        host.printed = { line, keyring: commandKeyring(command, host) };
      }
      return host.printed.keyring;
    }
    case "local_key":
      return fileKeyring(`${home}/master.key`);
  }
}

/** The source of mode `passphrase`: one for a process, so that a person is asked once. */
export function passphraseSource(
  host: KeySourceHost,
): Promise<PassphraseKeyring> {
  return host.opened ??= openPassphrase(host);
}

async function openPassphrase(
  { interactive, opened: _opened, printed: _printed, ...host }: KeySourceHost,
): Promise<PassphraseKeyring> {
  const { passphraseKeyring } = await import("./keyring_passphrase.ts");
  return await passphraseKeyring({
    ...host,
    ...defined({ ask: interactive ? askPassphrase : undefined }),
  });
}

async function askPassphrase(
  message: string,
  check?: (answer: string) => string | undefined,
): Promise<string> {
  const { askMasked } = await import("../login/prompt.ts");
  const { signal } = new AbortController();
  return await askMasked({ message, signal, ...defined({ check }) });
}
