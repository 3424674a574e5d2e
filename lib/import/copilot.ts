/** The GitHub login of the GitHub Copilot CLI, from where it looks itself, in its order. @module */
import { parseCommented } from "../connection/agents/commented_json.ts";
import { CLIENT_ID, copilotLogin } from "../connection/agents/copilot_login.ts";
import { Secret } from "../secret.ts";
import { addAgentLogin } from "./agent_own_login.ts";
import { type Found, foundClient, type Harvest } from "./found.ts";
import { unreadable } from "./json.ts";
import { type ImportContext, type ImportSource, notThere } from "./source.ts";

/** Tokens that Copilot takes; its own file alone says whose the token is. */
const TOKEN = /^(?:gh[ou]_|github_pat_)[A-Za-z0-9_]{20,255}$/;

/** Reads its variable, its file, and the login of the GitHub CLI. */
export const copilot: ImportSource = {
  async harvest(world): Promise<Harvest> {
    const { env, userFolder } = world;
    const result: Harvest = { found: [], skipped: [] };
    const variable = world.path === undefined
      ? env.get("COPILOT_GITHUB_TOKEN")?.trim()
      : undefined;
    if (variable && TOKEN.test(variable)) {
      result.found.push(withToken(variable, "COPILOT_GITHUB_TOKEN"));
      return result;
    }
    const folder = copilotLogin.folder({
      env: (name) => env.get(name),
      userFolder,
      os: "linux",
    });
    const path = world.path ?? `${folder}/${copilotLogin.file}`;
    const file = world.read(path);
    const fields = file && parseCommented(file.text)?.fields;
    if (file && !fields) throw unreadable(path, "is not a JSON object");
    if (file && fields?.authTokens !== undefined) {
      addAgentLogin(result, copilotLogin, file, "copilot config.json");
      return result;
    }
    const token = world.path === undefined ? await fromGh(world) : undefined;
    if (token) result.found.push(withToken(token, "gh auth token"));
    else if (fields?.lastLoggedInUser) {
      result.skipped.push({
        from: "copilot config.json",
        provider: copilotLogin.provider,
        reason: "the token is in the system's keychain, which is left alone",
        hint:
          `Set "storeTokenPlaintext": true in ${folder}/settings.json, and log in anew: ${copilotLogin.loginCommand}`,
      });
    } else if (!file) throw notThere(path);
    return result;
  },
};

/** What Copilot falls back to. */
async function fromGh({ output }: ImportContext): Promise<string | undefined> {
  const token = (await output([
    ...["gh", "auth", "token", "--hostname", "github.com"],
  ]))?.trim();
  return token && TOKEN.test(token) ? token : undefined;
}

/** A login that no file is kept in step with. */
function withToken(token: string, from: string): Found {
  const { provider } = copilotLogin;
  return {
    provider,
    credential: {
      type: "oauth2",
      accessToken: new Secret(token),
      scopes: [],
      requestedScopes: [],
      clientId: CLIENT_ID,
      captured: {},
    },
    ...{
      client: foundClient(CLIENT_ID, undefined, "http://localhost/callback")!,
    },
    from,
  };
}
