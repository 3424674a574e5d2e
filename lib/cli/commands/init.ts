import { ensureConfig, readConfig, updateConfig } from "../../config.ts";
import {
  effectiveEncryption,
  type Encryption,
  type EncryptionMode,
  TYPED_MODES,
  typedMode,
} from "../../encryption.ts";
import { AuthsomeError } from "../../errors.ts";
import type { Runtime } from "../../ports/runtime.ts";
import type { CliContext } from "../kit/command_context.ts";
import { choice, defineCommand } from "../kit/define_command.ts";

/** What a new home is asked about, at a desktop. */
const PLACES = [
  {
    value: "keyring",
    label: "In the system's keychain",
    hint: "no key in a backup, nor on a stolen disk",
  },
  {
    value: "file",
    label: "In a file that only you can read",
    hint: "works everywhere, also without a desktop",
  },
  {
    value: "passphrase",
    label: "Sealed by a passphrase",
    hint: "you type it for each command, or unlock it for a time",
  },
];

/** `init`: makes the home and says so. */
export default defineCommand<{ encryption?: string }, string[]>({
  description:
    "Every command does this when needed; init only reports what it did, and lets you choose where the master key is. At a terminal where the system's keychain answers, it asks.",
  examples: [
    ["authsome init", "create ~/.authsome, or $AUTHSOME_HOME"],
    ["authsome init --encryption keyring", "its key in the system's keychain"],
    ["authsome init --encryption passphrase", "its key sealed by a passphrase"],
    [
      "authsome init --encryption command -- pass show authsome",
      "its key is what the command prints",
    ],
  ],
  parameters: {
    flags: {
      encryption: choice("Where the master key comes from", TYPED_MODES),
    },
    positional: {
      kind: "array",
      parameter: {
        brief: "With --encryption command: the program and its arguments",
        placeholder: "command",
      },
    },
  },

  async run(context, { encryption: typed }, ...command) {
    const { output } = context;
    const wanted = typed === undefined ? undefined : typedMode(typed);
    if ((wanted === "command") !== command.length > 0) throw misplaced(wanted);
    const runtime = await context.runtime();
    const existed = await runtime.configFile.read() !== undefined;
    if (wanted) refuseOther(runtime, wanted);
    if (runtime.hasStore?.()) {
      const { mode } = (await readConfig(runtime.configFile)).encryption;
      if (wanted && wanted !== mode) throw fixed(mode, typed!);
    } else {
      await choose(
        context,
        runtime,
        existed,
        wanted && { mode: wanted, ...command.length > 0 ? { command } : {} },
      );
    }
    const broker = await context.broker();
    await broker.vault();
    if (output.asJson) {
      output.json({
        home: broker.home,
        created: !existed,
        encryption_mode: broker.encryption.mode,
      });
    } else {
      output.data(broker.home);
      output.say(
        existed
          ? "The home was there already; nothing was changed."
          : "Made the home, its master key and its vault.",
      );
    }
  },
});

/**
 * Makes the key of a home without a vault, and then writes where it is. A process that is killed in between leaves a home
 * that has no vault yet, where all of this can be done again.
 */
async function choose(
  context: CliContext,
  runtime: Runtime,
  existed: boolean,
  wanted: Encryption | undefined,
): Promise<void> {
  const { encryption: written } = await readConfig(runtime.configFile);
  const chosen = wanted ?? (existed ? undefined : await ask(context, runtime));
  const used = effectiveEncryption(chosen ?? written, runtime.env);
  const keyring = await runtime.keyring(used);
  // A passphrase that was typed before the mode was written is asked for anew.
  if (used.mode === "passphrase" && written.mode !== "passphrase") {
    await keyring.remove?.();
  }
  if (!await keyring.read()) {
    await keyring.create(crypto.getRandomValues(new Uint8Array(32)));
  }
  if (!await ensureConfig(runtime.configFile, used) && chosen) {
    await updateConfig(runtime.configFile, { encryption: chosen });
  }
}

/** Asks where the key is to be, once: at a desktop, of a home that is not there yet. */
async function ask(
  context: CliContext,
  runtime: Runtime,
): Promise<Encryption | undefined> {
  const { mode } = effectiveEncryption({ mode: "local_key" }, runtime.env);
  if (mode === "environment" || !context.canAsk || context.output.asJson) {
    return undefined;
  }
  if (!await runtime.keychainAnswers?.()) return undefined;
  const questions = await context.questions();
  const answer = await questions.choice(
    "Where should the master key be?",
    PLACES,
  );
  return { mode: typedMode(answer) };
}

function refuseOther(runtime: Runtime, wanted: EncryptionMode): void {
  const { mode } = effectiveEncryption({ mode: wanted }, runtime.env);
  if (mode === wanted) return;
  throw new AuthsomeError(
    "Usage",
    "Cannot choose where the master key is: AUTHSOME_MASTER_KEY is set and takes precedence",
    "unset AUTHSOME_MASTER_KEY AUTHSOME_MASTER_KEY_FILE",
    { subject: { field: "--encryption" } },
  );
}

function misplaced(wanted: EncryptionMode | undefined): AuthsomeError {
  return new AuthsomeError(
    "Usage",
    wanted === "command"
      ? "Cannot make the home: --encryption command needs a command that prints the key"
      : "Cannot make the home: a command is of use with --encryption command alone",
    "authsome init --encryption command -- pass show authsome",
    { subject: { field: "--encryption" } },
  );
}

function fixed(mode: EncryptionMode, typed: string): AuthsomeError {
  return new AuthsomeError(
    "OperationNotAllowed",
    `Cannot make the home: it has a vault already, whose key is in mode ${mode}`,
    `authsome key move --to ${typed}`,
  );
}
