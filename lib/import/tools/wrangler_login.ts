/**
 * What wrangler keeps (4.86): `config/default.toml`, a login by OAuth that its own client renews, or the `api_token` of
 * wrangler 1.
 *
 * @module
 */
import { Secret } from "../../secret.ts";
import type { Harvest } from "../found.ts";
import { firstFile, type ImportSource } from "../source.ts";
import { parseFlatToml } from "./flat_toml.ts";

/** Reads the file where wrangler looks for it: an old folder goes before that of the system. */
export const wranglerLogin: ImportSource = {
  harvest(world): Harvest {
    const { env, userFolder } = world;
    const config = env.get("XDG_CONFIG_HOME") || `${userFolder}/.config`;
    const file = firstFile(
      world,
      [
        userFolder,
        config,
        `${userFolder}/Library/Preferences`,
        `${env.get("APPDATA") || `${userFolder}/AppData/Roaming`}/xdg.config`,
      ].map((folder) => `${folder}/.wrangler/config/default.toml`),
    );
    const members = parseFlatToml(file.text).get("")!;
    const from = "wrangler default.toml";
    const token = members.get("api_token");
    if (members.get("oauth_token") || !token) {
      return {
        found: [],
        skipped: [{
          from,
          provider: "cloudflare",
          reason: members.get("oauth_token")
            ? "it is a login that wrangler renews itself, so it stays with it"
            : "it has no API token",
          hint: "With a token of your own: authsome login cloudflare",
        }],
      };
    }
    return {
      found: [{
        provider: "cloudflare",
        credential: { type: "api_key", fields: { api_key: new Secret(token) } },
        from,
      }],
      skipped: [],
    };
  },
};
