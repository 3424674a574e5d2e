/** The table of sources. @module */
import { AuthsomeError } from "../errors.ts";
import { quoted } from "../text.ts";
import type { ImportSource } from "./source.ts";

/** One line of the table. */
interface SourceEntry {
  /** What is read. */
  readonly brief: string;
  /** Providers that it is an easier way to connect to. */
  readonly provides?: readonly string[];
  /** Whether there is no usual place, so that `--path` must name one. */
  readonly needsPath?: boolean;
  load(): Promise<ImportSource>;
}

/** Every source by name. */
export const SOURCES: Readonly<Record<string, SourceEntry>> = {
  gh: {
    brief: "GitHub CLI: hosts.yml, and gh auth token for its keyring",
    provides: ["github"],
    load: async () => (await import("./gh.ts")).gh,
  },
  netrc: {
    brief: "~/.netrc: passwords of hosts that a provider serves",
    load: async () => (await import("./netrc.ts")).netrc,
  },
  gcloud: {
    brief: "Google Cloud CLI: application default credentials",
    provides: ["google"],
    load: async () => (await import("./gcloud.ts")).gcloud,
  },
  npmrc: {
    brief: "~/.npmrc: the token of registry.npmjs.org",
    load: async () => (await import("./npmrc.ts")).npmrc,
  },
  claude: {
    brief:
      "Claude Code: its own login, its API key and its MCP servers' logins",
    provides: ["claude"],
    load: async () => (await import("./claude.ts")).claude,
  },
  codex: {
    brief: "Codex CLI: its own login and its API key",
    provides: ["codex"],
    load: async () => (await import("./codex.ts")).codex,
  },
  gemini: {
    brief: "Gemini CLI: its own login",
    provides: ["gemini"],
    load: async () => (await import("./gemini.ts")).gemini,
  },
  copilot: {
    brief:
      "GitHub Copilot CLI: its own login, from COPILOT_GITHUB_TOKEN, its file, its keychain entry or gh",
    provides: ["copilot"],
    load: async () => (await import("./copilot.ts")).copilot,
  },
  "mcp-remote": {
    brief: "mcp-remote: ~/.mcp-auth",
    load: async () => (await import("./mcp_remote.ts")).mcpRemote,
  },
  "python-authsome": {
    brief: "authsome for Python: its home, given with --path",
    needsPath: true,
    load: async () => (await import("./python_authsome.ts")).pythonAuthsome,
  },
};

/**
 * Loads a source.
 *
 * @throws {AuthsomeError} `Usage` if there is none of that name.
 */
export async function loadSource(name: string): Promise<ImportSource> {
  if (Object.hasOwn(SOURCES, name)) return await SOURCES[name]!.load();
  throw new AuthsomeError(
    "Usage",
    `Cannot import from ${quoted(name)}: it is unknown`,
    `Choose one of: ${Object.keys(SOURCES).join(", ")}`,
    { subject: { field: "source" } },
  );
}
