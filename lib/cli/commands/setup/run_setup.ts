/** What `setup` and `setup list` do. @module */
import { AuthsomeError } from "../../../errors.ts";
import type { AgentFiles } from "../../../ports/agent_files.ts";
import {
  windowsPathLine,
  windowsWrapperText,
} from "../../../run/setup/windows_wrapper.ts";
import {
  agentNamed,
  agentOfWrapper,
  commandOfWrapper,
  toolOfWrapper,
  wrapperText,
  wrapperWords,
} from "../../../run/setup/agent_wrapper.ts";
import {
  aliasFiles,
  hasAlias,
  pathLine,
  startupFile,
  startupFiles,
  withoutPath,
  withPath,
  withPathLast,
} from "../../../run/setup/shell_startup.ts";
import { programOf } from "../../../sandbox/agents/agent_names.ts";
import type { CliContext } from "../../kit/command_context.ts";
import { table } from "../../kit/table.ts";
import type { SetupFlags } from "./setup_flags.ts";
import { type FileChange, writeChanges } from "./write_changes.ts";

/** Writes the wrapper of an agent. */
export async function runSetup(
  context: CliContext,
  name: string,
  flags: SetupFlags,
): Promise<void> {
  const { sandbox = false, only, command = "authsome", noShell } = flags;
  const agent = agentNamed(name);
  const { files, folder, shell } = await placesOf(context);
  const isWindows = files.os === "windows";
  if (isWindows && sandbox) throw noSandbox();
  const program = programOf(agent);
  const path = wrapperPath(files, folder, program);
  const before = files.read(path);
  refuseForeign(path, before);
  const { profile } = context.globals;
  const words = wrapperWords(agent, { command, sandbox, profile, only });
  const real = realProgram(files, folder, program);
  const startup = noShell || isWindows ? undefined : startupFile(shell, files);
  const text = startup === undefined ? undefined : files.read(startup);
  // Set up before, and another folder of PATH comes first nevertheless: maybe by a later line.
  const isHidden = before !== undefined && files.programs(program)[0] !== path;
  const withLines = isHidden ? withPathLast : withPath;
  await writeChanges(context, files, { agent }, [
    {
      ...{ path, before, isWrapper: true },
      after: isWindows
        ? windowsWrapperText({ agent, folder, words })
        : wrapperText({ agent, folder, words }),
    },
    ...startup === undefined ? [] : [{
      ...{ path: startup, before: text, isWrapper: false },
      after: withLines(text ?? "", shell, folder, startup),
    }],
  ], flags);
  const { output } = context;
  if (real === undefined) {
    output.warn(
      `${program} is not on the PATH: the wrapper finds it once it is installed there`,
    );
  } else output.say(`The real program is ${real}`);
  if (!files.hasProgram(command)) {
    output.warn(
      `${command} is not on the PATH: the wrapper may not find it. Name it with --command`,
    );
  }
  for (const each of aliasFiles(files, program)) {
    if (hasAlias(headOf(files, each), program)) {
      output.warn(
        `An alias or function in ${each} comes before the wrapper: remove "${program}" there`,
      );
    }
  }
  if (isWindows) {
    output.say(
      `Put the folder first in the Path of your account, in PowerShell: ${
        windowsPathLine(folder)
      }`,
    );
    output.warn("This has not been tested on a real Windows yet");
  } else if (startup === undefined) {
    output.say(
      `Put this in the startup file of your shell: ${pathLine(shell, folder)}`,
    );
  } else if (!flags.dryRun) {
    output.say(
      `Open a new shell: there, ${program} means ${path}. If a later line puts another folder first in PATH, ` +
        `that comes first: authsome setup list`,
    );
  }
  if (!sandbox && !flags.dryRun) {
    output.say("It runs without the sandbox; with it: --sandbox");
  }
}

