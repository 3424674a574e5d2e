/**
 * The GitHub login of the GitHub Copilot CLI, as `config.json` has it. Seen in 1.0.102. Its token does not expire, has no
 * refresh token, and goes to GitHub and to Copilot's API as it is: this version exchanges it for no other.
 *
 * @module
 */
import { OWN_LOGIN_COMMANDS } from "../hint.ts";
import { isObject } from "../../object.ts";
import { parseCommented } from "./commented_json.ts";
import { type AgentLogin, filedToken } from "./agent_login.ts";

/** GitHub's client for it. */
export const CLIENT_ID = "Ov23ctDVkRmgkPke0Mmm";
/** The one host whose logins are known. */
export const HOST = "https://github.com";
/** As long as a token of GitHub's. */
const ACCESS = "gho_authsomeproxymanaged0000000000000000";

/** Members of the login, also under the names of older versions. */
const MEMBERS = [
  "authTokens",
  "loggedInUsers",
  "lastLoggedInUser",
  "copilotTokens",
  "copilot_tokens",
  "logged_in_users",
  "last_logged_in_user",
];

export const copilotLogin: AgentLogin = {
  provider: "copilot",
  title: "GitHub Copilot CLI",
  loginCommand: OWN_LOGIN_COMMANDS.copilot!,
  ownLoginOnly: "it is the login of GitHub's own client",
  file: "config.json",
  view: {
    variable: "COPILOT_HOME",
    holds: "folder",
    beside: ["config.json."],
    made: {
      folders: ["logs", "session-state"],
      files: ["session-store.db", "command-history-state.json"],
    },
  },
  members: MEMBERS,
  variables: ["COPILOT_GITHUB_TOKEN"],
  // It prefers a variable to its file, and GH_TOKEN is there as soon as GitHub is connected; this one comes first.
  env: { COPILOT_GITHUB_TOKEN: ACCESS },
  replacesFile: true,
  endpoints: [
    "https://github.com/login/oauth/access_token",
    "https://github.com/login/device/code",
  ],
  sharesEndpoints: true,
  usualFolder: ".copilot",
  folder: ({ env, userFolder }) =>
    env("COPILOT_HOME") || `${userFolder}/.copilot`,

  read(text) {
    const file = parseCommented(text)?.fields ?? {};
    const { lastLoggedInUser: user, authTokens: tokens } = file;
    if (
      !isObject(user) || !isObject(tokens) || user.host !== HOST ||
      typeof user.login !== "string" || !/^[\w.-]{1,100}$/.test(user.login)
    ) return undefined;
    const entry = keysOf(user.login).map((key) => tokens[key]).find(isObject);
    const accessToken = filedToken(entry?.token);
    return accessToken && {
      accessToken,
      scopes: [],
      clientId: CLIENT_ID,
      kept: { account_id: user.login },
    };
  },

  holdsShown(text) {
    const { authTokens } = parseCommented(text)?.fields ?? {};
    return isObject(authTokens) &&
      Object.values(authTokens).some((entry) =>
        isObject(entry) && entry.token === ACCESS
      );
  },

  write(text, { accessToken }) {
    const { head, fields } = parseCommented(text)!;
    const tokens = fields.authTokens as Record<string, unknown>;
    const { login } = fields.lastLoggedInUser as { login: string };
    const token = { token: accessToken.reveal() };
    return head + JSON.stringify(
      {
        ...fields,
        authTokens: {
          ...tokens,
          ...Object.fromEntries(keysOf(login).map((key) => [key, token])),
        },
      },
      null,
      2,
    );
  },

  placeholders: () => ({ access_token: ACCESS }),

  shown({ kept: { account_id: login = "" } }, text = "") {
    const { head, fields } = parseCommented(text) ?? { head: "", fields: {} };
    const others = Object.entries(fields)
      .filter(([name]) => !MEMBERS.includes(name));
    return head + JSON.stringify(
      {
        ...Object.fromEntries(others),
        authTokens: Object.fromEntries(
          keysOf(login).map((key) => [key, { token: ACCESS }]),
        ),
        loggedInUsers: [{ host: HOST, login, kind: "githubDotCom" }],
        lastLoggedInUser: { host: HOST, login },
      },
      null,
      2,
    );
  },

  answer: () => ({ access_token: ACCESS, token_type: "bearer", scope: "" }),

  isOwn: (token) => token === ACCESS,
};

/** Where the token of an account of github.com is, in the file or in a keychain, best first. */
export function keysOf(login: string): string[] {
  return [`${HOST}:${login}:github`, `${HOST}:${login}`];
}
