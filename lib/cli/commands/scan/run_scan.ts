/** What `scan` does with its flags. @module */
import type { Broker } from "../../../broker/broker.ts";
import {
  keepPlanned,
  leftOut,
  readReferring,
  verifyPlanned,
} from "../../../broker/import_credentials.ts";
import { checkName } from "../../../names.ts";
import { AuthsomeError } from "../../../errors.ts";
import { plan, type Planned } from "../../../import/keep.ts";
import type { Skipped } from "../../../import/found.ts";
import { doubtfulValues, readable } from "../../../import/scan/assignments.ts";
import { type Replaced, replaceValues } from "../../../import/scan/dotenv.ts";
import {
  type Candidate,
  compare,
  type Drift,
  placeholderOfDrift,
  type Source,
  writtenValues,
} from "../../../import/scan/drift.ts";
import type { EnvFile, EnvFiles } from "../../../ports/other_programs.ts";
import {
  referring,
  shownReferring,
} from "../../../import/scan/scan_references.ts";
import { harvest } from "../../../import/scan/scan_plan.ts";
import { defined } from "../../../object.ts";
import type { CliContext } from "../../kit/command_context.ts";
import { reportCopies, shredCopies } from "./clear_copies.ts";
import { askWhole, leftOutOf } from "./left_out.ts";
import { table } from "../../kit/table.ts";

/** The flags of `scan`. */
export interface ScanFlags {
  provider?: string;
  file?: string[];
  import?: boolean;
  connection?: string;
  rewrite?: boolean;
  force?: boolean;
  shred?: boolean;
  yes?: boolean;
}

const ENVIRONMENT = "environment";

/** What an import and a rewrite are made from. */
interface Scanned {
  candidates: readonly Candidate[];
  drift: readonly Drift[];
  files: readonly EnvFile[];
  envFiles: EnvFiles;
}

/** What was done to a file. */
interface Rewritten {
  file: string;
  backup: string;
  variables: string[];
}

/** Shows the drift and, if asked to, imports and rewrites. */
export async function runScan(
  context: CliContext,
  flags: ScanFlags,
): Promise<void> {
  const { output } = context;
  if (flags.shred && flags.import && !flags.rewrite) {
    throw new AuthsomeError(
      "Usage",
      "--shred with --import needs --rewrite",
      "authsome scan --import --rewrite --shred, or authsome scan --shred",
    );
  }
  if (!flags.import && (flags.rewrite || flags.force)) {
    throw new AuthsomeError(
      "Usage",
      `--${flags.rewrite ? "rewrite" : "force"} needs --import`,
      "authsome scan --import --rewrite",
    );
  }
  const broker = await context.broker();
  const envFiles = await broker.runtime.envFiles?.();
  if (!envFiles) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      "Cannot scan: this build reads no files",
    );
  }
  if (flags.connection !== undefined) checkName("connection", flags.connection);
  const shredded = (rewrote: boolean) =>
    shredCopies(context, envFiles, flags, rewrote);
  try {
    if (flags.shred && !flags.import) {
      const gone = await shredded(false);
      if (output.asJson) output.json({ shredded: gone });
      return;
    }
    const report = await scan(context, broker, flags, envFiles);
    if (flags.rewrite) {
      report.shredded = await shredded(report.rewritten!.length > 0);
    }
    if (output.asJson) output.json({ ...report, copies: envFiles.copies() });
  } finally {
    reportCopies(context, envFiles);
  }
}

/** What the scan saw and did, as JSON says it. */
interface Report extends Record<string, unknown> {
  rewritten?: Rewritten[];
}

