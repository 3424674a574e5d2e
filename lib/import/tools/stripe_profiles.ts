/**
 * The keys of the Stripe CLI (1.37): a table for each project in `config.toml`, with keys that last 90 days. Those of live
 * mode are in the keyring, and the file shows their beginnings and ends.
 *
 * @module
 */
import { Secret } from "../../secret.ts";
import { connectionNameOf, type Harvest } from "../found.ts";
import { firstFile, type ImportSource } from "../source.ts";
import { parseFlatToml } from "./flat_toml.ts";

/** The keys of a table, by mode; the later names are of older versions. */
const MODES: Readonly<Record<string, readonly string[]>> = {
  test: ["test_mode_api_key", "secret_key", "api_key"],
  live: ["live_mode_api_key"],
};

/** Reads the file. */
export const stripeProfiles: ImportSource = {
  harvest(world): Harvest {
    const { env, userFolder, now } = world;
    const config = env.get("XDG_CONFIG_HOME") || `${userFolder}/.config`;
    const file = firstFile(world, [`${config}/stripe/config.toml`]);
    const result: Harvest = { found: [], skipped: [] };
    for (const [table, members] of parseFlatToml(file.text)) {
      // The CLI's own quotes stay around names with a dot.
      const project = table.replace(/^['"]|['"]$/g, "");
      for (const [mode, names] of Object.entries(MODES)) {
        const key = names.map((name) => members.get(name)).find(Boolean);
        if (!key) continue;
        const from = `stripe ${project || "default"} ${mode} mode`;
        const expires = Date.parse(
          members.get(`${mode}_mode_key_expires_at`) ?? "",
        );
        const skip = (reason: string) =>
          result.skipped.push({
            from,
            provider: "stripe",
            reason,
            hint:
              "stripe login, or with a key of your own: authsome login stripe",
          });
        if (key.includes("*")) {
          skip("the keyring has it, and the file its beginning and end");
        } else if (expires <= now) {
          skip("it has expired");
        } else {
          result.found.push({
            provider: "stripe",
            connection: project === "" || project === "default"
              ? mode
              : connectionNameOf(`${project}-${mode}`) ?? mode,
            credential: {
              type: "api_key",
              fields: { api_key: new Secret(key) },
            },
            from,
          });
        }
      }
    }
    return result;
  },
};
