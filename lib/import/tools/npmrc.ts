/** The token of `.npmrc`. @module */
import { Secret } from "../../secret.ts";
import type { Harvest } from "../found.ts";
import { type ImportSource, notThere } from "../source.ts";

/** Registry (without the scheme, with a slash at its end) and token of each `_authToken` line; the last one counts. */
export function parseNpmrc(text: string): Map<string, string> {
  const tokens = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*\/\/([^\s:]+?)\/?:_authToken\s*=\s*(.*?)\s*$/.exec(line);
    if (!match) continue;
    const value = match[2]!.replace(/^(["'])(.*)\1$/, "$2");
    if (value) tokens.set(`${match[1]!.toLowerCase()}/`, value);
  }
  return tokens;
}

/** Reads the person's `.npmrc`. */
export const npmrc: ImportSource = {
  harvest(world): Harvest {
    const path = world.path ?? world.env.get("NPM_CONFIG_USERCONFIG") ??
      `${world.userFolder}/.npmrc`;
    const file = world.read(path);
    if (!file) throw notThere(path);
    const result: Harvest = { found: [], skipped: [] };
    for (const [registry, token] of parseNpmrc(file.text)) {
      const from = `npmrc ${registry}`;
      const skip = (reason: string, hint = "") =>
        result.skipped.push({ from, reason, hint });
      if (registry !== "registry.npmjs.org/") {
        skip("no provider serves this registry");
      } else if (/\$\{[^}]*\}/.test(token)) {
        // Left to the person: what the variable holds here may not be what it holds for npm.
        skip("it refers to a variable", "authsome scan --import");
      } else {
        result.found.push({
          provider: "npm",
          credential: {
            type: "api_key",
            fields: { api_key: new Secret(token) },
          },
          from,
        });
      }
    }
    return result;
  },
};