/** Removes the wrapper of an agent, and with the last one the line in the shell's startup file. */
export async function runUndo(
  context: CliContext,
  name: string,
  flags: SetupFlags,
): Promise<void> {
  const agent = agentNamed(name);
  const { files, folder } = await placesOf(context);
  const path = wrapperPath(files, folder, programOf(agent));
  const before = files.read(path);
  refuseForeign(path, before);
  const isLast = wrappers(files, folder).every((each) => each.path === path) &&
    toolWrappers(files, folder).length === 0;
  const startups = isLast && !flags.noShell
    ? startupFiles(files).flatMap((each): FileChange[] => {
      const text = files.read(each);
      if (text === undefined) return [];
      const rest = withoutPath(text, each);
      // A file of ours alone goes with the line.
      const after = rest === "" ? undefined : rest;
      return [{ path: each, before: text, after, isWrapper: false }];
    }).filter(({ before, after }) => before !== (after ?? ""))
    : [];
  await writeChanges(context, files, { agent }, [
    { path, before, after: undefined, isWrapper: true },
    ...startups,
  ], flags);
}

/** Lists what is set up. */
export async function runSetupList(context: CliContext): Promise<void> {
  const { output } = context;
  const { files, folder } = await placesOf(context);
  const found = wrappers(files, folder).map(({ path, agent, text }) => {
    const program = programOf(agent);
    return {
      agent,
      wrapper: path,
      runs: commandOfWrapper(text),
      program: realProgram(files, folder, program) ?? null,
      first: files.programs(program)[0] === path,
    };
  });
  const { toolsSetUp } = await import("./run_tool_setup.ts");
  const tools = await toolsSetUp(context);
  if (output.asJson) return output.json({ agents: found, tools });
  if (found.length === 0 && tools.length === 0) {
    return output.say("Nothing is set up yet: authsome setup --help");
  }
  for (const { tool, files } of tools) {
    output.data(`${tool} asks authsome: ${files.join(", ")}`);
  }
  if (found.length === 0) return;
  output.styled(table([
    ["AGENT", "RUNS", "REAL PROGRAM", "FIRST IN PATH"],
    ...found.map(({ agent, runs, program, first }) => [
      ...[agent, runs, program ?? "-", first ? "yes" : "no"],
    ]),
  ], context.width));
  if (found.some(({ first }) => !first)) {
    output.say(
      `In this shell, PATH does not begin with ${folder}. Open a new one, or check what its startup file puts first`,
    );
  }
}

/** @throws {AuthsomeError} `OperationNotAllowed` if another program's file is there. */
function refuseForeign(path: string, text: string | undefined): void {
  if (text === undefined || agentOfWrapper(text)) return;
  throw new AuthsomeError(
    "OperationNotAllowed",
    `Cannot set up "${path}": another file is there`,
    "Move it away",
    { subject: { file: path } },
  );
}

function wrappers(files: AgentFiles, folder: string) {
  return files.names(folder).flatMap((name) => {
    const path = wrapperPath(files, folder, name);
    const text = files.read(path) ?? "";
    const agent = agentOfWrapper(text);
    return agent ? [{ path, agent, text }] : [];
  });
}

/** The helpers that tools find in PATH. */
function toolWrappers({ names, read }: AgentFiles, folder: string): string[] {
  return names(folder).filter((name) =>
    toolOfWrapper(read(`${folder}/${name}`) ?? "")
  );
}

function realProgram(
  files: AgentFiles,
  folder: string,
  program: string,
): string | undefined {
  return files.programs(program).find((path) =>
    path !== wrapperPath(files, folder, program) &&
    !agentOfWrapper(headOf(files, path))
  );
}

/** A program may be large, and no text. */
function headOf(files: AgentFiles, path: string): string {
  try {
    return files.read(path) ?? "";
  } catch {
    return "";
  }
}

async function placesOf(context: CliContext) {
  const runtime = await context.runtime();
  const files = await runtime.agentFiles?.();
  if (!files) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      "Cannot set up an agent here: there are no files to write",
      "Run it as: authsome run -- <agent>",
    );
  }
  const shell = await runtime.userShell?.() ?? "/bin/sh";
  return { files, folder: `${runtime.home}/bin`, shell };
}

/** The file of the wrapper `name`, which on Windows has an ending. */
function wrapperPath({ os }: AgentFiles, folder: string, name: string): string {
  if (os !== "windows") return `${folder}/${name}`;
  const file = name.endsWith(".cmd") ? name : `${name}.cmd`;
  return `${folder}/${file}`.replaceAll("/", "\\");
}

function noSandbox(): AuthsomeError {
  return new AuthsomeError(
    "OperationNotAllowed",
    "Cannot set up an agent in the sandbox: there is none on Windows",
    "Leave out --sandbox, or see docs/guides/containers.md",
  );
}
