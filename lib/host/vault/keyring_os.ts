/**
 * A {@linkcode Keyring} in the keychain of the system, by the program that comes with it. The key goes in by stdin and
 * comes out by stdout: arguments can be read by every user of the machine.
 *
 * @module
 */
import { hex, sha256 } from "../../bytes.ts";
import { AuthsomeError } from "../../errors.ts";
import type { KeyLeftover, Keyring } from "../../ports/store.ts";
import { processEnv } from "../env.ts";
import type { Tell } from "../home/home_folder.ts";
import { lock } from "../home/lock.ts";
import { findProgram } from "../run/programs.ts";
import { type Ended, runToEnd } from "../run/run_to_end.ts";

/** Milliseconds that a person has to unlock the keychain. */
const UNLOCK_MS = 120_000;

/** How long a keychain may take to say that it is there. Milliseconds. */
const ANSWER_MS = 5_000;

/** How long nobody is told that it is waited for, in milliseconds. */
const TELL_MS = 500;

/** A program to start, with its arguments and input. */
interface KeychainCommand {
  command: string[];
  stdin?: string;
}

/** How a system keeps a secret under `account`, an identifier without spaces or quotes. */
export interface Keychain {
  find(account: string): KeychainCommand;
  /** `secret` is hexadecimal. */
  store(account: string, secret: string): KeychainCommand;
  /** Stores it in place of the one there, in one step. */
  replace(account: string, secret: string): KeychainCommand;
  /** Removes it. Ends as it likes if there is none. */
  remove(account: string): KeychainCommand;
  /** Lists the secret also while it is locked, where `find` says of that what it says of a missing one. */
  list?(account: string): KeychainCommand;
  /** Whether `find` ended so because there is no such secret; anything else is a failure. */
  isMissing(ended: { code: number; stderr: string }): boolean;
}

/** The keychain of macOS, by `security`, and the Secret Service of Linux desktops, by `secret-tool`. */
export const KEYCHAINS: Partial<Record<typeof Deno.build.os, Keychain>> = {
  darwin: {
    find: (account) => ({
      command: [
        "/usr/bin/security",
        "find-generic-password",
        ...["-s", "authsome", "-a", account, "-w"],
      ],
    }),
    // Interactive: commands are read from stdin. It replaces nothing that is there.
    store: (account, secret) => ({
      command: ["/usr/bin/security", "-i"],
      stdin:
        `add-generic-password -s authsome -a ${account} -l authsome -w ${secret}\n`,
    }),
    // -U: update.
    replace: (account, secret) => ({
      command: ["/usr/bin/security", "-i"],
      stdin:
        `add-generic-password -U -s authsome -a ${account} -l authsome -w ${secret}\n`,
    }),
    remove: (account) => ({
      command: [
        "/usr/bin/security",
        "delete-generic-password",
        ...["-s", "authsome", "-a", account],
      ],
    }),
    // errSecItemNotFound.
    isMissing: ({ code }) => code === 44,
  },
  linux: {
    find: (account) => ({
      command: [
        ...["secret-tool", "lookup"],
        ...["service", "authsome", "account", account],
      ],
    }),
    store: (account, secret) => ({
      command: [
        ...["secret-tool", "store", "--label=authsome"],
        ...["service", "authsome", "account", account],
      ],
      stdin: secret,
    }),
    // An item with the same attributes is replaced.
    replace: (account, secret) => ({
      command: [
        ...["secret-tool", "store", "--label=authsome"],
        ...["service", "authsome", "account", account],
      ],
      stdin: secret,
    }),
    remove: (account) => ({
      command: [
        ...["secret-tool", "clear"],
        ...["service", "authsome", "account", account],
      ],
    }),
    list: (account) => ({
      command: [
        ...["secret-tool", "search"],
        ...["service", "authsome", "account", account],
      ],
    }),
    // It says nothing then; of a service that cannot be reached it does.
    isMissing: ({ code, stderr }) => code === 1 && stderr.trim() === "",
  },
};

/**
 * The keyring of the home at `home`: each home has a key of its own.
 *
 * @param tell told in a line that the keychain is waited for.
 * @throws {AuthsomeError} `MasterKeyUnavailable` where the system has no keychain that can be used.
 */
