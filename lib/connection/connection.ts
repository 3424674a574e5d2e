/** A named, revisioned credential of one account at one provider. @module */
import type { OAuth2Credential } from "../oauth/credential.ts";
import { Secret } from "../secret.ts";

/** One or more secrets by field name; a single key is called `api_key`. */
export interface ApiKeyCredential {
  /** Tells it from an OAuth credential. */
  type: "api_key";
  /** The secrets, by field name. */
  fields: Record<string, Secret>;
  /** When minted keys expire, in epoch milliseconds; absent for keys that last. */
  expiresAt?: number;
  /**
   * What the next keys are minted from: the fields of the definition's `mint`. Never injected, exported or shown; only
   * a registry that takes nothing else gets one, see `broker/credential/registries.ts`.
   */
  source?: Readonly<Record<string, Secret>>;
}

/** The secret part of a connection. */
export type Credential = ApiKeyCredential | OAuth2Credential;

/** Connection status as users see it. */
export type ConnectionStatus =
  | "not_connected"
  | "connected"
  | "expired"
  | "invalid"
  | "revoked";

/** What is known of access tokens that the provider's API refused before their time. */
export interface Rejection {
  /**
   * `refused`: the stored access token was, so the next use refreshes it. `renewed`: the stored one came after that.
   * `accepted`: the API took a renewed one for the same request.
   */
  state: "refused" | "renewed" | "accepted";
  /** When the last one was refused, epoch milliseconds. */
  at: number;
  /** How many were refused one after the other. */
  times: number;
  /** The request that was refused: method, host and path. */
  request: string;
}

/** A connection as it is kept in the vault. */
export interface Connection {
  /** Name of the provider. */
  provider: string;
  /** Name of the connection, unique for its provider. */
  name: string;
  /** 0 for a connection that was never stored; otherwise the revision it was read at. */
  revision: number;
  /** The access token or the API key. */
  credential: Credential;
  /** Set when the provider refused the grant for good; `connected` otherwise (expiry is derived). */
  state: "connected" | "expired" | "invalid" | "revoked";
  /** Set once an access token was refused before its time. */
  rejection?: Rejection;
  /**
   * Where its secrets are, by field, if they stay in a secret manager: `{ api_key: "op://vault/item/field" }`. Such a
   * field is empty until it was read, and never stored.
   */
  references?: Readonly<Record<string, string>>;
  /** Until when what was read from there is used, epoch milliseconds; absent if it was not read. Never stored. */
  readUntil?: number;
  /** Tenant chosen at login. */
  baseUrl?: string;
  /** Whose it is, as the provider said at login: at most 100 characters, none of which is a control character. */
  account?: string;
  /** When the provider last accepted the credential at a login; absent if it was not asked. Epoch milliseconds. */
  verifiedAt?: number;
  /** When a login last made its credential; absent in records of older versions. Epoch milliseconds. */
  loggedInAt?: number;
  /** Epoch milliseconds. */
  createdAt: number;
  /** Epoch milliseconds. */
  updatedAt: number;
}

/**
 * The status of a stored connection at `now` (epoch milliseconds); `connected` also if its access token has expired and
 * the next use refreshes it.
 */
export function statusOf(
  connection: Connection,
  now: number,
): ConnectionStatus {
  if (connection.state !== "connected") return connection.state;
  const { credential } = connection;
  if (credential.expiresAt === undefined || credential.expiresAt > now) {
    return "connected";
  }
  return isRenewable(credential) && !lastsNoLonger(credential)
    ? "connected"
    : "expired";
}

/** Whether what has expired cannot be renewed any more. */
function lastsNoLonger(credential: Credential): boolean {
  return credential.type === "oauth2" &&
    credential.grantType === "token_exchange";
}

/**
 * The status of a stored connection at `now` as it is shown, and when its access token expires (epoch milliseconds).
 * `connected` never stands beside a time that has passed: a token that has expired and renews itself has none, or is
 * `expired` if it cannot be refreshed now.
 *
 * @param obstacle asked of such a token alone: what keeps it from being refreshed, or `undefined`.
 */
export async function shownStatus(
  connection: Connection,
  now: number,
  obstacle: (connection: Connection) => Promise<unknown>,
): Promise<{ status: ConnectionStatus; expiresAt: number | undefined }> {
  const { expiresAt } = connection.credential;
  const status = statusOf(connection, now);
  if (status !== "connected" || expiresAt === undefined || expiresAt > now) {
    return { status, expiresAt };
  }
  return await obstacle(connection)
    ? { status: "expired", expiresAt }
    : { status, expiresAt: undefined };
}

/** Captured value that names the place of an agent's own login; see `ports/login_files.ts`. */
export const LOGIN_PLACE = "login_place";

/** Whether the credential is that of an agent's own file, which may hold a newer one. */
export function hasLoginPlace(credential: Credential): boolean {
  return credential.type === "oauth2" &&
    credential.captured[LOGIN_PLACE] !== undefined;
}

/** Whether the credential renews itself, without a person. */
export function isRenewable(credential: Credential): boolean {
  return credential.source !== undefined || credential.type === "oauth2" &&
      (credential.refreshToken !== undefined ||
        credential.grantType !== undefined);
}

/** The credential as it is stored: what stays in its manager has no value there. */
export function withoutReferenced(
  credential: Credential,
  references: Readonly<Record<string, string>>,
): Credential {
  const empty = new Secret("");
  const others = (fields: Readonly<Record<string, Secret>>) =>
    Object.fromEntries(
      Object.entries(fields)
        .filter(([name]) => !Object.hasOwn(references, name)),
    );
  const { source } = credential;
  const kept = source ? { source: others(source) } : {};
  if (credential.type === "api_key") {
    const fields = source ? credential.fields : others(credential.fields);
    return { ...credential, fields, ...kept };
  }
  return {
    ...credential,
    ...kept,
    ...Object.hasOwn(references, "access_token") ? { accessToken: empty } : {},
    ...Object.hasOwn(references, "refresh_token") && credential.refreshToken
      ? { refreshToken: empty }
      : {},
  };
}

/** A stored credential with empty fields for what must be read from its manager first. */
export function withReferenced(
  credential: Credential,
  references: Readonly<Record<string, string>>,
): Credential {
  const empty = Object.fromEntries(
    Object.keys(references).map((name) => [name, new Secret("")]),
  );
  if (credential.source) {
    return { ...credential, source: { ...credential.source, ...empty } };
  }
  return credential.type === "api_key"
    ? { ...credential, fields: { ...credential.fields, ...empty } }
    : credential;
}
