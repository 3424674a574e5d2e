/**
 * What each agent may write in a sandbox besides the working folder. Data alone; `agent_state.ts` reads it.
 *
 * What an agent keeps (`keeps`) is its sessions and settings of no consequence. What runs outside the sandbox later is
 * never among it: settings with hooks or servers, extensions, plugins, skills, downloaded programs. Sources: each
 * vendor's documentation, and what the program was seen to write (`tests/agents/`).
 *
 * @module
 */

import type { AgentName } from "./agent_names.ts";

/** One agent. Paths start with `~/`; a slash at the end makes a folder. */
export interface AgentProfile {
  display: string;
  /** A variable, and what it moves: of two that fit, the first. */
  moves: readonly { variable: string; from: string; to: string }[];
  /** Further variables that it gets. */
  env: readonly string[];
  /** Files and folders that last. Folders are made if they are missing. */
  keeps: readonly string[];
  /** Folders in which it may make other files, which end with the run. What is there stays read-only. */
  scratch: readonly string[];
  /** In a folder that it keeps: folders that begin empty and end with the run. */
  temporary: readonly string[];
  /** In a folder that it keeps: files and folders that stay as they are, also where there are none. */
  readOnly: readonly string[];
  /** Its login, which authsome handles: hidden, or shown with placeholders. */
  login: readonly string[];
  /**
   * Members of JSON files that stay as they are outside: names with dots between them. `*` is any name, and `!working` any
   * but the working folder.
   */
  guards: Readonly<Record<string, readonly string[]>>;
}

