/**
 * The tokens of the Hugging Face libraries (huggingface_hub 2.4): `token`, which is used, and `stored_tokens`, an INI file
 * with a section for each. Those that came with a refresh token were made by the libraries' own client.
 *
 * @module
 */
import { Secret } from "../../secret.ts";
import { connectionNameOf, type Harvest } from "../found.ts";
import { type ImportSource, notThere } from "../source.ts";
import { parseIni } from "./ini.ts";

/** Reads both files. */
export const huggingfaceTokens: ImportSource = {
  harvest(world): Harvest {
    const { env, userFolder } = world;
    const cache = env.get("XDG_CACHE_HOME") || `${userFolder}/.cache`;
    const folder = env.get("HF_HOME") || `${cache}/huggingface`;
    const path = world.path ?? (env.get("HF_TOKEN_PATH") || `${folder}/token`);
    const used = world.read(path);
    const stored = world.read(`${path.replace(/[^/]*$/, "")}stored_tokens`);
    if (!used && !stored) throw notThere(path);
    const result: Harvest = { found: [], skipped: [] };
    const text = used?.text.trim() ?? "";
    const named = parseIni(stored?.text ?? "");
    // Named like its libraries' file, it may be that one.
    const isStored = text.startsWith("[");
    const sections = isStored ? parseIni(text) : named;
    const add = (token: string, from: string, connection?: string) =>
      result.found.push({
        provider: "huggingface",
        ...connection === undefined ? {} : { connection },
        credential: { type: "api_key", fields: { api_key: new Secret(token) } },
        from,
      });
    let isOwn = false;
    for (const [name, members] of sections) {
      const token = members.get("hf_token");
      const from = `huggingface ${name}`;
      if (!token) {
        result.skipped.push({ from, reason: "it has no token", hint: "" });
        continue;
      }
      const isUsed = !isStored && token === text;
      if (members.has("refresh_token")) {
        if (isUsed) isOwn = true;
        result.skipped.push({
          from,
          provider: "huggingface",
          reason:
            "it is a login that the libraries renew themselves, so it stays with them",
          hint: "authsome login huggingface",
        });
      } else if (!isUsed) add(token, from, connectionNameOf(name));
    }
    if (text !== "" && !isStored && !isOwn) add(text, "huggingface token");
    return result;
  },
};
