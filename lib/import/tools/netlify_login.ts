/**
 * The tokens of the Netlify CLI (netlify-cli 26): `users` of `config.json`, of which `userId` names the one in use. They
 * last, and nothing renews them.
 *
 * @module
 */
import { defined, type Fields, isObject } from "../../object.ts";
import { Secret } from "../../secret.ts";
import { connectionNameOf, type Harvest } from "../found.ts";
import { readObject, textOf } from "../json.ts";
import { firstFile, type ImportSource } from "../source.ts";

/** Reads the file, where newer and older versions have it. */
export const netlifyLogin: ImportSource = {
  harvest(world): Harvest {
    const { env, userFolder } = world;
    const config = env.get("XDG_CONFIG_HOME") || `${userFolder}/.config`;
    const roaming = env.get("APPDATA") || `${userFolder}/AppData/Roaming`;
    const file = firstFile(
      world,
      [
        `${config}/netlify`,
        `${userFolder}/Library/Preferences/netlify`,
        `${roaming}/netlify/Config`,
        `${userFolder}/.netlify`,
      ].map((folder) => `${folder}/config.json`),
    );
    const members = readObject(file);
    const users = fieldsOf(members.users);
    const used = textOf(members, "userId");
    const result: Harvest = { found: [], skipped: [] };
    for (const [id, value] of Object.entries(users)) {
      const user = fieldsOf(value);
      const auth = fieldsOf(user.auth);
      const from = `netlify ${textOf(user, "email") ?? id}`;
      const token = textOf(auth, "token");
      if (token === undefined) {
        const reason = "it has no token";
        result.skipped.push({ from, reason, hint: "netlify login" });
      } else {
        const isUsed = id === used || Object.keys(users).length === 1;
        result.found.push({
          provider: "netlify",
          ...defined({
            connection: isUsed
              ? undefined
              : connectionNameOf(textOf(user, "email") ?? id),
          }),
          credential: {
            type: "api_key",
            fields: { api_key: new Secret(token) },
          },
          from,
        });
      }
      if (textOf(fieldsOf(auth.github), "token") !== undefined) {
        result.skipped.push({
          from: `${from}, GitHub`,
          provider: "github",
          reason:
            "it is a login of GitHub that the Netlify CLI made for itself",
          hint: "authsome login github",
        });
      }
    }
    return result;
  },
};

function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : {};
}
