/** How each agent goes on with its last session. @module */
import { readdirSync } from "node:fs";
import type { AgentName } from "../../../lib/sandbox/agents/agent_names.ts";
import type { Place } from "../agent.ts";
import type { AtTerminal } from "./at_terminal.ts";

/** What is asked in the second turn. */
export const AGAIN = "Say it again.";

/** How an agent does it. */
export interface GoesOn {
  /** Its name for `--agent`. */
  agent: AgentName;
  /** What a person types. */
  typed: string;
  /** The arguments of the second turn, made from those of the first. */
  args(first: string[], place: Place): string[];
  /** If that is at a terminal alone: what is done there. */
  terminal?: AtTerminal;
}

/** By the name in the table. */
export const GOES_ON: Readonly<Record<string, GoesOn>> = {
  "Claude Code": {
    agent: "claude",
    typed: "claude --continue",
    args: (first) => [...asking(first), "--continue"],
  },
  "Codex": {
    agent: "codex",
    typed: "codex resume --last",
    args: (first) => [...first.slice(0, -1), "resume", "--last", AGAIN],
  },
  "Gemini CLI": {
    agent: "gemini",
    typed: "gemini --resume latest",
    args: (first) => [...asking(first), "--resume", "latest"],
  },
  "opencode": {
    agent: "opencode",
    typed: "opencode --continue",
    args: (first) => [...asking(first), "--continue"],
  },
  "GitHub Copilot CLI": {
    agent: "copilot",
    typed: "copilot --continue",
    args: (first) => [...asking(first), "--continue"],
  },
  "aider": {
    agent: "aider",
    typed: "aider --restore-chat-history",
    args: (first) => [...asking(first), "--restore-chat-history"],
  },
  "Cline": {
    agent: "cline",
    typed: "cline --id <session>",
    args: (first, { home }) => [
      ...first.slice(0, -1),
      ...["--id", onlySession(`${home}/.cline/data/sessions`)],
    ],
    terminal: { shows: "Ask anything", types: AGAIN },
  },
  "Continue": {
    agent: "continue",
    typed: "cn --resume",
    args: (first) => [...asking(first), "--resume"],
  },
  "Qwen Code": {
    agent: "qwen",
    typed: "qwen --continue",
    args: (first) => [...asking(first), "--continue"],
  },
  "llm": {
    agent: "llm",
    typed: "llm --continue",
    args: (first) => [...asking(first), "--continue"],
  },
};

/** The name of the one session whose folder is in `folder`. */
function onlySession(folder: string): string {
  const names = readdirSync(folder);
  if (names.length !== 1) throw new Error(`${folder} has ${names.join(", ")}`);
  return names[0]!;
}

/** The first turn's arguments with another question. */
function asking(first: readonly string[]): string[] {
  return first.map((word) =>
    word === "Write made.txt with your tool." ? AGAIN : word
  );
}
