/** The Google login of the Gemini CLI, as `oauth_creds.json` has it. Seen in 0.61.0. @module */
import { OWN_LOGIN_COMMANDS } from "../hint.ts";
import { defined, parseObject } from "../../object.ts";
import {
  type AgentLogin,
  FAR,
  filedToken,
  jwtClaims,
  LONG,
  unsignedJwt,
} from "./agent_login.ts";

/** Google publishes both with the CLI. */
const CLIENT_ID =
  "681255809395-oo8ft2oprdrnp9e3aqf6av3hmdib135j.apps.googleusercontent.com";
const CLIENT_SECRET = ["GOCSPX", "4uHgMPm", "1o7Sk", "geV6Cu5clXFsxl"]
  .join("-");
const MEMBERS = [
  "access_token",
  "refresh_token",
  "id_token",
  "expiry_date",
  "scope",
  "token_type",
];
const TOKEN = "authsomeproxymanaged000000000000";
const ACCESS = `ya29.${TOKEN}`;
const REFRESH = `1//${TOKEN}`;

export const geminiLogin: AgentLogin = {
  provider: "gemini",
  title: "Gemini CLI",
  loginCommand: OWN_LOGIN_COMMANDS.gemini!,
  ownLoginOnly: "Google permits no other program to use this login",
  file: "oauth_creds.json",
  view: {
    variable: "GEMINI_CLI_HOME",
    below: ".gemini",
    around: [".agents", ".env"],
    holds: "folder",
    made: {
      folders: ["tmp", "history"],
      files: [],
    },
  },
  members: MEMBERS,
  variables: ["GOOGLE_CLOUD_ACCESS_TOKEN"],
  // Else it may look into the system's keychain, or into an encrypted file.
  env: { GEMINI_FORCE_ENCRYPTED_FILE_STORAGE: "false" },
  clientSecret: CLIENT_SECRET,
  endpoints: ["https://oauth2.googleapis.com/token"],
  sharesEndpoints: true,
  usualFolder: ".gemini",
  folder: ({ env, userFolder }) =>
    `${env("GEMINI_CLI_HOME") || userFolder}/.gemini`,

  read(text) {
    const file = parseObject(text) ?? {};
    const accessToken = filedToken(file.access_token);
    const refreshToken = filedToken(file.refresh_token);
    const idToken = filedToken(file.id_token);
    const { expiry_date: expiresAt, scope, token_type: type, ...others } = file;
    if (
      // Credentials of other kinds may have its name: a service account's.
      !accessToken || !refreshToken || "type" in others ||
      typeof scope !== "string" || !Number.isSafeInteger(expiresAt) ||
      typeof type !== "string" || type.toLowerCase() !== "bearer" ||
      file.id_token !== undefined && !idToken
    ) return undefined;
    const subject = idToken && jwtClaims(idToken.reveal())?.sub;
    const kept: Record<string, string> = typeof subject === "string"
      ? { account_id: subject }
      : {};
    return {
      ...{ accessToken, refreshToken, ...defined({ idToken }) },
      expiresAt: expiresAt as number,
      scopes: scope.split(" ").filter(Boolean),
      clientId: CLIENT_ID,
      kept,
    };
  },

  holdsShown: (text) => parseObject(text)?.refresh_token === REFRESH,

  write(text, { accessToken, refreshToken, idToken, expiresAt, scopes }) {
    const file = parseObject(text)!;
    return JSON.stringify(
      {
        ...file,
        access_token: accessToken.reveal(),
        refresh_token: refreshToken?.reveal() ?? file.refresh_token,
        scope: scopes.join(" "),
        ...idToken ? { id_token: idToken.reveal() } : {},
        expiry_date: expiresAt,
      },
      null,
      2,
    );
  },

  placeholders: ({ account_id: sub }) => ({
    access_token: ACCESS,
    refresh_token: REFRESH,
    ...sub ? { id_token: unsignedJwt({ sub, exp: FAR }) } : {},
  }),

  shown(login, text) {
    const others = Object.entries(parseObject(text ?? "") ?? {})
      .filter(([name]) => !MEMBERS.includes(name));
    return JSON.stringify(
      {
        ...Object.fromEntries(others),
        ...geminiLogin.placeholders(login.kept),
        scope: login.scopes.join(" "),
        token_type: "Bearer",
        expiry_date: FAR * 1000,
      },
      null,
      2,
    );
  },

  answer: ({ scopes, kept }) => {
    // As with Google, the refresh token goes on.
    const { refresh_token: _, ...tokens } = geminiLogin.placeholders(kept);
    return {
      ...tokens,
      expires_in: LONG,
      scope: scopes.join(" "),
      token_type: "Bearer",
    };
  },

  isOwn: (token) => token === ACCESS || token === REFRESH,
};
