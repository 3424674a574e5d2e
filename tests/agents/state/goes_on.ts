/** How each agent goes on with its last session. @module */
import type { AgentName } from "../../../lib/sandbox/agents/agent_names.ts";

/** What is asked in the second turn. */
export const AGAIN = "Say it again.";

/** The agent of `--agent`, and the command of the second turn, made from that of the first. */
export const GOES_ON: Readonly<
  Record<
    string,
    [AgentName, (first: string[]) => string[]]
  >
> = {
  "Claude Code": ["claude", (first) => [...asking(first), "--continue"]],
  "Codex": ["codex", (first) => [
    ...first.slice(0, -1),
    ...["resume", "--last", AGAIN],
  ]],
  "Gemini CLI": ["gemini", (first) => [
    ...asking(first),
    ...["--resume", "latest"],
  ]],
  "opencode": ["opencode", (first) => [...asking(first), "--continue"]],
};

/** The first turn's command with another question. */
function asking(first: readonly string[]): string[] {
  return first.map((word) =>
    word === "Write made.txt with your tool." ? AGAIN : word
  );
}