/** By the name that is typed. */
export const AGENT_PROFILES: Readonly<Record<AgentName, AgentProfile>> = {
  claude: {
    display: "Claude Code",
    moves: [
      {
        variable: "CLAUDE_CONFIG_DIR",
        from: "~/.claude.json",
        to: ".claude.json",
      },
      { variable: "CLAUDE_CONFIG_DIR", from: "~/.claude", to: "" },
    ],
    env: ["CLAUDE_CONFIG_DIR"],
    keeps: [
      "~/.claude.json",
      "~/.claude/history.jsonl",
      "~/.claude/backups/",
      "~/.claude/file-history/",
      "~/.claude/plans/",
      "~/.claude/projects/",
      "~/.claude/sessions/",
      "~/.claude/tasks/",
      "~/.claude/todos/",
    ],
    scratch: ["~/.claude"],
    temporary: [],
    readOnly: [],
    login: ["~/.claude/.credentials.json"],
    guards: {
      "~/.claude.json": [
        "mcpServers",
        "env",
        "apiKeyHelper",
        "projects.*.mcpServers",
        "projects.*.mcpContextUris",
        "projects.*.enabledMcpjsonServers",
        "projects.*.enableAllProjectMcpServers",
        "projects.*.allowedTools",
        "projects.!working.hasTrustDialogAccepted",
        "projects.!working.hasClaudeMdExternalIncludesApproved",
      ],
    },
  },
  codex: {
    display: "Codex",
    moves: [{ variable: "CODEX_HOME", from: "~/.codex", to: "" }],
    env: ["CODEX_HOME", "CODEX_SQLITE_HOME"],
    // Its databases are in the folder itself.
    keeps: ["~/.codex/"],
    // It installs its own there at each start.
    scratch: ["~/.codex/skills"],
    temporary: [
      "~/.codex/.tmp/",
      "~/.codex/tmp/",
      "~/.codex/shell_snapshots/",
    ],
    readOnly: [
      "~/.codex/config.toml",
      "~/.codex/managed_config.toml",
      "~/.codex/requirements.toml",
      "~/.codex/hooks.json",
      "~/.codex/hooks/",
      "~/.codex/.env",
      "~/.codex/AGENTS.md",
      "~/.codex/AGENTS.override.md",
      "~/.codex/agents/",
      "~/.codex/packages/",
      "~/.codex/plugins/",
      "~/.codex/prompts/",
      "~/.codex/rules/",
      "~/.codex/environments.toml",
    ],
    login: ["~/.codex/auth.json", "~/.codex/.credentials.json"],
    guards: {},
  },
  gemini: {
    display: "Gemini CLI",
    moves: [{
      variable: "GEMINI_CLI_HOME",
      from: "~/.gemini",
      to: ".gemini",
    }],
    env: ["GEMINI_CLI_HOME"],
    keeps: [
      "~/.gemini/history/",
      "~/.gemini/tmp/",
      "~/.gemini/installation_id",
      "~/.gemini/projects.json",
      "~/.gemini/state.json",
    ],
    scratch: ["~/.gemini"],
    temporary: [],
    // Programs that it downloads and runs.
    readOnly: ["~/.gemini/tmp/bin/"],
    login: [
      "~/.gemini/oauth_creds.json",
      "~/.gemini/google_accounts.json",
      "~/.gemini/mcp-oauth-tokens.json",
      "~/.gemini/.env",
    ],
    guards: {},
  },
  opencode: {
    display: "opencode",
    moves: [],
    env: [],
    // Its database is in the folder itself.
    keeps: ["~/.local/share/opencode/", "~/.local/state/opencode/"],
    scratch: ["~/.config/opencode"],
    // Repositories of git, whose settings run programs.
    temporary: [
      "~/.local/share/opencode/repos/",
      "~/.local/share/opencode/snapshot/",
      "~/.local/share/opencode/worktree/",
    ],
    readOnly: [
      "~/.local/share/opencode/bin/",
      "~/.local/share/opencode/plugin/",
      "~/.local/share/opencode/plugins/",
    ],
    login: [
      "~/.local/share/opencode/auth.json",
      "~/.local/share/opencode/mcp-auth.json",
    ],
    guards: {},
  },
  copilot: {
    display: "GitHub Copilot CLI",
    moves: [{ variable: "COPILOT_HOME", from: "~/.copilot", to: "" }],
    env: ["COPILOT_HOME"],
    keeps: [
      "~/.copilot/command-history-state.json",
      "~/.copilot/session-store.db",
      "~/.copilot/logs/",
      "~/.copilot/session-state/",
    ],
    scratch: ["~/.copilot"],
    temporary: [],
    readOnly: [],
    // Its settings may name hooks, and hold a token.
    login: ["~/.copilot/config.json"],
    guards: {},
  },
  aider: {
    display: "aider",
    moves: [],
    env: [],
    keeps: ["~/.aider/"],
    scratch: [],
    temporary: [],
    readOnly: [],
    login: ["~/.aider/oauth-keys.env"],
    guards: {},
  },
  cline: {
    display: "Cline",
    moves: [{ variable: "CLINE_DIR", from: "~/.cline", to: "" }],
    env: ["CLINE_DIR"],
    keeps: ["~/.cline/data/sessions/", "~/.cline/tasks/"],
    // Among the rest: scheduled commands, servers, and the address of a process that others share.
    scratch: ["~/.cline", "~/.cline/data", "~/.cline/data/settings"],
    temporary: [],
    readOnly: [],
    login: ["~/.cline/data/settings/providers.json"],
    guards: {},
  },
  continue: {
    display: "Continue",
    moves: [{ variable: "CONTINUE_GLOBAL_DIR", from: "~/.continue", to: "" }],
    env: ["CONTINUE_GLOBAL_DIR"],
    keeps: ["~/.continue/index/", "~/.continue/logs/", "~/.continue/sessions/"],
    scratch: ["~/.continue"],
    temporary: [],
    readOnly: [],
    login: ["~/.continue/auth.json", "~/.continue/.env"],
    guards: {},
  },
  qwen: {
    display: "Qwen Code",
    moves: [{ variable: "QWEN_HOME", from: "~/.qwen", to: "" }],
    env: ["QWEN_HOME"],
    keeps: [
      "~/.qwen/installation_id",
      "~/.qwen/output-language.md",
      "~/.qwen/usage_record.jsonl",
      "~/.qwen/history/",
      "~/.qwen/projects/",
      "~/.qwen/tmp/",
      "~/.qwen/todos/",
      "~/.qwen/usage/",
    ],
    scratch: ["~/.qwen"],
    temporary: [],
    // Programs that it downloads and runs.
    readOnly: ["~/.qwen/tmp/bin/"],
    login: ["~/.qwen/oauth_creds.json", "~/.qwen/.env"],
    guards: {},
  },
  llm: {
    display: "llm",
    moves: [{
      variable: "LLM_USER_PATH",
      from: "~/.config/io.datasette.llm",
      to: "",
    }],
    env: ["LLM_USER_PATH"],
    // Its database is in the folder itself.
    keeps: ["~/.config/io.datasette.llm/"],
    scratch: [],
    temporary: [],
    // Templates may hold code, and a model may be at another address.
    readOnly: [
      "~/.config/io.datasette.llm/templates/",
      "~/.config/io.datasette.llm/aliases.json",
      "~/.config/io.datasette.llm/extra-openai-models.yaml",
    ],
    login: ["~/.config/io.datasette.llm/keys.json"],
    guards: {},
  },
};
