/** What `import` does with its flags. @module */
import { keepPlanned, planImport } from "../../../broker/import_credentials.ts";
import { AuthsomeError } from "../../../errors.ts";
import type { Found } from "../../../import/found.ts";
import type { CliContext } from "../../kit/command_context.ts";
import { table } from "../../kit/table.ts";

/** The flags of `import`. */
export interface ImportFlags {
  dryRun?: boolean;
  path?: string;
  connection?: string;
  provider?: string;
  force?: boolean;
  yes?: boolean;
}

/** Reads a source, shows what it holds and, unless it is a dry run, keeps it. */
export async function runImport(
  context: CliContext,
  flags: ImportFlags,
  name: string,
): Promise<void> {
  const { output } = context;
  const broker = await context.broker();
  const { planned, skipped } = await planImport(broker, {
    ...flags,
    source: name,
  });
  const report = () => ({
    source: name,
    dry_run: flags.dryRun === true,
    [flags.dryRun ? "found" : "imported"]: planned.map((one) => ({
      provider: one.found.provider,
      connection_name: one.connection,
      auth_type: one.found.credential.type,
      from: one.found.from,
      holds: holds(one.found),
      replaces: one.replaces,
    })),
    skipped: skipped.map(({ provider, from, reason, hint }) => ({
      provider: provider ?? null,
      from,
      reason,
      hint,
    })),
  });
  if (!output.asJson && planned.length > 0) {
    output.styled(table([
      ["CONNECTION", "FROM", "HOLDS", ""],
      ...planned.map((one) => [
        `${one.found.provider}/${one.connection}`,
        one.found.from,
        holds(one.found).join(", "),
        one.replaces ? "replaces" : "new",
      ]),
    ], Infinity));
  }
  for (const { doubt, found } of planned) {
    if (doubt) output.warn(`${found.provider}: ${doubt}`);
  }
  if (!output.asJson) {
    for (const { provider, from, reason, hint } of skipped) {
      output.warn(
        `${provider ? `${provider} (${from})` : from} is left out: ${reason}` +
          (hint ? `. ${hint}` : ""),
      );
    }
  }
  if (!flags.dryRun && planned.length > 0) {
    const names = planned.map(({ found, connection }) =>
      `${found.provider}/${connection}`
    );
    if (
      !flags.yes &&
      !await context.confirm(`Import ${names.join(", ")}?`, "--yes")
    ) throw new AuthsomeError("InputCancelled", "Nothing was imported");
    await keepPlanned(broker, planned);
    if (!output.asJson) {
      for (const each of names) output.say(`Imported ${each}.`);
    }
  }
  if (output.asJson) output.json(report());
  else if (planned.length === 0) output.say("There is nothing to import.");
}

/** What would be kept: names of secrets, never their values. */
function holds({ credential, client }: Found): string[] {
  return [
    ...credential.type === "api_key" ? Object.keys(credential.fields) : [
      "access_token",
      ...credential.refreshToken ? ["refresh_token"] : [],
    ],
    ...client ? ["client"] : [],
  ];
}
