/** The GitHub login of the GitHub Copilot CLI, from where it looks itself, in its order. @module */
import { parseCommented } from "../connection/agents/commented_json.ts";
import {
  CLIENT_ID,
  copilotLogin,
  HOST,
  keysOf,
} from "../connection/agents/copilot_login.ts";
import { defined, type Fields, isObject } from "../object.ts";
import { Secret } from "../secret.ts";
import { addAgentLogin } from "./agent_own_login.ts";
import { type Found, foundClient, type Harvest } from "./found.ts";
import { unreadable } from "./json.ts";
import { type ImportContext, type ImportSource, notThere } from "./source.ts";

/** Tokens that Copilot takes; its own file alone says whose the token is. */
const TOKEN = /^(?:gh[ou]_|github_pat_)[A-Za-z0-9_]{20,255}$/;

/** Its entries in a keychain. */
const SERVICE = "copilot-cli";

/** Reads its variable, its file, its keychain entry, and the login of the GitHub CLI. */
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
    if (world.path !== undefined) {
      if (!file) throw notThere(path);
      addAgentLogin(result, copilotLogin, file, "copilot config.json");
      return result;
    }
    const login = fields && loginOf(fields);
    const kept = login && await fromKeychain(world, login);
    const token = kept ?? await fromGh(world);
    if (token) {
      result.found.push(
        kept
          ? withToken(token, "copilot keychain", login)
          : withToken(token, "gh auth token"),
      );
    } else if (login) {
      result.skipped.push({
        from: "copilot config.json",
        provider: copilotLogin.provider,
        reason: "its token is neither there nor in a keychain that can be read",
        hint:
          `Set "storeTokenPlaintext": true in ${folder}/settings.json, and log in anew: ${copilotLogin.loginCommand}`,
      });
    } else if (!file) throw notThere(path);
    return result;
  },
};

/** Whose login it is, where the file does not hold the token. */
function loginOf({ lastLoggedInUser: user }: Fields): string | undefined {
  return isObject(user) && user.host === HOST && typeof user.login === "string"
    ? user.login
    : undefined;
}

/** What Copilot keeps in the Secret Service of Linux, or in the keychain of macOS. Seen in 1.0.102. */
async function fromKeychain(
  { output }: ImportContext,
  login: string,
): Promise<string | undefined> {
  for (const account of keysOf(login)) {
    const token = (await output([
      ...["secret-tool", "lookup", "service", SERVICE, "username", account],
    ]) ?? await output([
      ...["security", "find-generic-password", "-s", SERVICE],
      ...["-a", account, "-w"],
    ]))?.trim();
    if (token && TOKEN.test(token)) return token;
  }
}

/** What Copilot falls back to. */
async function fromGh({ output }: ImportContext): Promise<string | undefined> {
  const token = (await output([
    ...["gh", "auth", "token", "--hostname", "github.com"],
  ]))?.trim();
  return token && TOKEN.test(token) ? token : undefined;
}

/** A login that no file is kept in step with. */
function withToken(token: string, from: string, login?: string): Found {
  const { provider } = copilotLogin;
  return {
    provider,
    credential: {
      type: "oauth2",
      accessToken: new Secret(token),
      scopes: [],
      requestedScopes: [],
      clientId: CLIENT_ID,
      captured: defined({ account_id: login }),
    },
    ...{
      client: foundClient(CLIENT_ID, undefined, "http://localhost/callback")!,
    },
    from,
  };
}
