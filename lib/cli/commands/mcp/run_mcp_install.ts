/** What `mcp install`, `mcp uninstall` and `mcp list` do. @module */
import {
  agentCalled,
  type Change,
  installedEntries,
  planInstallation,
  planRemoval,
} from "../../../broker/mcp/agent_entries.ts";
import { quoteWord } from "../../../connection/hint.ts";
import { AuthsomeError } from "../../../errors.ts";
import { lineDiff } from "../../../mcp/agents/line_diff.ts";
import type { AgentFiles } from "../../../ports/agent_files.ts";
import type { CliContext } from "../../kit/command_context.ts";
import { kebab } from "../../kit/define_command.ts";
import { table } from "../../kit/table.ts";
import type { InstallFlags, UninstallFlags } from "./mcp_flags.ts";

/** Adds an entry. */
export async function runInstall(
  context: CliContext,
  agent: string,
  server: string,
  { scope = "user", name, command = "authsome", dryRun, yes, ...kept }:
    InstallFlags,
): Promise<void> {
  const { reload } = agentCalled(agent);
  const [broker, files] = [await context.broker(), await filesOf(context)];
  const { profile } = context.globals;
  const words = [
    command,
    ...profile === undefined ? [] : ["--profile", profile],
    "mcp",
    server,
    ...Object.entries(kept).flatMap(([flag, value]) =>
      [value ?? []].flat().flatMap((each) => [`--${kebab(flag)}`, each])
    ),
  ];
  const change = await planInstallation(broker, files, {
    ...{ agent, server, scope, words },
    ...name === undefined ? {} : { name },
  });
  const { output } = context;
  if (change.replaces === "mcp-remote") {
    output.say(
      `"${change.name}" runs mcp-remote; authsome takes its place. The login of mcp-remote can be taken over: authsome import mcp-remote`,
    );
  }
  if (!await write(context, files, agent, change, { dryRun, yes })) return;
  if (!files.hasProgram(command)) {
    output.warn(
      `${command} is not on the PATH: the agent may not find it. Name it with --command`,
    );
  }
  output.say(reload);
}

/** Removes an entry. */
export async function runUninstall(
  context: CliContext,
  agent: string,
  server: string,
  { scope = "user", ...flags }: UninstallFlags,
): Promise<void> {
  const files = await filesOf(context);
  const change = planRemoval(files, agent, scope, server);
  await write(context, files, agent, change, flags);
}

/** Shows, asks and writes; says whether the file is as it was to be. */
async function write(
  context: CliContext,
  files: AgentFiles,
  agent: string,
  change: Change,
  { dryRun, yes }: UninstallFlags,
): Promise<boolean> {
  const { output } = context;
  const { path, name, before, after, replaces } = change;
  const changed = after !== (before ?? "");
  const report = (outcome: string, backup?: string) => {
    if (!output.asJson) return;
    output.json({
      ...{ agent, name, file: path, outcome, changed },
      ...replaces === undefined ? {} : { replaces },
      ...backup === undefined ? {} : { backup },
      ...changed ? { diff: lineDiff(before ?? "", after) } : {},
    });
  };
  if (!changed) {
    report("unchanged");
    if (!output.asJson) output.data(`${path} has it already`);
    return true;
  }
  if (!output.asJson) {
    // A dry run is asked for the change; otherwise it is what the question is about.
    const show = (line: string) =>
      dryRun ? output.data(line) : output.say(line);
    show(before === undefined ? `${path} (new)` : path);
    for (const line of lineDiff(before ?? "", after)) show(line);
  }
  if (dryRun) {
    report("dry_run");
    return false;
  }
  if (!yes && !await context.confirm(`Write this to ${path}?`, "--yes")) {
    throw new AuthsomeError("InputCancelled", "Nothing was written");
  }
  const backup = files.replace(path, before, after);
  report("written", backup);
  if (!output.asJson) output.data(`Wrote ${path}`);
  if (backup !== undefined) output.say(`What it was before is in ${backup}`);
  return true;
}

/** Lists entries. */
export async function runList(context: CliContext): Promise<void> {
  const { output } = context;
  const entries = installedEntries(
    await filesOf(context),
    (message) => output.warn(message),
  );
  if (output.asJson) {
    output.json({
      servers: entries.map(({ path, ...entry }) => ({ ...entry, file: path })),
    });
    return;
  }
  if (entries.length === 0) {
    return output.say(
      "No agent has a server of authsome yet: authsome mcp install --help",
    );
  }
  output.styled(table([
    ["AGENT", "SCOPE", "NAME", "SERVER", "RUNS"],
    ...entries.map(({ agent, scope, name, server, runs }) => [
      ...[agent, scope, name, server, runs],
    ]),
  ], context.width));
  for (const { agent, scope, server, runs } of entries) {
    if (runs === "authsome") continue;
    output.say(
      `Replace mcp-remote: authsome mcp install ${agent} ${quoteWord(server)}${
        scope === "project" ? " --scope project" : ""
      }`,
    );
  }
}

async function filesOf(context: CliContext): Promise<AgentFiles> {
  const files = await (await context.runtime()).agentFiles?.();
  if (files) return files;
  throw new AuthsomeError(
    "OperationNotAllowed",
    "Cannot reach the configuration of agents: this build has no files",
  );
}