export function osKeyring(
  home: string,
  os: typeof Deno.build.os = Deno.build.os,
  keychains = KEYCHAINS,
  tell: Tell = () => {},
): Keyring {
  const keychain = keychains[os];
  if (!keychain) {
    throw unavailable(`${os} has none that authsome can use safely`);
  }
  const read = async (
    isLast = false,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> => {
    const find = keychain.find(await accountOf(home));
    const ended = await telling(tell, find, () => run(find));
    if (ended.code !== 0) {
      if (!keychain.isMissing(ended)) {
        throw unavailable("it is locked, or cannot be reached");
      }
      const list = keychain.list?.(await accountOf(home));
      const listed = list ? (await run(list)).stdout.trim() : "";
      if (listed === "") return undefined;
      // The secret of a locked item is not listed: another process has made this one since.
      if (!isLast && /^secret = /m.test(listed)) return await read(true);
      throw unavailable(
        "it is locked, and was not unlocked",
        "Unlock the keychain, and try again",
      );
    }
    return decode(ended.stdout.trim());
  };
  return {
    read: () => read(),
    async create(key) {
      // Two processes that make a key at once: secret-tool would replace the first by the second.
      const store = keychain.store(await accountOf(home), hex(key));
      const held = await telling(
        tell,
        store,
        () => lock(`${home}/keyring.lock`, UNLOCK_MS),
      );
      try {
        if (await read()) return;
        await telling(tell, store, () => run(store));
        // What was not kept must not be used: the vault would be lost with this process.
        if (!await read()) throw unavailable("it did not store the key");
      } finally {
        held.release();
      }
    },

    async replace(key) {
      const replace = keychain.replace(await accountOf(home), hex(key));
      await telling(tell, replace, () => run(replace));
      const kept = await read();
      if (!kept || hex(kept) !== hex(key)) {
        throw unavailable("it did not store the key");
      }
    },

    async remove() {
      const remove = keychain.remove(await accountOf(home));
      await telling(tell, remove, () => run(remove));
      if (await read()) throw unavailable("it did not remove the key");
    },
  };
}

/**
 * Whether there is a keychain that answers, soon and without a person. It is asked for a secret that nobody has: a locked
 * one says so of that as well, without a question.
 */
export async function keychainAnswers(
  os: typeof Deno.build.os = Deno.build.os,
  keychains = KEYCHAINS,
): Promise<boolean> {
  const keychain = keychains[os];
  if (!keychain) return false;
  try {
    const ended = await run(keychain.find("probe"), ANSWER_MS);
    return ended.code === 0 || keychain.isMissing(ended);
  } catch {
    return false;
  }
}

/** The entry of the home in the keychain, if that shows one soon and without a person; without its key if it is locked. */
export async function keychainEntry(
  home: string,
  os: typeof Deno.build.os = Deno.build.os,
  keychains = KEYCHAINS,
): Promise<KeyLeftover | undefined> {
  const keychain = keychains[os];
  if (!keychain) return undefined;
  const account = await accountOf(home);
  const entry: KeyLeftover = {
    where: "the keychain of this system, an entry for authsome",
    remove: keychain.remove(account).command.join(" "),
  };
  try {
    const found = await run(keychain.find(account), ANSWER_MS);
    if (found.code === 0) {
      return { ...entry, masterKey: decode(found.stdout.trim()) };
    }
    if (!keychain.isMissing(found) || !keychain.list) return undefined;
    const { stdout } = await run(keychain.list(account), ANSWER_MS);
    return stdout.trim() === "" ? undefined : entry;
  } catch {
    return undefined;
  }
}

/** Does `work`; tells what is waited for if it takes longer than a keychain that is open. */
async function telling<T>(
  tell: Tell,
  { command: [program] }: KeychainCommand,
  work: () => Promise<T>,
): Promise<T> {
  const timer = setTimeout(
    () =>
      tell(
        `Waiting for the keychain of this system (${program}): unlock it if it asks you to, within ${
          UNLOCK_MS / 1000
        } seconds`,
      ),
    TELL_MS,
  );
  try {
    return await work();
  } finally {
    clearTimeout(timer);
  }
}

/** A name for the home that needs no quoting. */
async function accountOf(home: string): Promise<string> {
  return (await sha256(home)).slice(0, 32);
}

function decode(text: string): Uint8Array<ArrayBuffer> {
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw unavailable("its entry for authsome is not a key");
  }
  return Uint8Array.from(
    text.match(/../g)!,
    (pair) => parseInt(pair, 16),
  );
}

async function run(
  { command: [name, ...args], stdin }: KeychainCommand,
  limit = UNLOCK_MS,
): Promise<Ended> {
  const program = findProgram(name!, processEnv);
  if (program === undefined) {
    throw unavailable(
      `it needs ${name}, which is not in a folder of PATH that is safe from sandboxed commands`,
    );
  }
  // Nobody may be there to unlock it.
  const ended = await runToEnd(program, args, { stdin, limit });
  if (!ended) {
    throw unavailable(`it needs ${program}, which cannot be started`);
  }
  return ended;
}

function unavailable(
  state: string,
  hint = "authsome key status",
): AuthsomeError {
  return new AuthsomeError(
    "MasterKeyUnavailable",
    `Cannot use the keychain of this system: ${state}`,
    hint,
  );
}
