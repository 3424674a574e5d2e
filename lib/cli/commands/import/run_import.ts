/** What `import` does with its flags. @module */
import {
  keepPlanned,
  planImport,
  verifyPlanned,
} from "../../../broker/import_credentials.ts";
import { AuthsomeError } from "../../../errors.ts";
import type { Found, Skipped } from "../../../import/found.ts";
import { SOURCES } from "../../../import/sources.ts";
import type { CliContext } from "../../kit/command_context.ts";
import { askOrRefuse } from "../../kit/pick.ts";
import { table } from "../../kit/table.ts";

/** The flags of `import`. */
export interface ImportFlags {
  dryRun?: boolean;
  path?: string;
  connection?: string;
  provider?: string;
  force?: boolean;
  yes?: boolean;
  noVerify?: boolean;
}

/** Asks for the source, and for its place if it has no usual one. */
async function pickSource(
  context: CliContext,
  flags: ImportFlags,
): Promise<{ name: string; path?: string }> {
  askOrRefuse(context, "import", "source");
  const questions = await context.questions();
  const name = await questions.choice(
    "What do you want to import from?",
    Object.entries(SOURCES).map(([value, { brief }]) => ({
      value,
      label: value,
      hint: brief,
    })),
  );
  if (!SOURCES[name]?.needsPath || flags.path !== undefined) return { name };
  const path = await questions.line(
    "Its file or folder",
    (answer) => answer.trim() === "" ? "It has no usual place" : undefined,
  );
  return { name, path: path.trim() };
}

/** Reads a source, shows what it holds and, unless it is a dry run, keeps it. */
export async function runImport(
  context: CliContext,
  flags: ImportFlags,
  source: string | undefined,
): Promise<void> {
  const { output } = context;
  const { name, ...place } = source === undefined
    ? await pickSource(context, flags)
    : { name: source };
  const broker = await context.broker();
  const plan = await planImport(broker, { ...flags, ...place, source: name });
  const { skipped } = plan;
  let { planned } = plan;
  const report = () => ({
    source: name,
    dry_run: flags.dryRun === true,
    [flags.dryRun ? "found" : "imported"]: planned.map((one) => ({
      provider: one.found.provider,
      connection_name: one.connection,
      auth_type: one.found.credential.type,
      from: one.found.from,
      holds: holds(one.found),
      account: one.identity?.account,
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
    ], context.width));
  }
  for (const { doubt, found } of planned) {
    if (doubt) output.warn(`${found.provider}: ${doubt}`);
  }
  if (!output.asJson) saySkipped(context, skipped);
  if (!flags.dryRun && planned.length > 0) {
    const names = planned.map(({ found, connection }) =>
      `${found.provider}/${connection}`
    );
    if (
      !flags.yes &&
      !await context.confirm(`Import ${names.join(", ")}?`, "--yes")
    ) throw new AuthsomeError("InputCancelled", "Nothing was imported");
    const verified = await verifyPlanned(broker, planned, {
      ...flags,
      hint: `Import it unchecked: authsome import ${name} --no-verify`,
    });
    ({ planned } = verified);
    skipped.push(...verified.refused);
    await keepPlanned(broker, planned);
    for (const doubt of verified.doubts) output.say(doubt);
    if (!output.asJson) {
      saySkipped(context, verified.refused);
      for (const { found, connection, identity } of planned) {
        const { account } = identity ?? {};
        output.say(
          `Imported ${found.provider}/${connection}${
            account === undefined ? "" : ` as ${account}`
          }.`,
        );
      }
    }
  }
  if (output.asJson) output.json(report());
  else if (planned.length === 0) output.say("There is nothing to import.");
}

function saySkipped(context: CliContext, skipped: readonly Skipped[]): void {
  for (const { provider, from, reason, hint } of skipped) {
    context.output.warn(
      `${provider ? `${provider} (${from})` : from} is left out: ${reason}` +
        (hint ? `. ${hint}` : ""),
    );
  }
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
