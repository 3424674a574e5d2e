/** What `import` does with its flags. @module */
import {
  keepPlanned,
  planImport,
  verifyPlanned,
} from "../../../broker/import_credentials.ts";
import {
  type PlannedDefinition,
  registerPlanned,
} from "../../../broker/register/import_definitions.ts";
import { AuthsomeError, EXIT_CODES } from "../../../errors.ts";
import type { Found, Skipped } from "../../../import/found.ts";
import { SOURCES } from "../../../import/sources.ts";
import type { CliContext } from "../../kit/command_context.ts";
import { askOrRefuse, canPick } from "../../kit/pick.ts";
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
  const plan = await planImport(broker, {
    ...flags,
    ...place,
    source: name,
    ...canPick(context)
      ? { passphrase: (question) => ask(context, question) }
      : {},
  });
  const { skipped, definitions } = plan;
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
    ...definitions.length > 0
      ? {
        definitions: definitions.map(({ found, review }) => ({
          provider: found.name,
          from: found.from,
          hosts: review.hosts,
          endpoints: review.endpoints,
          warnings: [...review.warnings, ...review.alarms],
        })),
      }
      : {},
    skipped: skipped.map(({ provider, from, reason, hint }) => ({
      provider: provider ?? null,
      from,
      reason,
      hint,
    })),
  });
  if (!output.asJson) showDefinitions(context, definitions);
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
  const isEmpty = planned.length === 0 && definitions.length === 0;
  if (!flags.dryRun && !isEmpty) {
    const names = [
      ...definitions.map(({ found }) => `the definition of ${found.name}`),
      ...planned.map(({ found, connection }) =>
        `${found.provider}/${connection}`
      ),
    ];
    if (
      definitions.length > 0 && !flags.yes &&
      (output.asJson || context.globals.quiet)
    ) {
      throw new AuthsomeError(
        "Usage",
        "Cannot ask for confirmation: --json and --quiet do not show what would be installed",
        "Look at it with --dry-run, then say yes with --yes",
      );
    }
    if (
      !flags.yes &&
      !await context.confirm(`Import ${names.join(", ")}?`, "--yes")
    ) throw new AuthsomeError("InputCancelled", "Nothing was imported");
    await registerPlanned(broker, definitions);
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
      for (const { found } of definitions) {
        output.say(`Registered "${found.name}".`);
      }
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
  const sealed = skipped.filter(({ isSealed }) => isSealed);
  if (output.asJson) output.json(report());
  else if (planned.length === 0 && definitions.length === 0) {
    output.say(
      sealed.length > 0
        ? "Nothing was imported: what is there does not open."
        : "There is nothing to import.",
    );
  }
  if (sealed.length > 0) context.exitCode = EXIT_CODES.MasterKeyUnavailable;
}

/** Asks for a password that opens what is imported. */
async function ask(context: CliContext, question: string): Promise<string> {
  return await (await context.questions()).masked(question);
}

/** What each would do, as `register` shows it. */
function showDefinitions(
  { output }: CliContext,
  definitions: readonly PlannedDefinition[],
): void {
  for (const { review } of definitions) {
    output.say(review.lines.join("\n"));
    for (const warning of review.warnings) output.warn(warning);
    for (const alarm of review.alarms) output.warn(alarm, "red");
  }
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
    ...credential.type === "api_key"
      ? Object.keys(credential.fields)
      : credential.source
      ? Object.keys(credential.source)
      : [
        "access_token",
        ...credential.refreshToken ? ["refresh_token"] : [],
      ],
    ...client ? ["client"] : [],
  ];
}
