/** The script that runs an agent behind authsome by the name that the person types. Pure. @module */
import { AuthsomeError } from "../../errors.ts";
import {
  AGENT_NAMES,
  type AgentName,
  programOf,
} from "../../sandbox/agents/agent_names.ts";

/** What a wrapper runs. */
export interface Wrapper {
  agent: AgentName;
  /** Folder of the wrappers, absolute. */
  folder: string;
  /** Program and arguments up to that of the person's. */
  words: readonly string[];
}

/** What the first line of a wrapper's comment says, on Windows too. */
const MARK = "Written by authsome setup: ";

/** The same for a program that a tool finds in PATH. */
const TOOL_MARK = `${MARK}tool `;

/** Names of the vendors and of programs, besides those of the profiles. */
const OTHER_NAMES: Readonly<Record<string, AgentName>> = {
  "claude-code": "claude",
  "gemini-cli": "gemini",
  "cn": "continue",
  "copilot-cli": "copilot",
  "qwen-code": "qwen",
};

/** Every name that is understood. */
export const SETUP_NAMES: readonly string[] = [
  ...AGENT_NAMES,
  ...Object.keys(OTHER_NAMES),
];

/**
 * The agent that is meant.
 *
 * @throws {AuthsomeError} `Usage` if there is none of that name.
 */
export function agentNamed(name: string): AgentName {
  const found = AGENT_NAMES.find((each) => each === name) ??
    (Object.hasOwn(OTHER_NAMES, name) ? OTHER_NAMES[name] : undefined);
  if (found) return found;
  throw new AuthsomeError(
    "Usage",
    `Cannot set up "${name}": it is not an agent that authsome knows`,
    `Choose one of: ${AGENT_NAMES.join(", ")}`,
  );
}

/**
 * What an agent is started with in a sandbox: those that have one of their own cannot make it in another. Codex takes
 * this for every subcommand (developers.openai.com/codex/config).
 */
const IN_SANDBOX: { readonly [A in AgentName]?: readonly string[] } = {
  codex: ["-c", 'sandbox_mode="danger-full-access"'],
};

/** The words of `authsome run` for an agent. */
export function wrapperWords(
  agent: AgentName,
  { command, sandbox, profile, only }: {
    command: string;
    sandbox: boolean;
    profile: string | undefined;
    only: string | undefined;
  },
): string[] {
  return [
    command,
    ...profile === undefined ? [] : ["--profile", profile],
    "run",
    ...sandbox ? ["--sandbox", "--agent", agent] : [],
    ...only === undefined ? [] : ["--only", only],
    "--",
    programOf(agent),
    ...sandbox ? IN_SANDBOX[agent] ?? [] : [],
  ];
}

/** The text of a wrapper. */
export function wrapperText({ agent, folder, words }: Wrapper): string {
  const program = programOf(agent);
  const around = words.includes("--sandbox")
    ? "AUTHSOME_SANDBOX"
    : "AUTHSOME_PROXY_MODE";
  return `#!/bin/sh
# ${MARK}${agent}
# To undo it: authsome setup --undo ${agent}

# Without the folder of this file in PATH, the name means the real program.
PATH=$(
  folder=${quote(folder)}
  rest=$PATH:
  path=
  while [ -n "$rest" ]; do
    each=\${rest%%:*}
    rest=\${rest#*:}
    if [ "\${each%/}" != "$folder" ] && ! [ "$each/${program}" -ef "$0" ]; then
      path=$path:$each
    fi
  done
  printf %s "\${path#:}"
)
export PATH

# What an agent starts is behind authsome already.
[ "\${${around}-}" = true ] && exec ${program} "$@"
exec ${words.map(quote).join(" ")} "$@"
`;
}

/** The agent of a text that is a wrapper. */
export function agentOfWrapper(text: string): AgentName | undefined {
  const line = /^(?:#|rem) (.*)$/.exec(text.split(/\r?\n/, 2)[1] ?? "")?.[1];
  return AGENT_NAMES.find((name) => line === MARK + name);
}

/** The text of a program that a tool finds in PATH by its name and that calls authsome. */
export function toolWrapperText(
  tool: string,
  words: readonly string[],
): string {
  return `#!/bin/sh
# ${TOOL_MARK}${tool}
# To undo it: authsome setup --undo ${tool}
exec ${words.map(quote).join(" ")} "$@"
`;
}

/** The tool of a text that is such a program. */
export function toolOfWrapper(text: string): string | undefined {
  const line = text.split(/\r?\n/, 2)[1] ?? "";
  return line.startsWith(`# ${TOOL_MARK}`)
    ? line.slice(TOOL_MARK.length + 2)
    : undefined;
}

/** What a wrapper runs, as it is written. */
export function commandOfWrapper(text: string): string {
  return /^exec (.*) "\$@"$|^(.*) %\*\r?$/m.exec(text)?.slice(1).join("") ?? "";
}

/** For sh. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word)
    ? word
    : `'${word.replaceAll("'", `'\\''`)}'`;
}
