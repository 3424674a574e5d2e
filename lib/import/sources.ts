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
  /** Whether definitions of providers come with it. */
  readonly bringsDefinitions?: boolean;
  load(): Promise<ImportSource>;
}

/** Every source by name. */
export const SOURCES: Readonly<Record<string, SourceEntry>> = {
  gh: {
    brief: "GitHub CLI: hosts.yml, and gh auth token for its keyring",
    provides: ["github"],
    load: async () => (await import("./tools/gh.ts")).gh,
  },
  netrc: {
    brief: "~/.netrc: passwords of hosts that a provider serves",
    load: async () => (await import("./tools/netrc.ts")).netrc,
  },
  gcloud: {
    brief: "Google Cloud CLI: application default credentials",
    provides: ["google"],
    load: async () => (await import("./tools/gcloud.ts")).gcloud,
  },
  npmrc: {
    brief: "~/.npmrc: the token of registry.npmjs.org",
    load: async () => (await import("./tools/npmrc.ts")).npmrc,
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
  aws: {
    brief: "AWS CLI: the access keys of ~/.aws, profile by profile",
    load: async () => (await import("./tools/aws_profiles.ts")).awsProfiles,
  },
  docker: {
    brief: "Docker: logins at registries, from its file and its helpers",
    load: async () => (await import("./tools/docker_auths.ts")).dockerAuths,
  },
  glab: {
    brief: "GitLab CLI: tokens of config.yml and of its keyring",
    load: async () => (await import("./tools/glab_hosts.ts")).glabHosts,
  },
  hub: {
    brief: "hub: the tokens of ~/.config/hub",
    load: async () => (await import("./tools/hub_hosts.ts")).hubHosts,
  },
  huggingface: {
    brief: "Hugging Face: its token and its stored tokens",
    load: async () =>
      (await import("./tools/huggingface_tokens.ts")).huggingfaceTokens,
  },
  kaggle: {
    brief: "Kaggle: kaggle.json, for a provider of your own",
    load: async () => (await import("./tools/kaggle_key.ts")).kaggleKey,
  },
  netlify: {
    brief: "Netlify CLI: the tokens of its users",
    load: async () => (await import("./tools/netlify_login.ts")).netlifyLogin,
  },
  pypirc: {
    brief: "~/.pypirc: API tokens of PyPI and TestPyPI",
    load: async () => (await import("./tools/pypirc.ts")).pypirc,
  },
  stripe: {
    brief: "Stripe CLI: the keys of its projects",
    load: async () =>
      (await import("./tools/stripe_profiles.ts")).stripeProfiles,
  },
  vercel: {
    brief: "Vercel CLI: its token, if it is one that lasts",
    load: async () => (await import("./tools/vercel_login.ts")).vercelLogin,
  },
  wrangler: {
    brief: "wrangler: the API token of wrangler 1",
    load: async () => (await import("./tools/wrangler_login.ts")).wranglerLogin,
  },
  op: {
    brief: "1Password: items that are keys of providers, by its op",
    load: async () => (await import("./managers/op_items.ts")).opItems,
  },
  bitwarden: {
    brief: "Bitwarden: items of an export (JSON), given with --path",
    needsPath: true,
    load: async () =>
      (await import("./managers/bitwarden_items.ts")).bitwardenItems,
  },
  "python-authsome": {
    brief: "authsome for Python: its home, given with --path",
    needsPath: true,
    bringsDefinitions: true,
    load: async () =>
      (await import("./python/python_authsome.ts")).pythonAuthsome,
  },
};

/** Whether a provider may come to be known by what the source holds. */
export function bringsDefinitions(name: string): boolean {
  return Object.hasOwn(SOURCES, name) &&
    SOURCES[name]!.bringsDefinitions === true;
}

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
