/**
 * The tokens of glab, the command line of GitLab (1.53 and later): `hosts` of `config.yml`. Logins by OAuth
 * (`is_oauth2`) are renewed by glab's own client, which spends the refresh token.
 *
 * @module
 */
import { defined, isObject } from "../../object.ts";
import { Secret } from "../../secret.ts";
import type { Harvest } from "../found.ts";
import { textOf } from "../json.ts";
import { firstFile, type ImportSource } from "../source.ts";
import { readYaml } from "../yaml.ts";

/** Reads the file, and asks glab for the tokens that are in the keyring. */
export const glabHosts: ImportSource = {
  async harvest(world): Promise<Harvest> {
    const { env, userFolder } = world;
    const config = env.get("XDG_CONFIG_HOME") || `${userFolder}/.config`;
    const named = env.get("GLAB_CONFIG_DIR");
    const file = firstFile(world, [
      `${named || `${config}/glab-cli`}/config.yml`,
      ...named
        ? []
        : [`${userFolder}/Library/Application Support/glab-cli/config.yml`],
    ]);
    const settings = await readYaml(file);
    const hosts = isObject(settings) && isObject(settings.hosts)
      ? settings.hosts
      : {};
    const result: Harvest = { found: [], skipped: [] };
    for (const [host, value] of Object.entries(hosts)) {
      const members = isObject(value) ? value : {};
      const user = textOf(members, "user");
      const from = `glab ${user ? `${user}@` : ""}${host}`;
      const skip = (reason: string, hint: string) =>
        result.skipped.push({ from, reason, hint });
      if (
        textOf(members, "is_oauth2") === "true" ||
        textOf(members, "oauth2_refresh_token") !== undefined
      ) {
        skip(
          "it is a login that glab renews itself, so it stays with it",
          "authsome login gitlab, or with a token: authsome login gitlab-pat",
        );
        continue;
      }
      const token = textOf(members, "token") ??
        (await world.output(["glab", "config", "get", "token", "--host", host]))
          ?.trim();
      if (!token) {
        // Every host that glab knows stands there, with a token or not.
        if (textOf(members, "use_keyring") === "true" || user !== undefined) {
          skip(
            "glab has no token for it",
            `glab auth login --hostname ${host}`,
          );
        }
        continue;
      }
      result.found.push({
        provider: "gitlab-pat",
        credential: { type: "api_key", fields: { api_key: new Secret(token) } },
        ...defined({
          baseUrl: host === "gitlab.com" ? undefined : `https://${host}`,
        }),
        from,
      });
    }
    return result;
  },
};
