/**
 * What the Vercel CLI keeps (vercel 64, @vercel/cli-config 0.4): `auth.json` in its data folder. A login since 2025 has a
 * `refreshToken`, which its own client spends; a `token` alone is one that lasts.
 *
 * @module
 */
import { Secret } from "../../secret.ts";
import type { Harvest } from "../found.ts";
import { readObject, textOf } from "../json.ts";
import { firstFile, type ImportSource } from "../source.ts";

/** Reads the file. */
export const vercelLogin: ImportSource = {
  harvest(world): Harvest {
    const { env, userFolder } = world;
    const data = env.get("XDG_DATA_HOME") || `${userFolder}/.local/share`;
    const roaming = env.get("APPDATA") || `${userFolder}/AppData/Roaming`;
    const file = firstFile(
      world,
      [
        `${data}/com.vercel.cli`,
        `${userFolder}/Library/Application Support/com.vercel.cli`,
        `${roaming}/com.vercel.cli/Data`,
        `${roaming}/xdg.data/com.vercel.cli`,
        `${userFolder}/.now`,
      ].map((folder) => `${folder}/auth.json`),
    );
    const members = readObject(file);
    const from = "vercel auth.json";
    const token = textOf(members, "token");
    const isRenewed = textOf(members, "refreshToken") !== undefined ||
      members.expiresAt !== undefined || members.dpop !== undefined;
    if (token === undefined || isRenewed) {
      return {
        found: [],
        skipped: [{
          from,
          provider: "vercel",
          reason: isRenewed
            ? "it is a login that the Vercel CLI renews itself, so it stays with it"
            : "it has no token here, so the keyring may have one",
          hint: "With a token of your own: authsome login vercel",
        }],
      };
    }
    return {
      found: [{
        provider: "vercel",
        credential: { type: "api_key", fields: { api_key: new Secret(token) } },
        from,
      }],
      skipped: [],
    };
  },
};
