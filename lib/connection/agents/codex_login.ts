/** The ChatGPT login of Codex, as `auth.json` has it. Seen in 0.171.0. @module */
import { OWN_LOGIN_COMMANDS } from "../hint.ts";
import { isObject, parseObject } from "../../object.ts";
import { jwtExpiry } from "../../oauth/lifetime.ts";
import {
  type AgentLogin,
  FAR,
  filedToken,
  jwtClaims,
  type PlaceholderTokens,
  SIGNATURE,
  unsignedJwt,
} from "./agent_login.ts";

const CLIENT_ID = "app_EMoamEEZ73f0CkXaXp7hrann";
const REFRESH = "authsome-proxy-managed";
/** Claims that Codex reads, none of which is a secret. */
const PROFILE = "https://api.openai.com/profile";
const ACCOUNT = "https://api.openai.com/auth";
const CLAIMS: Readonly<Record<string, readonly string[]>> = {
  [PROFILE]: ["email", "email_verified"],
  [ACCOUNT]: [
    "chatgpt_plan_type",
    "chatgpt_user_id",
    "user_id",
    "chatgpt_account_id",
    "chatgpt_account_user_id",
    "chatgpt_account_is_fedramp",
    "chatgpt_compute_residency",
  ],
};
/** Longest claim that is kept. */
const MAX_CLAIM = 200;

export const codexLogin: AgentLogin = {
  provider: "codex",
  title: "Codex",
  loginCommand: OWN_LOGIN_COMMANDS.codex!,
  ownLoginOnly:
    "OpenAI registers no client but Codex itself for a ChatGPT login",
  file: "auth.json",
  view: {
    variable: "CODEX_HOME",
    holds: "folder",
    ownFolder: ["CODEX_SQLITE_HOME"],
    beside: ["auth.json"],
    made: {
      folders: ["sessions", "archived_sessions", "log"],
      files: ["history.jsonl", "session_index.jsonl"],
    },
  },
  members: ["auth_mode", "OPENAI_API_KEY", "tokens", "last_refresh"],
  variables: ["CODEX_ACCESS_TOKEN"],
  endpoints: [
    "https://auth.openai.com/oauth/token",
    "https://auth.openai.com/oauth/revoke",
  ],
  usualFolder: ".codex",
  folder: ({ env, userFolder }) => env("CODEX_HOME") || `${userFolder}/.codex`,

  read(text) {
    const { tokens, auth_mode: mode } = parseObject(text) ?? {};
    if (!isObject(tokens) || mode !== undefined && mode !== "chatgpt") {
      return undefined;
    }
    const accessToken = filedToken(tokens.access_token);
    const refreshToken = filedToken(tokens.refresh_token);
    const idToken = filedToken(tokens.id_token);
    const { account_id: account } = tokens;
    const claims = idToken && jwtClaims(idToken.reveal());
    if (
      !accessToken || !refreshToken || !idToken || !claims ||
      account !== undefined && account !== null && typeof account !== "string"
    ) return undefined;
    const expiresAt = jwtExpiry(accessToken);
    return {
      ...{ accessToken, refreshToken, idToken },
      ...expiresAt === undefined ? {} : { expiresAt },
      scopes: [],
      clientId: clientOf(claims),
      kept: {
        id_claims: JSON.stringify(keptClaims(claims)),
        ...account ? { account_id: account } : {},
      },
    };
  },

  holdsShown(text) {
    const { tokens } = parseObject(text) ?? {};
    return isObject(tokens) && tokens.refresh_token === REFRESH;
  },

  keptOf(idToken) {
    const claims = jwtClaims(idToken.reveal());
    return claims && { id_claims: JSON.stringify(keptClaims(claims)) };
  },

  write(text, { accessToken, refreshToken, idToken }, now) {
    const file = parseObject(text)!;
    const tokens = file.tokens as Record<string, unknown>;
    return JSON.stringify(
      {
        ...file,
        tokens: {
          ...tokens,
          id_token: idToken?.reveal() ?? tokens.id_token,
          access_token: accessToken.reveal(),
          refresh_token: refreshToken?.reveal() ?? tokens.refresh_token,
        },
        last_refresh: new Date(now).toISOString(),
      },
      null,
      2,
    );
  },

  placeholders: placeholdersOf,

  shown({ kept }, text) {
    const { OPENAI_API_KEY: _, tokens: _tokens, ...others } =
      parseObject(text ?? "") ?? {};
    return JSON.stringify({
      ...others,
      auth_mode: "chatgpt",
      OPENAI_API_KEY: null,
      tokens: {
        ...placeholdersOf(kept),
        ...kept.account_id ? { account_id: kept.account_id } : {},
      },
      // Codex refreshes by itself what it has not refreshed for a week.
      last_refresh: new Date(FAR * 1000).toISOString(),
    });
  },

  answer: ({ kept }) => ({ ...placeholdersOf(kept) }),

  isOwn: (token) => token === REFRESH || token.endsWith(`.${SIGNATURE}`),
};

function placeholdersOf(
  kept: Readonly<Record<string, string>>,
): Required<PlaceholderTokens> {
  const claims = parseObject(kept.id_claims ?? "") ?? {};
  return {
    id_token: unsignedJwt({ ...claims, exp: FAR }),
    access_token: unsignedJwt({
      ...isObject(claims[ACCOUNT]) ? { [ACCOUNT]: claims[ACCOUNT] } : {},
      ...isObject(claims[PROFILE]) ? { [PROFILE]: claims[PROFILE] } : {},
      exp: FAR,
    }),
    refresh_token: REFRESH,
  };
}

function keptClaims(
  claims: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const kept: Record<string, unknown> = only(claims, ["email"]);
  for (const [group, names] of Object.entries(CLAIMS)) {
    if (isObject(claims[group])) kept[group] = only(claims[group], names);
  }
  return kept;
}

function only(
  claims: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Record<string, unknown> {
  return Object.fromEntries(
    names.map((name) => [name, claims[name]] as const).filter(([, value]) =>
      typeof value === "boolean" ||
      typeof value === "string" && value.length <= MAX_CLAIM
    ),
  );
}

/** The client that the login was issued to, which alone can refresh it. */
function clientOf({ aud }: Readonly<Record<string, unknown>>): string {
  const [first] = [aud].flat();
  return typeof first === "string" && /^app_\w{8,64}$/.test(first)
    ? first
    : CLIENT_ID;
}