async function scan(
  context: CliContext,
  broker: Broker,
  flags: ScanFlags,
  envFiles: EnvFiles,
): Promise<Report> {
  const { output } = context;
  const files = readFiles(context, envFiles, flags.file);
  const sources: Source[] = files.map((file) => sourceOf(file, envFiles));
  if (!flags.file) {
    sources.push({ name: ENVIRONMENT, variables: broker.env.toObject() });
  }
  const candidates = await candidatesOf(context, broker, flags);
  let drift = await compare(candidates, sources);
  if (flags.import) {
    const answered = await askWhole(context, flags, sources, drift);
    drift = await compare(candidates, answered);
  }
  const report: Report = {
    files: files.map(({ name }) => name),
    variables: drift.map((row) => ({
      provider: row.provider,
      connection_name: row.connection,
      variable: row.variable,
      source: row.source ?? null,
      status: row.status,
      left_out: row.reference === undefined ? row.leftOut : undefined,
      reference: row.reference,
    })),
  };
  if (!output.asJson) show(context, drift);
  if (flags.import) {
    Object.assign(
      report,
      await importFound(context, broker, flags, {
        candidates,
        drift,
        files,
        envFiles,
      }),
    );
  } else if (!output.asJson) {
    for (const { from, reason } of leftOutOf(drift)) {
      output.say(`${from} is left out: ${reason}.`);
    }
    for (const { variable, source, status, reference } of drift) {
      if (status !== "reference") continue;
      output.say(
        `${variable} (${source}) refers to ${reference}, which a connection can be read from.`,
      );
    }
    if (drift.some(isNew)) {
      output.say("Keep what is only here: authsome scan --import");
    }
  }
  return report;
}

function sourceOf({ name, text }: EnvFile, envFiles: EnvFiles): Source {
  return {
    name,
    variables: envFiles.parse(readable(text)),
    doubtful: doubtfulValues(text),
  };
}

function isNew({ status }: Drift): boolean {
  return status === "env_only" || status === "reference";
}

/** Named files must be readable; of those found here, one that is not is reported and left out. */
function readFiles(
  context: CliContext,
  envFiles: EnvFiles,
  named: string[] | undefined,
): EnvFile[] {
  if (named) return [...new Set(named)].map((name) => envFiles.read(name));
  return envFiles.names().flatMap((name) => {
    try {
      return [envFiles.read(name)];
    } catch (error) {
      if (!(error instanceof AuthsomeError)) throw error;
      context.output.warn(error.message);
      return [];
    }
  });
}

async function candidatesOf(
  context: CliContext,
  broker: Broker,
  { provider: only, connection }: ScanFlags,
): Promise<Candidate[]> {
  const names = new Map<string, string[]>();
  for (const { provider, name } of await broker.connections.names()) {
    names.set(provider, [...names.get(provider) ?? [], name]);
  }
  const candidateOf = async (
    definition: Candidate["definition"],
  ): Promise<Candidate> => {
    const kept = names.get(definition.name);
    const connectionName = connection ??
      (kept
        ? await broker.connections.defaultName(definition.name)
        : "default");
    const stored = kept?.includes(connectionName)
      ? await broker.connections.find(definition.name, connectionName)
      : undefined;
    return {
      definition,
      connectionName,
      ...defined({ connection: stored }),
    };
  };
  if (only !== undefined) {
    return [await candidateOf((await broker.registry.get(only)).definition)];
  }
  const candidates: Candidate[] = [];
  for (const each of await broker.registry.each()) {
    try {
      if ("error" in each) throw each.error;
      candidates.push(await candidateOf(each.provider.definition));
    } catch (error) {
      if (!(error instanceof AuthsomeError)) throw error;
      context.output.warn(`${each.name} is left out: ${error.message}`);
    }
  }
  return candidates;
}

function show(context: CliContext, drift: readonly Drift[]): void {
  const { output, width } = context;
  if (drift.length === 0) {
    output.say("No variable of any provider is set here.");
    return;
  }
  const rows = drift.map((row) => [
    `${row.provider}/${row.connection}`,
    row.variable,
    row.source ?? "-",
    row.status,
  ]);
  output.styled(table(
    [["CONNECTION", "VARIABLE", "SOURCE", "STATUS"], ...rows],
    width,
    (text, row, column) =>
      row === 0
        ? output.style(text, "dim")
        : column !== 3
        ? text
        : text.startsWith("match")
        ? output.style(text, "green")
        : text.startsWith("different")
        ? output.style(text, "yellow")
        : text,
  ));
}

