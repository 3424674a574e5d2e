import { verifyVault } from "../../../broker/custody/verify_vault.ts";
import { AuthsomeError } from "../../../errors.ts";
import { counted } from "../../../text.ts";
import { defineCommand } from "../../kit/define_command.ts";
import { table } from "../../kit/table.ts";

/** `vault verify`: opens every record. */
export default defineCommand<Record<never, never>>({
  description:
    "Opens every record of every profile and says which do not open. Shows no secret and changes nothing. Exit code 9 if one is damaged.",
  examples: [["authsome vault verify", "after a crash, or before a backup"]],
  parameters: {},

  async run(context) {
    const { output } = context;
    const broker = await context.broker();
    const { records, damaged } = await context.during(
      "Opening every record",
      () => verifyVault(broker),
    );
    if (output.asJson) output.json({ records, damaged });
    else if (damaged.length > 0) {
      output.styled(table([
        ["DAMAGED", "PROFILE", "FIX"],
        ...damaged.map(({ what, profile, hint }) => [
          what,
          profile ?? "-",
          hint,
        ]),
      ], context.width));
    } else output.data(`${counted(records, "record")}, and every one opens`);
    if (damaged.length === 0) return;
    if (output.asJson) context.exitCode = 9;
    else {
      throw new AuthsomeError(
        "RecordCorrupt",
        `${counted(damaged.length, "record")} of ${records} do not open`,
        "Restore vault.db from a backup, or do what the table says",
      );
    }
  },
});
