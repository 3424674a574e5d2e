/** The agents whose logins authsome knows. @module */
import type { AgentLogin } from "./agent_login.ts";
import { claudeLogin } from "./claude_login.ts";
import { codexLogin } from "./codex_login.ts";
import { copilotLogin } from "./copilot_login.ts";
import { geminiLogin } from "./gemini_login.ts";

const AGENTS: readonly AgentLogin[] = [
  claudeLogin,
  codexLogin,
  copilotLogin,
  geminiLogin,
];

/** The agent whose login a connection of `provider` is, or `undefined`. */
export function agentLoginOf(provider: string): AgentLogin | undefined {
  return AGENTS.find((agent) => agent.provider === provider);
}
