import type {
  Conflicts,
  ImportedPart,
} from "../../../broker/custody/import_vault.ts";
import type { VaultCopy } from "../../../broker/custody/vault_copy.ts";
import { AuthsomeError } from "../../../errors.ts";
import { counted } from "../../../text.ts";
import type { CliContext } from "../../kit/command_context.ts";
import { defineCommand, option, toggle } from "../../kit/define_command.ts";
import { table } from "../../kit/table.ts";
import { shorten } from "../../kit/terminal_text.ts";
import { readPassphrase, readSmallFile } from "./vault_passphrase.ts";

/** Bytes of an export: far more than a vault of ten thousand connections. */
const LIMIT = 64 * 1_048_576;

interface Flags {
  identity?: string;
  passphraseFile?: string;
  skip?: boolean;
  force?: boolean;
  allowCommands?: boolean;
  dryRun?: boolean;
  yes?: boolean;
}

/** `vault import <file>`: takes over what `vault export` wrote. */
export default defineCommand<Flags, [file: string]>({
  description:
    "Reads a file of vault export and adds what is in it. What this home has already, and otherwise, is a conflict: then nothing is imported, unless --skip keeps what is here or --force replaces it. All records are written in one step, or none is. Import only a file that you made: whoever knows your public key can make one. - reads stdin.",
  examples: [
    ["authsome vault import home.age --dry-run", "what would be done"],
    ["authsome vault import home.age --identity key.txt", "with a key of age"],
    ["authsome vault import home.age --skip", "keep what is here"],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        { brief: "File to read, or -", placeholder: "file", completes: "file" },
      ],
    },
    flags: {
      identity: option("File with secret keys of age", "path", "file"),
      passphraseFile: option(
        "File with the passphrase in its first line",
        "path",
        "file",
      ),
      skip: toggle("Keep what is here where both have something"),
      force: toggle("Replace what is here where both have something"),
      allowCommands: toggle(
        "Also take what reads its secret by a command (cmd:) or a variable (env:)",
      ),
      dryRun: toggle("Show what would be done, and do nothing"),
      yes: toggle("Do not ask"),
    },
  },

  async run(context, flags, file) {
    const { output } = context;
    if (flags.skip && flags.force) {
      throw new AuthsomeError(
        "Usage",
        "Cannot use --skip with --force: what is here stays, or is replaced",
        "Leave one of them away",
      );
    }
    const copy = await readExport(context, flags, file);
    const { importVault, planVaultImport } = await import(
      "../../../broker/custody/import_vault.ts"
    );
    const broker = await context.broker();
    const conflicts: Conflicts = flags.skip
      ? "skip"
      : flags.force
      ? "replace"
      : "refuse";
    const plan = await planVaultImport(broker, copy, conflicts);
    const changes = plan.parts.filter(({ action }) => action !== "same");
    if (!output.asJson && changes.length > 0) show(context, changes);
    const same = plan.parts.length - changes.length;
    if (!output.asJson && same > 0) {
      output.say(`${counted(same, "part")} of it are here already.`);
    }
    const work = changes.filter(({ action }) =>
      action === "add" || action === "replace"
    );
    if (!flags.dryRun) {
      if (
        work.length > 0 && !flags.yes &&
        changes.every(({ action }) => action !== "conflict") &&
        !await context.confirm(
          `Import ${counted(work.length, "part")}?`,
          "--yes",
        )
      ) throw new AuthsomeError("InputCancelled", "Nothing was imported");
      await importVault(broker, plan, {
        allowsCommands: flags.allowCommands ?? false,
      });
    }
    if (output.asJson) {
      output.json({
        dry_run: flags.dryRun === true,
        parts: plan.parts.map((
          { what, profile, action, hosts, references },
        ) => ({
          what,
          profile: profile ?? null,
          action,
          ...hosts && { hosts },
          ...references && { references },
        })),
      });
    } else if (!flags.dryRun) {
      output.say(
        work.length > 0
          ? `Imported ${counted(work.length, "part")}.`
          : "Nothing is new.",
      );
    }
  },
});

function show(context: CliContext, parts: readonly ImportedPart[]): void {
  context.output.styled(table([
    ["", "PART", "PROFILE", "HOSTS OR PLACE"],
    ...parts.map(({ what, profile, action, hosts, references }) => [
      action,
      what,
      profile ?? "",
      (hosts ?? references)?.join(", ") ?? "",
    ]),
  ], context.width));
}

async function readExport(
  context: CliContext,
  flags: Flags,
  file: string,
): Promise<VaultCopy> {
  const { machine } = context;
  let text: string;
  try {
    text = file === "-"
      ? await machine.terminal.readAll(LIMIT)
      : machine.readTextFile(file, LIMIT);
  } catch (cause) {
    throw new AuthsomeError(
      "Usage",
      `Cannot read "${shorten(file, 200)}"${
        cause instanceof RangeError ? ": it is larger than 64 MiB" : ""
      }`,
      "Give a file that authsome vault export wrote",
      { cause, subject: { file } },
    );
  }
  const { identitiesIn, openAge, opensWithPassphrase } = await import(
    "../../../broker/custody/age_file.ts"
  );
  const { decodeCopy } = await import("../../../broker/custody/vault_copy.ts");
  const withPassphrase = await opensWithPassphrase(text);
  if (!withPassphrase && flags.identity === undefined) {
    throw new AuthsomeError(
      "Usage",
      "Cannot open the export: it is for a key of age",
      "Give the file of the secret key: --identity <path>",
    );
  }
  const key = withPassphrase
    ? { passphrase: await readPassphrase(context, flags.passphraseFile, false) }
    : {
      identities: identitiesIn(
        readSmallFile(context, flags.identity!, "--identity"),
      ),
    };
  return decodeCopy(
    await context.during("Decrypting", () => openAge(text, key)),
  );
}
