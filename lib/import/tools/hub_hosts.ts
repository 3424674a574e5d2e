/** The tokens of hub 2.14, the older command line of GitHub: a YAML file with a list of accounts for each host. @module */
import { defined, isObject } from "../../object.ts";
import { connectionNameOf, type Harvest } from "../found.ts";
import { githubCredential } from "./gh.ts";
import { textOf } from "../json.ts";
import { firstFile, type ImportSource } from "../source.ts";
import { readYaml } from "../yaml.ts";

/** Reads the file. */
export const hubHosts: ImportSource = {
  async harvest(world): Promise<Harvest> {
    const { env, userFolder } = world;
    const folder = env.get("XDG_CONFIG_HOME") || `${userFolder}/.config`;
    const named = env.get("HUB_CONFIG");
    const file = firstFile(world, [named || `${folder}/hub`]);
    const hosts = await readYaml(file);
    const result: Harvest = { found: [], skipped: [] };
    for (const [host, value] of Object.entries(isObject(hosts) ? hosts : {})) {
      // The first account is the one that hub uses.
      const accounts = Array.isArray(value) ? value : [value];
      accounts.forEach((account, index) => {
        const members = isObject(account) ? account : {};
        const user = textOf(members, "user");
        const token = textOf(members, "oauth_token");
        const from = `hub ${user ? `${user}@` : ""}${host}`;
        if (token === undefined) {
          const reason = "it has no token";
          result.skipped.push({ from, reason, hint: "" });
          return;
        }
        result.found.push({
          ...githubCredential(token),
          ...defined({
            connection: index === 0 || !user
              ? undefined
              : connectionNameOf(user),
            baseUrl: host === "github.com" ? undefined : `https://${host}`,
          }),
          from,
        });
      });
    }
    return result;
  },
};
