/**
 * A secret in the kernel's session keyring (Linux, keyrings(7)), by the `keyctl` program: other login sessions cannot read
 * it, it is on no disk, and it is gone with the session, or when its time has come.
 *
 * @module
 */
import { AuthsomeError } from "../../errors.ts";
import { processEnv } from "../env.ts";
import { findProgram } from "../run/programs.ts";
import { runToEnd } from "../run/run_to_end.ts";

/** How long a call of the kernel may take. Milliseconds. */
const LIMIT_MS = 5_000;

/** A secret under one name. */
export interface SessionKey {
  /** The text, or `undefined` if there is none, or its time is over. Never throws. */
  read(): Promise<string | undefined>;
  /**
   * Keeps `text` for `seconds`.
   *
   * @throws {AuthsomeError} `OperationNotAllowed` where there is no session keyring.
   */
  keep(text: string, seconds: number): Promise<void>;
  /** Keeps `text` in place of the one there, for what is left of its time. Without one it does nothing. Never throws. */
  replace(text: string): Promise<void>;
  /** Forgets it; says whether there was one. Never throws. */
  forget(): Promise<boolean>;
}

/** The secret called `name`, an identifier without spaces. */
export function sessionKey(
  name: string,
  os: typeof Deno.build.os = Deno.build.os,
): SessionKey {
  const description = `authsome:${name}`;
  const search = () => keyctl(["search", "@s", "user", description]);
  const usable = os === "linux";
  const kept = async () => {
    const id = usable ? await search() : undefined;
    const payload = id && await keyctl(["pipe", id]);
    const [, until, text] = /^(\d+) (.*)$/s.exec(payload ?? "") ?? [];
    // The kernel forgets by itself, unless we were killed before we could say when.
    return text !== undefined && Number(until) > Date.now()
      ? { until: Number(until), text }
      : undefined;
  };

  return {
    async read() {
      return (await kept())?.text;
    },

    async replace(text) {
      const before = await kept();
      if (!before) return;
      try {
        await this.keep(text, (before.until - Date.now()) / 1000);
      } catch { /* It is asked for again. */ }
    },

    async keep(text, seconds) {
      const until = Date.now() + seconds * 1000;
      const keyring = usable ? await ownKeyring() : undefined;
      const id = keyring &&
        await keyctl(
          ["padd", "user", description, keyring],
          `${until} ${text}`,
        );
      if (!id) {
        throw unavailable(
          usable
            ? "it needs keyctl (the package keyutils), and a kernel that allows its keyrings"
            : `${os} has none`,
        );
      }
      if (
        await keyctl(["timeout", id, String(Math.ceil(seconds))]) === undefined
      ) {
        await this.forget();
        throw unavailable("the kernel did not take its time");
      }
    },

    async forget() {
      const id = usable ? await search() : undefined;
      if (!id) return false;
      // Whoever linked it elsewhere loses it too.
      return await keyctl(["revoke", id]) !== undefined;
    },
  };
}

/**
 * Where a key stays after `keyctl` has ended. Without a session keyring of one's own (no pam_keyinit) `@s` would make one
 * for that process alone; the kernel then looks in that of the user.
 */
async function ownKeyring(): Promise<string | undefined> {
  const described = await keyctl(["rdescribe", "@s"]);
  if (described === undefined) return undefined;
  return described.split(";").at(-1)!.startsWith("_uid_ses.") ? "@us" : "@s";
}

/** What `keyctl` printed, less its newline; `undefined` if it failed, is absent, or took too long. */
async function keyctl(
  args: string[],
  stdin?: string,
): Promise<string | undefined> {
  const program = findProgram("keyctl", processEnv);
  if (program === undefined) return undefined;
  const ended = await runToEnd(program, args, { stdin, limit: LIMIT_MS });
  return ended?.code === 0 ? ended.stdout.replace(/\n$/, "") : undefined;
}

function unavailable(state: string): AuthsomeError {
  return new AuthsomeError(
    "OperationNotAllowed",
    `Cannot keep the vault unlocked in the session keyring: ${state}`,
    "Without it, set AUTHSOME_PASSPHRASE_FILE to a file of mode 600, or type the passphrase for each command",
  );
}
