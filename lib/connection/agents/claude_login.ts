/** The login of Claude Code, as `.credentials.json` has it. Seen in 2.1.197. @module */
import { OWN_LOGIN_COMMANDS } from "../hint.ts";
import { defined, isObject, parseObject } from "../../object.ts";
import { type AgentLogin, filedToken, LONG } from "./agent_login.ts";

const CLIENT_ID = "9d1c250a-e61b-44d9-88ed-5944d1962f5e";
const TOKEN = "authsomeproxymanaged000000000000";
const ACCESS = `sk-ant-oat01-${TOKEN}`;
const REFRESH = `sk-ant-ort01-${TOKEN}`;
/** Members that are no secret, by the name that they are kept by. */
const KEPT = {
  subscription_type: "subscriptionType",
  rate_limit_tier: "rateLimitTier",
} as const;

export const claudeLogin: AgentLogin = {
  provider: "claude",
  title: "Claude Code",
  loginCommand: OWN_LOGIN_COMMANDS.claude!,
  ownLoginOnly: "Anthropic permits no third party to offer this login",
  file: ".credentials.json",
  // Moves this file alone, so that settings and sessions are where they always are.
  view: { variable: "CLAUDE_SECURESTORAGE_CONFIG_DIR", holds: "file" },
  members: ["claudeAiOauth"],
  variables: ["CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CODE_OAUTH_REFRESH_TOKEN"],
  endpoints: [
    "https://platform.claude.com/v1/oauth/token",
    "https://console.anthropic.com/v1/oauth/token",
    "https://api.anthropic.com/v1/oauth/token",
  ],
  usualFolder: ".claude",
  folder: ({ env, userFolder }) =>
    env("CLAUDE_SECURESTORAGE_CONFIG_DIR") || env("CLAUDE_CONFIG_DIR") ||
    `${userFolder}/.claude`,
  keychain: ({ env, os }) =>
    os === "darwin" && !env("CLAUDE_CONFIG_DIR") &&
      !env("CLAUDE_SECURESTORAGE_CONFIG_DIR")
      ? { service: "Claude Code-credentials", account: env("USER") ?? "" }
      : undefined,

  read(text) {
    const { claudeAiOauth: login } = parseObject(text) ?? {};
    if (!isObject(login)) return undefined;
    const accessToken = filedToken(login.accessToken);
    const refreshToken = filedToken(login.refreshToken);
    const { expiresAt, scopes, clientId = CLIENT_ID } = login;
    if (
      !accessToken || !refreshToken || !Number.isSafeInteger(expiresAt) ||
      !Array.isArray(scopes) || typeof clientId !== "string" ||
      !scopes.every((scope) => typeof scope === "string")
    ) return undefined;
    const kept: Record<string, string> = {};
    for (const [name, member] of Object.entries(KEPT)) {
      const value = login[member];
      if (typeof value === "string") kept[name] = value;
      else if (value !== undefined && value !== null) return undefined;
    }
    return {
      ...{ accessToken, refreshToken, scopes, clientId, kept },
      expiresAt: expiresAt as number,
    };
  },

  holdsShown(text) {
    const { claudeAiOauth: login } = parseObject(text) ?? {};
    return isObject(login) && login.refreshToken === REFRESH;
  },

  write(text, { accessToken, refreshToken, expiresAt, scopes }) {
    const file = parseObject(text)!;
    return JSON.stringify({
      ...file,
      claudeAiOauth: {
        ...file.claudeAiOauth as object,
        accessToken: accessToken.reveal(),
        refreshToken: refreshToken?.reveal(),
        expiresAt,
        scopes,
      },
    });
  },

  placeholders: () => ({ access_token: ACCESS, refresh_token: REFRESH }),

  shown({ scopes, clientId, kept }, text) {
    const { claudeAiOauth: _, ...others } = parseObject(text ?? "") ?? {};
    return JSON.stringify({
      ...others,
      claudeAiOauth: {
        accessToken: ACCESS,
        refreshToken: REFRESH,
        expiresAt: Date.UTC(2100, 0, 1),
        scopes,
        subscriptionType: kept.subscription_type ?? null,
        rateLimitTier: kept.rate_limit_tier ?? null,
        ...defined({ clientId: clientId === CLIENT_ID ? undefined : clientId }),
      },
    });
  },

  answer: ({ scopes }) => ({
    token_type: "Bearer",
    access_token: ACCESS,
    refresh_token: REFRESH,
    expires_in: LONG,
    scope: scopes.join(" "),
  }),

  isOwn: (token) => token === ACCESS || token === REFRESH,
};
