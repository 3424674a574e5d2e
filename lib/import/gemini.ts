/** The Google login of the Gemini CLI. @module */
import { geminiLogin } from "../connection/agents/gemini_login.ts";
import { addAgentLogin } from "./agent_own_login.ts";
import type { Harvest } from "./found.ts";
import { readObject } from "./json.ts";
import { type ImportSource, notThere } from "./source.ts";

/** Reads the file of the Gemini CLI, unless it was told to keep its login encrypted. */
export const gemini: ImportSource = {
  harvest(world) {
    const { env, userFolder } = world;
    const folder = geminiLogin.folder({
      ...world,
      userFolder,
      env: (name) => env.get(name),
      os: "linux",
    });
    const path = world.path ?? `${folder}/${geminiLogin.file}`;
    const file = world.read(path);
    const result: Harvest = { found: [], skipped: [] };
    if (file) {
      readObject(file);
      addAgentLogin(result, geminiLogin, file, "gemini oauth_creds.json");
    } else if (world.path === undefined && isEncrypted(world, folder)) {
      result.skipped.push({
        from: "gemini",
        provider: geminiLogin.provider,
        reason:
          "the login is in the keychain or in an encrypted file, which is left alone",
        hint:
          "Leave GEMINI_FORCE_ENCRYPTED_FILE_STORAGE out, and log in anew: gemini",
      });
    } else throw notThere(path);
    return result;
  },
};

function isEncrypted(
  { env, read }: Pick<Parameters<ImportSource["harvest"]>[0], "env" | "read">,
  folder: string,
): boolean {
  return env.get("GEMINI_FORCE_ENCRYPTED_FILE_STORAGE") === "true" ||
    read(`${folder}/gemini-credentials.json`) !== undefined;
}
