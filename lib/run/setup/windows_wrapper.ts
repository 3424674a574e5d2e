/**
 * On Windows, the script that runs an agent behind authsome by the name that the person types: for cmd.exe, which
 * PowerShell starts as well. Never run on a real Windows by our tests; they read its text. Pure.
 *
 * @module
 */
import { programOf } from "../../sandbox/agents/agent_names.ts";
import type { Wrapper } from "./agent_wrapper.ts";

/** The text of a wrapper; see `wrapperText`. */
export function windowsWrapperText({ agent, folder, words }: Wrapper): string {
  const program = programOf(agent);
  const place = folder.replaceAll("/", "\\").replaceAll("%", "%%");
  // Without a block in parentheses: the arguments may have some.
  return [
    "@echo off",
    `rem Written by authsome setup: ${agent}`,
    `rem To undo it: authsome setup --undo ${agent}`,
    "setlocal DisableDelayedExpansion",
    "",
    "rem Without the folder of this file in PATH, the name means the real program.",
    'set "PATH=%PATH%;"',
    `set "PATH=%PATH:${place};=%"`,
    `set "PATH=%PATH:${place}\\;=%"`,
    `for %%p in ("${program}.cmd") do if /i "%%~$PATH:p"=="%~f0" goto :missing`,
    "",
    "rem What an agent starts is behind authsome already.",
    'if "%AUTHSOME_PROXY_MODE%"=="true" goto :inside',
    `${words.map(quote).join(" ")} %*`,
    "exit /b %errorlevel%",
    ":inside",
    `${program} %*`,
    "exit /b %errorlevel%",
    ":missing",
    `echo ${program} is not found beside this script>&2`,
    "exit /b 127",
    "",
  ].join("\r\n");
}

/** What puts the folder first in the `Path` of the person's account, to be typed in PowerShell. */
export function windowsPathLine(folder: string): string {
  const place = folder.replaceAll("/", "\\").replaceAll("'", "''");
  return `[Environment]::SetEnvironmentVariable('Path', '${place};' + ` +
    `[Environment]::GetEnvironmentVariable('Path', 'User'), 'User')`;
}

/** For cmd.exe; `%` is doubled, since it begins a variable in quotes too. */
function quote(word: string): string {
  const text = word.replaceAll("%", "%%");
  return /^[\w@:./\\-]+$/.test(word) ? text : `"${text.replaceAll('"', '""')}"`;
}
