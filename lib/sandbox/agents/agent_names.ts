/** The names of agents, and of their programs. Apart from the profiles, which few runs need. @module */

const PROGRAMS = {
  claude: "claude",
  codex: "codex",
  gemini: "gemini",
  opencode: "opencode",
  copilot: "copilot",
  aider: "aider",
  cline: "cline",
  continue: "cn",
  qwen: "qwen",
  llm: "llm",
} as const;

/** Name of an agent. */
export type AgentName = keyof typeof PROGRAMS;

/** Every one. */
export const AGENT_NAMES = Object.keys(PROGRAMS) as AgentName[];

/** The program of an agent. */
export function programOf(name: AgentName): string {
  return PROGRAMS[name];
}

/** The agent whose program `command` is, if it is one. */
export function agentOf(command: string | undefined): AgentName | undefined {
  const program = command?.slice(command.lastIndexOf("/") + 1);
  return AGENT_NAMES.find((name) => PROGRAMS[name] === program);
}
