/**
 * The logins of mcp-remote: `~/.mcp-auth/mcp-remote-<version>/<MD5 of the server's URL>_tokens.json` and
 * `…_client_info.json`.
 *
 * @module
 */
import { expiryOf } from "../oauth/lifetime.ts";
import { defined, parseObject } from "../object.ts";
import { Secret, secretOf } from "../secret.ts";
import type { Found, Harvest } from "./found.ts";
import { foundClient } from "./found.ts";
import { numberOf, scopesOf, textOf } from "./json.ts";
import { serverUrls } from "./mcp_server_entry.ts";
import { type ImportSource, notThere } from "./source.ts";
import type { SourceFile } from "../ports/other_programs.ts";

/** The credential in a token file (RFC 6749 §5.1) that was written when it was issued, with its client (RFC 7591). */
function parseTokens(
  tokens: SourceFile,
  clientInfo?: SourceFile,
): Pick<Found, "credential" | "client"> | undefined {
  const fields = parseObject(tokens.text);
  const accessToken = fields && textOf(fields, "access_token");
  if (!fields || accessToken === undefined) return undefined;
  const refreshToken = textOf(fields, "refresh_token");
  const registration = clientInfo && parseObject(clientInfo.text);
  const client = registration && foundClient(
    textOf(registration, "client_id"),
    textOf(registration, "client_secret"),
  );
  return {
    credential: {
      type: "oauth2",
      accessToken: new Secret(accessToken),
      // Without its client a refresh token is of no use.
      ...defined({
        refreshToken: client && secretOf(refreshToken),
        expiresAt: expiryOf(
          numberOf(fields, "expires_in"),
          tokens.modifiedAt,
        ),
      }),
      scopes: scopesOf(fields.scope),
      requestedScopes: [],
      captured: {},
    },
    ...defined({ client }),
  };
}

/** Reads every version's folder; of several logins at one server the latest counts. */
export const mcpRemote: ImportSource = {
  harvest(world): Harvest {
    const root = world.path ?? (world.env.get("MCP_REMOTE_CONFIG_DIR") ||
      `${world.userFolder}/.mcp-auth`);
    const folders = world.list(root).filter((name) =>
      name.startsWith("mcp-remote-")
    ).map((name) => `${root}/${name}`);
    if (folders.length === 0 && world.list(root).length === 0) {
      throw notThere(root);
    }
    const byHash = new Map<string, string>();
    for (const definition of world.definitions) {
      for (const url of serverUrls(definition)) {
        byHash.set(world.md5(url), definition.name);
        byHash.set(world.md5(`${url}/`), definition.name);
      }
    }
    const result: Harvest = { found: [], skipped: [] };
    const latest = new Map<string, { at: number; found: Found }>();
    for (const folder of [...folders, root]) {
      for (const name of world.list(folder)) {
        const hash = /^([0-9a-f]{32})_tokens\.json$/.exec(name)?.[1];
        const tokens = hash && world.read(`${folder}/${name}`);
        if (!hash || !tokens) continue;
        const from = `mcp-remote ${hash.slice(0, 8)}`;
        const provider = byHash.get(hash);
        const parsed = parseTokens(
          tokens,
          world.read(`${folder}/${hash}_client_info.json`),
        );
        if (provider === undefined || !parsed) {
          result.skipped.push({
            from,
            ...defined({ provider }),
            reason: parsed
              ? "no provider matches this server"
              : "it contains no access token",
            hint: "",
          });
        } else if ((latest.get(provider)?.at ?? -1) < tokens.modifiedAt) {
          const found = { provider, ...parsed, from };
          latest.set(provider, { at: tokens.modifiedAt, found });
        }
      }
    }
    result.found.push(...[...latest.values()].map(({ found }) => found));
    return result;
  },
};
