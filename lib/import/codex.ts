/** The ChatGPT login of the Codex CLI, and its API key. @module */
import { isObject } from "../object.ts";
import { Secret } from "../secret.ts";
import type { Harvest } from "./found.ts";
import { codexLogin } from "../connection/agents/codex_login.ts";
import { addAgentLogin } from "./agent_own_login.ts";
import { readObject, textOf } from "./json.ts";
import { type ImportSource, notThere } from "./source.ts";
import type { SourceFile } from "../ports/other_programs.ts";

/** What `auth.json` holds. */
function parseCodexAuth(file: SourceFile): Harvest {
  const fields = readObject(file);
  const result: Harvest = { found: [], skipped: [] };
  const key = textOf(fields, "OPENAI_API_KEY");
  if (key !== undefined) {
    result.found.push({
      provider: "openai",
      credential: { type: "api_key", fields: { api_key: new Secret(key) } },
      from: "codex auth.json",
    });
  }
  if (isObject(fields.tokens)) {
    addAgentLogin(result, codexLogin, file, "codex auth.json");
  }
  return result;
}

/** Reads the file of the Codex CLI. */
export const codex: ImportSource = {
  harvest(world) {
    const folder = world.env.get("CODEX_HOME") || `${world.userFolder}/.codex`;
    const path = world.path ?? `${folder}/auth.json`;
    const file = world.read(path);
    if (!file) throw notThere(path);
    return parseCodexAuth(file);
  },
};
