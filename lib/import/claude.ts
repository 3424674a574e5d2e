/** The login of Claude Code, its API key, and its logins at MCP servers. @module */
import { defined, isObject } from "../object.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import { Secret, secretOf } from "../secret.ts";
import type { Harvest } from "./found.ts";
import { foundClient } from "./found.ts";
import { addAgentLogin, fromKeychain } from "./agent_own_login.ts";
import { claudeLogin } from "../connection/agents/claude_login.ts";
import { numberOf, readObject, scopesOf, textOf } from "./json.ts";
import { providerOfServer } from "./mcp_server_entry.ts";
import { type ImportSource, notThere } from "./source.ts";
import type { SourceFile } from "../ports/other_programs.ts";

/** What it registers its clients for, with a port of its own. */
const REDIRECT_URI = "http://localhost/callback";

/** What `.credentials.json` holds. Times in it are epoch milliseconds. */
function parseClaudeCredentials(
  file: SourceFile,
  definitions: readonly ProviderDefinition[],
): Harvest {
  const fields = readObject(file);
  const result: Harvest = { found: [], skipped: [] };
  if (isObject(fields.claudeAiOauth)) {
    addAgentLogin(result, claudeLogin, file, "claude .credentials.json");
  }
  const servers = isObject(fields.mcpOAuth) ? fields.mcpOAuth : {};
  for (const server of Object.values(servers)) {
    if (!isObject(server)) continue;
    const url = textOf(server, "serverUrl");
    const accessToken = textOf(server, "accessToken");
    const from = `claude ${textOf(server, "serverName") ?? "MCP server"}`;
    const provider = url && providerOfServer(url, definitions);
    if (!provider || accessToken === undefined) {
      result.skipped.push({
        from,
        reason: provider
          ? "it contains no access token"
          : "no provider matches this server",
        hint: "",
      });
      continue;
    }
    const refreshToken = textOf(server, "refreshToken");
    const expiresAt = numberOf(server, "expiresAt");
    const client = foundClient(
      textOf(server, "clientId"),
      textOf(server, "clientSecret"),
      REDIRECT_URI,
    );
    result.found.push({
      provider,
      credential: {
        type: "oauth2",
        accessToken: new Secret(accessToken),
        ...defined({
          refreshToken: client && secretOf(refreshToken),
          expiresAt,
        }),
        scopes: scopesOf(server.scope),
        requestedScopes: [],
        captured: {},
      },
      ...defined({ client }),
      from,
    });
  }
  return result;
}

/** The key in `.claude.json` that a person gave or made at login. */
function parseClaudeSettings(file: SourceFile): Harvest {
  const key = textOf(readObject(file), "primaryApiKey");
  return {
    found: key === undefined ? [] : [{
      provider: "anthropic",
      credential: { type: "api_key", fields: { api_key: new Secret(key) } },
      from: "claude .claude.json",
    }],
    skipped: [],
  };
}

/** Reads both files of Claude Code. */
export const claude: ImportSource = {
  async harvest(world): Promise<Harvest> {
    const folder = world.env.get("CLAUDE_CONFIG_DIR");
    const path = world.path ??
      `${folder || `${world.userFolder}/.claude`}/.credentials.json`;
    const credentials = world.read(path) ??
      (world.path === undefined
        ? await fromKeychain(world, claudeLogin)
        : undefined);
    const settings = world.path === undefined
      ? world.read(`${folder || world.userFolder}/.claude.json`)
      : undefined;
    if (!credentials && !settings) throw notThere(path);
    const parts = [
      ...credentials
        ? [parseClaudeCredentials(credentials, world.definitions)]
        : [],
      ...settings ? [parseClaudeSettings(settings)] : [],
    ];
    return {
      found: parts.flatMap(({ found }) => found),
      skipped: parts.flatMap(({ skipped }) => skipped),
    };
  },
};
