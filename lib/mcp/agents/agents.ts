/** Where each agent keeps its MCP servers, and in which form, as its documentation says. @module */

/** The machine, as far as paths depend on it. */
export interface AgentPlaces {
  env: { get(name: string): string | undefined };
  os: "linux" | "darwin" | "windows";
  userFolder: string;
  workingFolder: string;
}

/** Whose configuration it is: the person's, or that of the folder. */
export type Scope = "user" | "project";

/** How an agent writes an entry down. */
export type EntryForm =
  /** JSON, `<root>.<name>`: `{"command": "…", "args": […]}`, with `"type": "stdio"` where that is asked for. */
  | { kind: "json"; root: string; type?: "stdio" }
  /** JSON, `mcp.<name>`: `{"type": "local", "command": ["…", …], "enabled": true}`. */
  | { kind: "opencode"; root: string }
  /** TOML, `[mcp_servers.<name>]`. */
  | { kind: "toml"; root: string };

/** An agent. */
export interface Agent {
  display: string;
  form: EntryForm;
  /**
   * The files that it reads for a scope, the one that is written to first where there is none; absent where it has no such
   * scope.
   */
  files: { [S in Scope]?: (places: AgentPlaces) => string[] };
  /** What makes a running agent read it. */
  reload: string;
  /** The page that says so. */
  docs: string;
}

const SERVERS = "mcpServers";

/** By the name that is typed. */
export const AGENTS: Readonly<Record<string, Agent>> = {
  "claude-code": {
    display: "Claude Code",
    form: { kind: "json", root: SERVERS, type: "stdio" },
    files: {
      user: ({ env, userFolder }) => [
        `${env.get("CLAUDE_CONFIG_DIR") || userFolder}/.claude.json`,
      ],
      project: ({ workingFolder }) => [`${workingFolder}/.mcp.json`],
    },
    reload: "Start a new session of Claude Code; /mcp shows its servers",
    docs: "https://code.claude.com/docs/en/mcp",
  },
  "claude-desktop": {
    display: "Claude Desktop",
    form: { kind: "json", root: SERVERS },
    files: {
      user: (places) => [
        `${appData(places)}/Claude/claude_desktop_config.json`,
      ],
    },
    reload: "Quit Claude Desktop and open it again",
    docs: "https://modelcontextprotocol.io/docs/develop/connect-local-servers",
  },
  codex: {
    display: "Codex",
    form: { kind: "toml", root: "mcp_servers" },
    files: {
      user: ({ env, userFolder }) => [
        `${env.get("CODEX_HOME") || `${userFolder}/.codex`}/config.toml`,
      ],
      project: ({ workingFolder }) => [`${workingFolder}/.codex/config.toml`],
    },
    reload: "Start a new session of Codex; /mcp shows its servers",
    docs: "https://developers.openai.com/codex/mcp",
  },
  cursor: {
    display: "Cursor",
    form: { kind: "json", root: SERVERS },
    files: {
      user: ({ userFolder }) => [`${userFolder}/.cursor/mcp.json`],
      project: ({ workingFolder }) => [`${workingFolder}/.cursor/mcp.json`],
    },
    reload: "Cursor asks in its settings, under MCP, whether to enable it",
    docs: "https://cursor.com/docs/context/mcp",
  },
  vscode: {
    display: "VS Code",
    form: { kind: "json", root: "servers", type: "stdio" },
    files: {
      user: (places) => [`${appData(places)}/Code/User/mcp.json`],
      project: ({ workingFolder }) => [`${workingFolder}/.vscode/mcp.json`],
    },
    reload: "Run MCP: List Servers in VS Code and start it",
    docs: "https://code.visualstudio.com/docs/copilot/chat/mcp-servers",
  },
  gemini: {
    display: "Gemini CLI",
    form: { kind: "json", root: SERVERS },
    files: {
      user: ({ userFolder }) => [`${userFolder}/.gemini/settings.json`],
      project: ({ workingFolder }) => [
        `${workingFolder}/.gemini/settings.json`,
      ],
    },
    reload: "Start a new session of Gemini CLI; /mcp shows its servers",
    docs: "https://geminicli.com/docs/tools/mcp-server/",
  },
  opencode: {
    display: "opencode",
    form: { kind: "opencode", root: "mcp" },
    files: {
      user: ({ env, userFolder }) => {
        const folder = `${
          env.get("XDG_CONFIG_HOME") || `${userFolder}/.config`
        }/opencode`;
        return [`${folder}/opencode.json`, `${folder}/opencode.jsonc`];
      },
      project: ({ workingFolder }) => [
        `${workingFolder}/opencode.json`,
        `${workingFolder}/opencode.jsonc`,
      ],
    },
    reload: "Start a new session of opencode",
    docs: "https://opencode.ai/docs/mcp-servers/",
  },
};

/** Where programs with windows keep their settings. */
function appData({ env, os, userFolder }: AgentPlaces): string {
  if (os === "darwin") return `${userFolder}/Library/Application Support`;
  if (os === "windows") {
    return env.get("APPDATA") || `${userFolder}/AppData/Roaming`;
  }
  return env.get("XDG_CONFIG_HOME") || `${userFolder}/.config`;
}
