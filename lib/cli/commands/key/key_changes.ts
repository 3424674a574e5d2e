/** `key move`, `key rotate`, `key backup`, `key restore`. @module */
import type { Encryption, EncryptionMode } from "../../../encryption.ts";
import { AuthsomeError } from "../../../errors.ts";
import { counted } from "../../../text.ts";
import { argument, choice, defineCommand } from "../../kit/define_command.ts";

/** Places as people type them. */
const PLACES: Readonly<Record<string, EncryptionMode>> = {
  file: "local_key",
  keyring: "keyring",
  passphrase: "passphrase",
  command: "command",
};

/** `key move --to <place>`. */
export const move = defineCommand<{ to?: string }, string[]>({
  description:
    "Makes a new master key at the new place, and removes the one at the old place. The credentials are not sealed anew. If it is interrupted the vault opens with the old key or with the new one, and the next key command ends what is left. A backup of the old master key opens older copies of the vault only.",
  examples: [
    ["authsome key move --to keyring", "into the system's keychain"],
    ["authsome key move --to passphrase", "sealed by a passphrase"],
    [
      "authsome key move --to command -- op read op://vault/authsome/key",
      "the output of a command, from now on",
    ],
  ],
  parameters: {
    flags: { to: choice("Where the key is to be", Object.keys(PLACES)) },
    positional: {
      kind: "array",
      parameter: {
        brief: "With --to command: the command whose output is the key",
        placeholder: "command",
      },
    },
  },

  async run(context, { to }, ...command) {
    const encryption = describe(to, command);
    const broker = await context.broker();
    const { moveKey } = await import("../../../broker/keys/move_key.ts");
    const { moved, from } = await moveKey(broker, encryption);
    const { output } = context;
    if (output.asJson) {
      output.json({ moved, from: from.mode, to: encryption.mode });
    } else if (!moved) output.say("The master key is there already.");
    else {
      output.say(
        `The master key is in mode ${encryption.mode} now. The old one, in mode ${from.mode}, opens nothing any more.`,
      );
    }
  },
});

/** `key rotate`. */
export const rotate = defineCommand<Record<never, never>>({
  description:
    "Makes a new data key and seals every credential anew with it, in one step, and then makes a new master key. Programs that run meanwhile go on. Where the master key comes from a command, it is changed there, and only the data key is new. Backups of the key of before do not open the vault any more: make a new one.",
  examples: [["authsome key rotate", "new keys, and everything sealed anew"]],
  parameters: {},

  async run(context) {
    const { output } = context;
    const broker = await context.broker();
    const { rotateKey } = await import("../../../broker/keys/rotate_key.ts");
    const { records, masterKey } = await rotateKey(broker);
    if (output.asJson) output.json({ records, new_master_key: masterKey });
    else {
      output.say(
        `Sealed ${
          counted(records, "record")
        } anew with a new data key. The master key is ${
          masterKey
            ? "new too."
            : `the same: change it where mode ${broker.encryption.mode} takes it from.`
        }`,
      );
    }
  },
});

/** `key backup <file>`. */
export const backup = defineCommand<Record<never, never>, [file: string]>({
  description:
    "Writes the data key of the vault to a new file that only you can read (mode 0600), in clear: whoever has it and a copy of vault.db can read every credential. Keep it where you keep such things, and not beside the vault. It opens the vault wherever the master key is, and until the next key rotate.",
  examples: [[
    "authsome key backup /media/usb/authsome-key.json",
    "what opens the vault again if its key is lost",
  ]],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [argument("The new file", "file", "file")],
    },
  },

  async run(context, _flags, file) {
    const { output } = context;
    const broker = await context.broker();
    const { backUpKey } = await import("../../../broker/keys/back_up_key.ts");
    const kid = await backUpKey(broker, file);
    if (output.asJson) output.json({ file, data_key_id: kid });
    else {
      output.say(
        `Wrote data key ${kid} to ${file}, in clear. With it and a copy of vault.db every credential can be read.`,
      );
    }
  },
});

/** `key restore <file>`. */
export const restore = defineCommand<Record<never, never>, [file: string]>({
  description:
    "Makes the vault open again with a backup of its key, if the master key is gone, damaged or another. Nothing is written unless the backup opens this vault.",
  examples: [[
    "authsome key restore /media/usb/authsome-key.json",
    "open the vault again",
  ]],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [argument("What key backup wrote", "file", "file")],
    },
  },

  async run(context, _flags, file) {
    const { output } = context;
    const broker = await context.broker();
    const { restoreKey } = await import("../../../broker/keys/back_up_key.ts");
    const { kid, masterKey } = await restoreKey(broker, file);
    // It has to open the way every command opens it.
    await broker.vault();
    if (output.asJson) {
      output.json({ data_key_id: kid, new_master_key: masterKey });
    } else {
      output.say(
        `The vault opens again, with data key ${kid} and ${
          masterKey ? "a new master key" : "the master key that is there"
        }.`,
      );
    }
  },
});

function describe(to: string | undefined, command: string[]): Encryption {
  const mode = PLACES[to ?? ""];
  if (mode === undefined) {
    throw usage("--to is missing", "authsome key move --to keyring");
  }
  if (mode !== "command") {
    if (command.length > 0) {
      throw usage(
        "only --to command takes a command",
        `authsome key move --to ${to}`,
      );
    }
    return { mode };
  }
  if (command.length === 0) {
    throw usage(
      "the command is missing",
      "authsome key move --to command -- op read op://vault/authsome/key",
    );
  }
  return { mode, command };
}

function usage(problem: string, hint: string): AuthsomeError {
  return new AuthsomeError(
    "Usage",
    `Cannot move the master key: ${problem}`,
    hint,
    { subject: { field: "--to" } },
  );
}
