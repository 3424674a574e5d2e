/** Which answers of a refresh mean that only a new login helps. @module */
import {
  type AnswerError,
  isClientError,
  OAuthError,
} from "../../oauth/error.ts";
import type { Connection } from "../connection.ts";

/** What a connection is whose grant has ended. */
export type DeadState = Exclude<Connection["state"], "connected">;

/**
 * Codes of which each says that the refresh token will never work again, and what is known of why. `invalid_grant` is the
 * standard's (RFC 6749 §5.2); those of RFC 6750 and of OpenID Connect Core §3.1.2.6 come from servers that use them here.
 */
const CODES: Readonly<Record<string, DeadState>> = {
  invalid_grant: "invalid",
  bad_refresh_token: "invalid",
  invalid_refresh_token: "invalid",
  invalid_code: "invalid",
  refresh_token_expired: "expired",
  token_expired: "expired",
  expired_token: "expired",
  refresh_token_revoked: "revoked",
  token_revoked: "revoked",
  invalid_token: "revoked",
  account_inactive: "revoked",
  login_required: "expired",
  interaction_required: "expired",
  account_selection_required: "expired",
  reauth_required: "expired",
  reauthentication_required: "expired",
  consent_required: "revoked",
};

/**
 * Microsoft's numbers (AADSTS…) that stand for a login or a consent: of the session, the password, the second factor,
 * the account, the policy, the refresh token. Not those of the app and of its secret.
 */
const AADSTS = new Set(
  ("50013 50034 50053 50055 50057 50058 50072 50074 50076 50078 50079 50089 50097 50105 50126 50129 50131 50132 50133 " +
    "50135 50140 50144 50155 50158 50173 50177 53000 53001 53002 53003 53004 54005 65001 65004 70000 70008 70043 70044 " +
    "81010 130500 135010 160021 500133 530032 530034 700081 700082 700084")
    .split(" "),
);

const BAD =
  "invalid|invalidated|expired?|revoked|unknown|unrecognized|inactive|malformed|stale|" +
  "not (?:valid|found|active|recognized|exist)|(?:does|did)(?: not|n't) exist|no longer|(?:already|been) used|reused?|" +
  "withdrawn|terminated|ended";
const REFRESH_TOKEN = "refresh[\\s_-]?token";
/** A text about the refresh token: its name and what is wrong with it, in either order. */
const OF_REFRESH_TOKEN = new RegExp(
  `${REFRESH_TOKEN}s?\\b.{0,60}?\\b(?:${BAD})\\b|\\b(?:${BAD}|bad|no|find|decrypt|decode)\\s(?:\\w+\\s){0,3}?${REFRESH_TOKEN}`,
  "i",
);
/** A text about a token or what it stands for, in the answer to a request that is about nothing else. */
const OF_GRANT = new RegExp(
  `\\b(?:token|session|grant(?![\\s_-]?type)|consent)\\b.{0,40}?\\b(?:${BAD})\\b|` +
    `\\b(?:${BAD})\\s(?:\\w+\\s){0,2}?(?:token|session|grant|consent)\\b`,
  "i",
);
/** A text that asks for what only a person can do. */
const OF_LOGIN =
  /\b(?:log|sign)[\s-]?(?:in|on)\b.{0,20}\bagain\b|\b(?:must|needs? to|required to|please) (?:re-?)?(?:log|sign)[\s-]?in\b|\b(?:login|sign-?in|(?:user )?interaction|consent) (?:is )?required\b|\bre-?(?:auth(?:enticat|oriz|oris)\w*|login|consent)\b/i;
/** Codes of what another request, or a later one, may mend. */
const MENDS =
  /^(?:invalid_scope|unsupported_|server_error|temporarily|slow_down|too_many)|rate.?limit/i;
/** What is another's: a token of a form, the client and what it signs. */
const OF_OTHERS =
  /csrf|xsrf|authenticity|captcha|assertion|client|\bid[\s_-]?token|bot token|token[\s_-]?(?:endpoint|url|type|request)/i;

/**
 * What the grant has become if the server refused the refresh token itself, for good; else `undefined`. Other refusals (the
 * client, a scope, an overloaded server) may be mended without a new login, so they only cost a pause.
 */
export function deadGrant(error: AnswerError): DeadState | undefined {
  const { status, description = "" } = error;
  // An overloaded or broken server says all kinds of things.
  if (status >= 500 || [408, 425, 429].includes(status)) return undefined;
  // A page, which may be anybody's: only what names the refresh token counts.
  if (!(error instanceof OAuthError)) {
    return OF_REFRESH_TOKEN.test(description)
      ? reasonIn(description) ?? "revoked"
      : undefined;
  }
  const text = `${error.error} ${description}`;
  const code = CODES[error.error.toLowerCase()];
  if (code) return reasonIn(text) ?? code;
  const numbers = [...text.matchAll(/AADSTS(\d+)/g)];
  if (numbers.some(([, number]) => AADSTS.has(number!))) {
    return reasonIn(text) ?? "expired";
  }
  if (OF_REFRESH_TOKEN.test(text)) {
    // Atlassian answers unauthorized_client.
    return reasonIn(text) ??
      (isClientError(error.error) ? "invalid" : "revoked");
  }
  if (
    isClientError(error.error) || MENDS.test(error.error) ||
    OF_OTHERS.test(text)
  ) return undefined;
  return OF_LOGIN.test(text) || OF_GRANT.test(text)
    ? reasonIn(text) ?? "revoked"
    : undefined;
}

/** Why, if the text says it. */
function reasonIn(text: string): DeadState | undefined {
  if (/revok|withdrawn|consent/i.test(text)) return "revoked";
  return /expir|session|inactive|not active|log[\s_-]?in|sign[\s_-]?in|interaction|reauth|re-auth/i
      .test(text)
    ? "expired"
    : undefined;
}