async function importFound(
  context: CliContext,
  broker: Broker,
  flags: ScanFlags,
  scanned: Scanned,
) {
  const { output } = context;
  const { candidates, drift, envFiles } = scanned;
  const { found, skipped } = harvest(candidates, drift);
  skipped.unshift(...leftOutOf(drift));
  const referred = referring(candidates, drift, flags);
  skipped.push(...referred.skipped);
  const planned: Planned[] = [];
  for (const each of found) {
    try {
      const one = await plan(broker, each);
      if (one.replaces && !flags.force) {
        skipped.push({
          provider: each.provider,
          from: each.from,
          reason: `connection "${one.connection}" holds another value`,
          hint:
            "Replace it with --force, or keep both: --connection <new name>",
        });
      } else {
        planned.push(one);
        if (one.doubt) output.warn(`${each.provider}: ${one.doubt}`);
      }
    } catch (error) {
      skipped.push(leftOut(each, error));
    }
  }
  saySkipped(context, skipped);
  const rewritesOf = (planned: readonly Planned[]) =>
    rewritesFor(scanned, planned);
  // A value that authsome has already may go from the files too: an import that was interrupted is finished so.
  let rewrites = flags.rewrite ? rewritesOf(planned) : [];
  const names = [
    ...planned.map(({ found, connection }) =>
      `${found.provider}/${connection}`
    ),
    ...referred.found.map(shownReferring),
  ];
  const question = [
    ...names.length > 0 ? [`Import ${names.join(", ")}`] : [],
    ...rewrites.length > 0
      ? [
        `${names.length > 0 ? "replace" : "Replace"} values in ${
          rewrites.map(({ file }) => file.name).join(", ")
        }`,
      ]
      : [],
  ].join(" and ");
  if (question === "") {
    if (!output.asJson) output.say("There is nothing to import.");
  } else if (!flags.yes && !await context.confirm(`${question}?`, "--yes")) {
    throw new AuthsomeError("InputCancelled", "Nothing was imported");
  }
  const read = await readReferring(broker, referred.found);
  saySkipped(context, read.skipped);
  skipped.push(...read.skipped);
  const all = [...planned, ...read.planned];
  const verified = await verifyPlanned(broker, all, {
    hint: "Check it, or keep it unchecked: authsome login --no-verify",
  });
  const { planned: kept, refused } = verified;
  if (refused.length > 0) {
    skipped.push(...refused);
    saySkipped(context, refused);
    // What was not kept stays where it is.
    if (flags.rewrite) rewrites = rewritesOf(kept);
  }
  for (const doubt of verified.doubts) output.say(doubt);
  // On disk, and noted, before anything is taken from a file.
  await keepPlanned(broker, kept);
  if (!output.asJson) {
    for (const { found, connection } of kept) {
      output.say(`Imported ${found.provider}/${connection}.`);
    }
  }
  const rewritten: Rewritten[] = [];
  for (const { file, replaced } of rewrites) {
    const backup = envFiles.replace(file, replaced.text);
    const { variables, remaining } = replaced;
    rewritten.push({ file: file.name, backup, variables });
    output.say(
      `Replaced ${
        variables.join(", ")
      } in ${file.name}. The old file, with its secrets: ${backup}`,
    );
    if (remaining.length > 0) {
      output.warn(
        `${file.name} still contains the value of ${
          remaining.join(", ")
        } in another place`,
      );
    }
  }
  return {
    imported: kept.map(({ found, connection }) => ({
      provider: found.provider,
      connection_name: connection,
      from: found.from,
    })),
    skipped: skipped.map(({ provider, from, reason, hint }) => ({
      provider: provider ?? null,
      from,
      reason,
      hint,
    })),
    rewritten,
  };
}

function saySkipped(context: CliContext, skipped: readonly Skipped[]): void {
  for (const { provider, from, reason, hint } of skipped) {
    context.output.warn(
      `${provider ? `${provider} (${from})` : from} is left out: ${reason}` +
        (hint ? `. ${hint}` : ""),
    );
  }
}

function rewritesFor(
  { envFiles, files, drift, candidates }: Scanned,
  planned: readonly Planned[],
): { file: EnvFile; replaced: Replaced }[] {
  const imported = new Set(planned.map(({ found }) => found.provider));
  return files.flatMap((file) => {
    const rows = new Map(
      drift.filter((row) =>
        row.source === file.name && row.value && !row.shown &&
        (row.status === "match" || imported.has(row.provider))
      ).map((row) => [row.variable, row]),
    );
    if (rows.size === 0) return [];
    const replaced = replaceValues(
      file.text,
      writtenValues(rows, sourceOf(file, envFiles)),
      (name) => placeholderOfDrift(rows.get(name)!, candidates),
      envFiles.parse,
    );
    return replaced.variables.length > 0 ? [{ file, replaced }] : [];
  });
}
