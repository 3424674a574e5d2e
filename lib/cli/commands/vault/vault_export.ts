import { AuthsomeError } from "../../../errors.ts";
import { counted } from "../../../text.ts";
import { defineCommand, option, toggle } from "../../kit/define_command.ts";
import { shorten } from "../../kit/terminal_text.ts";
import { readPassphrase } from "./vault_passphrase.ts";

interface Flags {
  recipient?: string[];
  passphrase?: boolean;
  passphraseFile?: string;
  force?: boolean;
}

/** `vault export <file>`: the home as a file in the age format. */
export default defineCommand<Flags, [file: string]>({
  description:
    "Writes every connection and client of every profile, your own definitions and your settings into a file in the age format, for another machine. It holds refresh tokens too, so it is always encrypted: to recipients, or with a passphrase. - writes it to stdout.",
  examples: [
    ["authsome vault export home.age", "asks for a passphrase"],
    ["authsome vault export home.age --recipient age1…", "to a key of age"],
    [
      "authsome vault export - --passphrase-file secret.txt >home.age",
      "without a terminal",
    ],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        {
          brief: "File to write, or -",
          placeholder: "file",
          completes: "file",
        },
      ],
    },
    flags: {
      recipient: {
        kind: "parsed",
        parse: String,
        variadic: true,
        brief: "Public key of age that can open it",
        placeholder: "age1…",
      },
      passphrase: toggle("Ask for a passphrase (the default at a terminal)"),
      passphraseFile: option(
        "File with the passphrase in its first line",
        "path",
        "file",
      ),
      force: toggle("Replace the file if it is there"),
    },
  },

  async run(context, flags, file) {
    const { output, machine } = context;
    const { recipient: recipients = [] } = flags;
    const secret = flags.passphrase || flags.passphraseFile !== undefined;
    if (recipients.length > 0 && secret) {
      throw new AuthsomeError(
        "Usage",
        "Cannot use --recipient with a passphrase: an age file has one or the other",
        "Leave one of them away",
      );
    }
    if (file !== "-" && !flags.force && machine.inspectPath(file)) {
      throw new AuthsomeError(
        "Usage",
        `Cannot write "${shorten(file, 200)}": it is there already`,
        "Choose another name, or replace it with --force",
        { subject: { file } },
      );
    }
    const { sealAge } = await import("../../../broker/custody/age_file.ts");
    // A key that is none is refused before anybody is asked, and before anything is handed out.
    if (recipients.length > 0) await sealAge("", { recipients });
    const lock = recipients.length > 0 ? { recipients } : {
      passphrase: await readPassphrase(context, flags.passphraseFile, true),
    };
    const { exportVault, readCopy } = await import(
      "../../../broker/custody/export_vault.ts"
    );
    const broker = await context.broker();
    const copy = await readCopy(broker);
    const text = await context.during(
      "Encrypting",
      async () => await sealAge(await exportVault(broker, copy), lock),
    );
    if (file === "-") {
      output.raw(text);
      return;
    }
    await machine.writePrivate(file, text);
    const facts = {
      file,
      records: Object.keys(copy.records).length,
      definitions: Object.keys(copy.definitions).length,
    };
    if (output.asJson) output.json(facts);
    else {
      output.data(file);
      output.say(
        `Wrote ${counted(facts.records, "record")} and ${
          counted(facts.definitions, "definition")
        }. There: authsome vault import ${file}`,
      );
    }
  },
});
