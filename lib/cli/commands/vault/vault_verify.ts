import {
  acceptVault,
  verifyVault,
} from "../../../broker/custody/verify_vault.ts";
import { AuthsomeError } from "../../../errors.ts";
import { counted } from "../../../text.ts";
import { defineCommand, toggle } from "../../kit/define_command.ts";
import { table } from "../../kit/table.ts";

interface Flags {
  accept?: boolean;
}

/** `vault verify`: opens every record. */
export default defineCommand<Flags>({
  description:
    "Opens every record of every profile and says which do not open, and which are older than this machine remembers. Shows no secret and changes nothing in the vault. Exit code 9 if there is one.",
  examples: [
    ["authsome vault verify", "after a crash, or before a backup"],
    ["authsome vault verify --accept", "after you restored an older vault"],
  ],
  parameters: {
    flags: {
      accept: toggle("Take the records that are there for the newest"),
    },
  },

  async run(context, flags) {
    const { output } = context;
    const broker = await context.broker();
    if (flags.accept) await acceptVault(broker);
    const { records, damaged, older, remembered } = await context.during(
      "Opening every record",
      () => verifyVault(broker),
    );
    if (output.asJson) {
      output.json({
        ok: damaged.length + older.length === 0,
        ...{ records, damaged, older, remembered: remembered ?? null },
      });
    } else if (damaged.length + older.length > 0) {
      output.styled(table([
        ["STATE", "RECORD", "PROFILE", "FIX"],
        ...damaged.map(({ what, profile = "-", hint }) => [
          ...["damaged", what, profile, hint],
        ]),
        ...older.map(({ what, profile }) => [
          ...["older", what, profile, "log in again, or --accept"],
        ]),
      ], context.width));
    } else output.data(`${counted(records, "record")}, and every one opens`);
    if (!output.asJson && remembered === undefined) {
      output.say("Nothing outside of the vault remembers what was in it.");
    }
    if (damaged.length + older.length === 0) return;
    context.exitCode = 9;
    if (output.asJson) return;
    throw damaged.length > 0
      ? new AuthsomeError(
        "RecordCorrupt",
        `Cannot open ${damaged.length} of ${counted(records, "record")}`,
        "Restore vault.db from a backup, or do what the table says",
      )
      : new AuthsomeError(
        "RecordCorrupt",
        `Cannot rely on ${older.length} of ${
          counted(records, "record")
        }: older than this machine remembers`,
        "If you restored the vault yourself: authsome vault verify --accept",
      );
  },
});
