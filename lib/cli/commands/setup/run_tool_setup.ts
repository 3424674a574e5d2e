/** What `setup <tool>` does: the vault answers for the tool, by its own configuration. @module */
import {
  readRecord,
  recorded,
  type SetupRecord,
  undone,
  writeRecord,
} from "../../../broker/setup/setup_record.ts";
import type { SetupTool, ToolRequest } from "../../../broker/setup/tool.ts";
import { TOOL_NAMES, toolNamed } from "../../../broker/setup/tools.ts";
import { AuthsomeError } from "../../../errors.ts";
import type { AgentFiles } from "../../../ports/agent_files.ts";
import {
  pathLine,
  startupFile,
  startupFiles,
  withoutPath,
  withPath,
} from "../../../run/setup/shell_startup.ts";
import type { CliContext } from "../../kit/command_context.ts";
import type { SetupFlags } from "./setup_flags.ts";
import {
  type FileChange,
  writeChanges,
  type WrittenChange,
} from "./write_changes.ts";

/** A machine's files, and the places of authsome's own. */
interface Places {
  files: AgentFiles;
  home: string;
  /** Folder of the wrappers. */
  folder: string;
  shell: string;
}

/** Writes the configuration of a tool. */
export async function setUpTool(
  context: CliContext,
  name: string,
  tool: SetupTool,
  flags: SetupFlags,
): Promise<void> {
  refuseAgentFlags(name, flags);
  const places = await placesOf(context);
  const { files, home, folder, shell } = places;
  const { command = "authsome", noShell } = flags;
  const request = requestOf(context, places, flags);
  const { files: edits, notes = [], needsPath } = await tool.plan(request);
  const changes = edits.map(
    ({ path, isProgram = false, after }): FileChange => {
      const before = files.read(path);
      return { path, before, after: after(before), isWrapper: isProgram };
    },
  );
  const startup = needsPath && !noShell && files.os !== "windows"
    ? startupFile(shell, files)
    : undefined;
  if (startup !== undefined) {
    const before = files.read(startup);
    const after = withPath(before ?? "", shell, folder, startup);
    changes.push({ path: startup, before, after, isWrapper: false });
  }
  const written = await writeChanges(
    context,
    files,
    { tool: name },
    changes,
    flags,
  );
  const own = written.filter(({ path }) => path !== startup);
  if (own.length > 0) {
    const record = readRecord(files, home, name);
    writeRecord(files, home, name, await withWritten(record, own));
  }
  const { output } = context;
  for (const note of notes) output.say(note);
  if (!files.hasProgram(command)) {
    output.warn(
      `${command} is not on the PATH: ${name} may not find it. Name it with --command`,
    );
  }
  if (!needsPath) return;
  if (startup === undefined) {
    output.say(
      `Put this in the startup file of your shell: ${pathLine(shell, folder)}`,
    );
  } else if (!flags.dryRun) {
    output.say(`Open a new shell: there, ${folder} is in PATH`);
  }
}

/** Takes the configuration of a tool back. */
export async function undoTool(
  context: CliContext,
  name: string,
  tool: SetupTool,
  flags: SetupFlags,
): Promise<void> {
  refuseAgentFlags(name, flags);
  const places = await placesOf(context);
  const { files, home, folder } = places;
  const record = readRecord(files, home, name);
  const edits = tool.undo(requestOf(context, places, flags));
  // A variable may name another file now than it did then.
  const others = Object.keys(record)
    .filter((path) => !edits.some((edit) => edit.path === path))
    .map((path) => ({ path, after: (text: string | undefined) => text }));
  const changes: FileChange[] = [];
  for (const edit of [...edits, ...others]) {
    const { before, after } = await undone(files, record, edit);
    const isWrapper = edit.path.startsWith(`${folder}/`);
    changes.push({ path: edit.path, before, after, isWrapper });
  }
  const removed = new Set(
    changes.filter(({ after }) => after === undefined).map(({ path }) => path),
  );
  const isLast = changes.some(({ isWrapper }) => isWrapper) &&
    files.names(folder).every((each) => removed.has(`${folder}/${each}`));
  if (isLast && !flags.noShell) changes.push(...withoutFolder(files));
  await writeChanges(context, files, { tool: name }, changes, flags);
  for (const { path } of others) {
    const change = changes.find((each) => each.path === path);
    if (change?.before === undefined || change.before !== change.after) {
      continue;
    }
    context.output.warn(
      `${path} was changed since it was set up, and is left as it is: see what of ${name} is in it`,
    );
  }
  if (!flags.dryRun) writeRecord(files, home, name, {});
}

/** The tools that are set up, with their files. */
export async function toolsSetUp(
  context: CliContext,
): Promise<{ tool: string; files: string[] }[]> {
  const places = await placesOf(context);
  const found = [];
  for (const name of TOOL_NAMES) {
    const tool = (await toolNamed(name))!;
    const files = tool.undo(requestOf(context, places, {})).filter((edit) => {
      const text = readable(places.files, edit.path);
      return text !== undefined && isChanged(edit.after, text);
    }).map(({ path }) => path);
    if (files.length > 0) found.push({ tool: name, files });
  }
  return found;
}

async function withWritten(
  record: SetupRecord,
  written: readonly WrittenChange[],
): Promise<SetupRecord> {
  const entries = { ...record };
  for (const { path, before, after, backup } of written) {
    if (after === undefined) delete entries[path];
    else {
      entries[path] = await recorded(
        entries[path],
        { before, after, backup },
      );
    }
  }
  return entries;
}

function withoutFolder(files: AgentFiles): FileChange[] {
  return startupFiles(files).flatMap((path): FileChange[] => {
    const before = files.read(path);
    if (before === undefined) return [];
    const rest = withoutPath(before, path);
    // A file of ours alone goes with the line.
    const after = rest === "" && before !== "" ? undefined : rest;
    return [{ path, before, after, isWrapper: false }];
  });
}

function requestOf(
  context: CliContext,
  { files, folder }: Places,
  { command = "authsome", host = [] }: SetupFlags,
): ToolRequest {
  const { profile } = context.globals;
  return {
    broker: () => context.broker(),
    files,
    folder,
    command: [command, ...profile === undefined ? [] : ["--profile", profile]],
    hosts: host,
    warn: (message) => context.output.warn(message),
  };
}

async function placesOf(context: CliContext): Promise<Places> {
  const runtime = await context.runtime();
  const files = await runtime.agentFiles?.();
  if (!files) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      "Cannot set up a tool here: there are no files to write",
    );
  }
  const { home } = runtime;
  const shell = await runtime.userShell?.() ?? "/bin/sh";
  return { files, home, folder: `${home}/bin`, shell };
}

/** @throws {AuthsomeError} `Usage` for flags of agents alone. */
function refuseAgentFlags(name: string, { sandbox, only }: SetupFlags): void {
  const flag = sandbox ? "--sandbox" : only !== undefined ? "--only" : "";
  if (!flag) return;
  throw new AuthsomeError(
    "Usage",
    `Cannot use ${flag} with ${name}: it is for agents, which run behind authsome`,
    `authsome setup ${name}`,
  );
}

function readable(files: AgentFiles, path: string): string | undefined {
  try {
    return files.read(path);
  } catch {
    return undefined;
  }
}

function isChanged(
  after: (text: string) => string | undefined,
  text: string,
): boolean {
  try {
    return after(text) !== text;
  } catch {
    // Half of it is there.
    return true;
  }
}
