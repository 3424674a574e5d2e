/** What `import` does with its flags. @module */
import type { Broker } from "../../../broker/broker.ts";
import { checkName } from "../../../names.ts";
import { AuthsomeError } from "../../../errors.ts";
import type { Found, Harvest } from "../../../import/found.ts";
import { keep, plan, type Planned } from "../../../import/keep.ts";
import { loadSource } from "../../../import/sources.ts";
import { defined } from "../../../object.ts";
import type { CliContext } from "../../kit/context.ts";
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
  const source = await loadSource(name);
  if (flags.connection !== undefined) checkName("connection", flags.connection);
  const broker = await context.broker();
  if (flags.provider !== undefined) await broker.registry.get(flags.provider);
  const world = await broker.runtime.importWorld?.();
  if (!world) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      "Cannot import: this build reads no files",
    );
  }
  const definitions = [];
  for (const each of await broker.registry.each()) {
    if ("provider" in each) definitions.push(each.provider.definition);
  }
  const harvest = await source.harvest({
    ...world,
    definitions,
    now: broker.clock.now(),
    ...defined({ path: flags.path }),
  });
  const planned = await planAll(broker, harvest, flags);
  const { skipped } = harvest;
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
    for (const one of planned) await keep(broker, one);
    await broker.audit.flush();
    if (!output.asJson) {
      for (const each of names) output.say(`Imported ${each}.`);
    }
  }
  if (output.asJson) output.json(report());
  else if (planned.length === 0) output.say("There is nothing to import.");
}

/** Judges everything that was found; what cannot be kept moves to `skipped`. */
async function planAll(
  broker: Broker,
  harvest: Harvest,
  flags: ImportFlags,
): Promise<Planned[]> {
  const planned: Planned[] = [];
  const taken = new Set<string>();
  for (const found of harvest.found) {
    const { provider, from } = found;
    if (flags.provider !== undefined && provider !== flags.provider) continue;
    const skip = (reason: string, hint: string) =>
      harvest.skipped.push({ provider, from, reason, hint });
    try {
      const one = await plan(broker, found, flags.connection);
      const key = `${provider}/${one.connection}`;
      if (taken.has(key)) {
        skip(
          `another one is called ${key} too`,
          "Take one at a time with --connection",
        );
      } else if (one.replaces && !flags.force) {
        skip(
          `connection "${one.connection}" exists and is connected`,
          "Replace it with --force, or keep both: --connection <new name>",
        );
      } else planned.push(one);
      taken.add(key);
    } catch (error) {
      // What is wrong with the home is wrong with all of them.
      if (!(error instanceof AuthsomeError) || error.exitCode === 9) {
        throw error;
      }
      skip(error.message.replace(/^Cannot import [^:]*: /, ""), error.hint);
    }
  }
  return planned;
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
