/**
 * Connections and clients as the vault keeps them: versioned JSON (`"v": 1`), snake_case as in every file of ours.
 * Fields that this version does not know are kept when a record is rewritten.
 *
 * @module
 */
import { checkName } from "../names.ts";
import { AuthsomeError } from "../errors.ts";
import { defined, isObject } from "../object.ts";
import { isProviderName } from "../provider/name.ts";
import { Secret, secretOf } from "../secret.ts";
import { quoted } from "../text.ts";
import {
  type Connection,
  type Credential,
  type Rejection,
  withoutReferenced,
  withReferenced,
} from "./connection.ts";
import {
  withEmptySecrets,
  withoutReferencedSecrets,
} from "./references/referenced_client.ts";
import type { Client } from "../oauth/client.ts";
import type { OAuth2Credential } from "../oauth/credential.ts";

const VERSION = 1;
type Fields = Record<string, unknown>;

/** The record keys of one profile. Parts are percent-encoded, so no name can reach another profile or kind. */
export function recordKeys(profile: string) {
  const root = `profile/${encodeURIComponent(checkName("profile", profile))}/`;
  const part = (provider: string) =>
    encodeURIComponent(checkProviderName(provider));
  return {
    root,
    connections: (provider?: string) =>
      `${root}connection/${provider === undefined ? "" : `${part(provider)}/`}`,
    connection: (provider: string, name: string) =>
      `${root}connection/${part(provider)}/${
        encodeURIComponent(checkName("connection", name))
      }`,
    default: (provider: string) => `${root}default/${part(provider)}`,
    clients: `${root}client/`,
    client: (provider: string) => `${root}client/${part(provider)}`,
    registeredClients: `${root}registered-client/`,
    registeredClient: (id: string) =>
      `${root}registered-client/${encodeURIComponent(id)}`,
    earlierClients: (provider: string) =>
      `${root}earlier-client/${part(provider)}/`,
    earlierClient: (provider: string, id: string) =>
      `${root}earlier-client/${part(provider)}/${encodeURIComponent(id)}`,
  };
}

/** Provider and name of the connection whose record key this is. Throws `StoreUnavailable` if it is damaged. */
export function parseConnectionKey(
  key: string,
): { provider: string; name: string } {
  const [provider, name] = partsOf(key, 5).slice(3);
  return { provider: provider!, name: name! };
}

/** Provider of the client whose record key this is. Throws `StoreUnavailable` if it is damaged. */
export function parseClientKey(key: string): string {
  return partsOf(key, 4)[3]!;
}

/** Whether a part of a record key is as it was before it was encoded. */
export function isPlainPart(part: string): boolean {
  return /^[\w.!~*'()-]+$/.test(part);
}

/** The decoded parts of a record key, the fourth of which is a provider. */
function partsOf(key: string, count: number): string[] {
  const parts = key.split("/").map(decodePart);
  if (parts.length !== count || count > 3 && !isProviderName(parts[3]!)) {
    throw damagedKey();
  }
  return parts;
}

/** A part of a record key as it was before it was encoded. Throws `StoreUnavailable` if it is damaged. */
export function decodePart(part: string): string {
  try {
    const decoded = decodeURIComponent(part);
    if (encodeURIComponent(decoded) === part) return decoded;
  } catch { /* It is no encoding. */ }
  throw damagedKey();
}

function damagedKey(): AuthsomeError {
  return new AuthsomeError(
    "StoreUnavailable",
    "Cannot use vault: the name of a record is damaged",
    "Restore vault.db from a backup",
  );
}

function checkProviderName(name: string): string {
  if (!isProviderName(name)) {
    throw new AuthsomeError(
      "ProviderNotFound",
      `Cannot find provider ${quoted(name, 80)}: it is not a provider name`,
      "authsome list",
      { subject: { field: "provider" } },
    );
  }
  return name;
}

/** The JSON text of a connection; unknown fields come from `previous`, the text it replaces. */
export function encodeConnection(
  connection: Connection,
  previous?: string,
): string {
  const old = fieldsOf(previous);
  const { references = {} } = connection;
  const credential = withoutReferenced(connection.credential, references);
  const oldCredential = isObject(old.credential) &&
      old.credential.type === credential.type
    ? old.credential
    : {};
  return JSON.stringify({
    ...old,
    v: VERSION,
    provider: connection.provider,
    name: connection.name,
    state: connection.state,
    rejection: connection.rejection,
    base_url: connection.baseUrl,
    references: Object.keys(references).length > 0 ? references : undefined,
    account: connection.account,
    verified_at: connection.verifiedAt,
    logged_in_at: connection.loggedInAt,
    created_at: connection.createdAt,
    updated_at: connection.updatedAt,
    credential: { ...oldCredential, ...encodeCredential(credential) },
  });
}

function encodeCredential(credential: Credential): Fields {
  if (credential.type === "api_key") {
    return {
      type: "api_key",
      fields: reveal(credential.fields),
      expires_at: credential.expiresAt,
      source: credential.source && reveal(credential.source),
    };
  }
  return {
    type: "oauth2",
    access_token: credential.accessToken.reveal(),
    token_type: credential.tokenType,
    dpop_key: credential.dpopKey?.reveal(),
    refresh_token: credential.refreshToken?.reveal(),
    id_token: credential.idToken?.reveal(),
    expires_at: credential.expiresAt,
    lifetime: credential.lifetime,
    scopes: credential.scopes,
    requested_scopes: credential.requestedScopes,
    client_id: credential.clientId,
    issuer: credential.issuer,
    grant_type: credential.grantType,
    source: credential.source && reveal(credential.source),
    captured: credential.captured,
  };
}

function reveal(
  fields: Readonly<Record<string, Secret>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, secret]) => [name, secret.reveal()]),
  );
}

/**
 * Reads what {@linkcode encodeConnection} wrote.
 *
 * @throws {AuthsomeError} `RecordCorrupt` if it is none; `StoreUnavailable` if a newer authsome wrote it.
 */
export function decodeConnection(text: string, revision: number): Connection {
  const fields = parse(text);
  const credential = need(fields, "credential", isObject);
  const state = need(fields, "state", isString);
  if (!isState(state)) throw corrupt("state");
  const { references } = optional(
    fields,
    "references",
    "references",
    isReferences,
  );
  const decoded = decodeCredential(credential);
  return {
    provider: need(fields, "provider", isString),
    name: need(fields, "name", isString),
    revision,
    credential: references ? withReferenced(decoded, references) : decoded,
    ...defined({ references }),
    state,
    ...optional(fields, "rejection", "rejection", isRejection),
    ...optional(fields, "base_url", "baseUrl", isString),
    ...optional(fields, "account", "account", isString),
    ...optional(fields, "verified_at", "verifiedAt", isNumber),
    ...optional(fields, "logged_in_at", "loggedInAt", isNumber),
    createdAt: need(fields, "created_at", isNumber),
    updatedAt: need(fields, "updated_at", isNumber),
  };
}

function isState(text: string): text is Connection["state"] {
  return ["connected", "expired", "invalid", "revoked"].includes(text);
}

function decodeCredential(fields: Fields): Credential {
  if (fields.type === "api_key") {
    return {
      type: "api_key",
      fields: seal(need(fields, "fields", isStrings)),
      ...optional(fields, "expires_at", "expiresAt", isNumber),
      ...decodeSource(fields),
    };
  }
  if (fields.type !== "oauth2") throw corrupt("credential.type");
  const refreshToken = fields.refresh_token;
  if (refreshToken !== undefined && !isString(refreshToken)) {
    throw corrupt("credential.refresh_token");
  }
  const { dpop_key: dpopKey, id_token: idToken } = fields;
  if (idToken !== undefined && !isString(idToken)) {
    throw corrupt("credential.id_token");
  }
  if (dpopKey !== undefined && !isString(dpopKey)) {
    throw corrupt("credential.dpop_key");
  }
  return {
    type: "oauth2",
    accessToken: new Secret(need(fields, "access_token", isString)),
    ...optional(fields, "token_type", "tokenType", isTokenType),
    ...defined({
      dpopKey: secretOf(dpopKey),
      refreshToken: secretOf(refreshToken),
      idToken: secretOf(idToken),
    }),
    ...optional(fields, "expires_at", "expiresAt", isNumber),
    ...optional(fields, "lifetime", "lifetime", isNumber),
    scopes: need(fields, "scopes", isStringArray),
    requestedScopes: need(fields, "requested_scopes", isStringArray),
    ...optional(fields, "client_id", "clientId", isString),
    ...optional(fields, "issuer", "issuer", isString),
    ...optional(fields, "grant_type", "grantType", isGrantType),
    ...decodeSource(fields),
    captured: need(fields, "captured", isStrings),
  };
}

function decodeSource(fields: Fields): { source?: Record<string, Secret> } {
  return fields.source === undefined
    ? {}
    : { source: seal(need(fields, "source", isStrings)) };
}

function seal(texts: Record<string, string>): Record<string, Secret> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, value]) => [name, new Secret(value)]),
  );
}

/** The JSON text of a client; unknown fields come from `previous`, the text it replaces. */
export function encodeClient(given: Client, previous?: string): string {
  const client = withoutReferencedSecrets(given);
  return JSON.stringify({
    ...fieldsOf(previous),
    v: VERSION,
    provider: client.provider,
    client_id: client.clientId,
    client_secret: client.clientSecret?.reveal(),
    references: client.references,
    base_url: client.baseUrl,
    redirect_uri: client.redirectUri,
    token_auth_method: client.tokenAuthMethod,
    revocation_auth_method: client.revocationAuthMethod,
    issuer: client.issuer,
    token_origin: client.tokenOrigin,
    private_key: client.privateKey?.reveal(),
    key_id: client.keyId,
    fields: client.fields && reveal(client.fields),
    dpop_bound: client.dpopBound,
    scopes: client.scopes,
    registered_at: client.registeredAt,
    last_login_at: client.lastLoginAt,
    secret_expires_at: client.secretExpiresAt,
    replaced_at: client.replacedAt,
  });
}

/** Reads what {@linkcode encodeClient} wrote. Throws as {@linkcode decodeConnection} does. */
export function decodeClient(text: string, revision: number): Client {
  const fields = parse(text);
  const secret = fields.client_secret;
  if (secret !== undefined && !isString(secret)) throw corrupt("client_secret");
  const { private_key: key } = fields;
  if (key !== undefined && !isString(key)) throw corrupt("private_key");
  return withEmptySecrets({
    provider: need(fields, "provider", isString),
    revision,
    clientId: need(fields, "client_id", isString),
    ...defined({ clientSecret: secretOf(secret), privateKey: secretOf(key) }),
    ...optional(fields, "key_id", "keyId", isString),
    ...fields.fields === undefined
      ? {}
      : { fields: seal(need(fields, "fields", isStrings)) },
    ...optional(fields, "dpop_bound", "dpopBound", isBoolean),
    ...optional(fields, "base_url", "baseUrl", isString),
    ...optional(fields, "redirect_uri", "redirectUri", isString),
    ...optional(fields, "token_auth_method", "tokenAuthMethod", isAuthMethod),
    ...optional(
      fields,
      "revocation_auth_method",
      "revocationAuthMethod",
      isAuthMethod,
    ),
    ...optional(fields, "issuer", "issuer", isString),
    ...optional(fields, "token_origin", "tokenOrigin", isString),
    ...optional(fields, "scopes", "scopes", isStringArray),
    ...optional(fields, "registered_at", "registeredAt", isNumber),
    ...optional(fields, "last_login_at", "lastLoginAt", isNumber),
    ...optional(fields, "secret_expires_at", "secretExpiresAt", isNumber),
    ...optional(fields, "replaced_at", "replacedAt", isNumber),
    ...optional(fields, "references", "references", isReferences),
  });
}

/** The JSON text of a record that holds one name. */
export function encodeName(name: string, previous?: string): string {
  return JSON.stringify({
    ...fieldsOf(previous),
    v: VERSION,
    name,
  });
}

/** Reads what {@linkcode encodeName} wrote. Throws as {@linkcode decodeConnection} does. */
export function decodeName(text: string): string {
  return need(parse(text), "name", isString);
}

/** The fields of the record that is replaced, if there is one. */
function fieldsOf(previous: string | undefined): Fields {
  return previous === undefined ? {} : parse(previous);
}

function parse(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The cause would quote the text, and the text holds secrets.
    throw corrupt();
  }
  if (!isObject(value) || !isNumber(value.v)) throw corrupt("v");
  if (value.v > VERSION) {
    throw new AuthsomeError(
      "StoreUnavailable",
      `Cannot read record: it has version ${value.v}, this authsome knows version ${VERSION}`,
      "Update authsome",
    );
  }
  return value;
}

function need<T>(
  fields: Fields,
  name: string,
  is: (value: unknown) => value is T,
): T {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (!is(value)) throw corrupt(name);
  return value;
}

function optional<T, K extends string>(
  fields: Fields,
  name: string,
  key: K,
  is: (value: unknown) => value is T,
): { [P in K]?: T } {
  if (fields[name] === undefined) return {};
  return { [key]: need(fields, name, is) } as { [P in K]?: T };
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}
function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
function isAuthMethod(
  value: unknown,
): value is NonNullable<Client["tokenAuthMethod"]> {
  return value === "none" || value === "client_secret_basic" ||
    value === "client_secret_post" || value === "private_key_jwt";
}
function isTokenType(value: unknown): value is "DPoP" {
  return value === "DPoP";
}
function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}
function isGrantType(
  value: unknown,
): value is NonNullable<OAuth2Credential["grantType"]> {
  return value === "client_credentials" || value === "token_exchange";
}
function isRejection(value: unknown): value is Rejection {
  const { state } = isObject(value) ? value : {};
  return isObject(value) &&
    (state === "refused" || state === "renewed" || state === "accepted") &&
    isNumber(value.at) && isNumber(value.times) && isString(value.request);
}
function isReferences(value: unknown): value is Record<string, string> {
  return isStrings(value) && Object.keys(value).length > 0;
}
function isStringArray(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isString);
}
function isStrings(value: unknown): value is Record<string, string> {
  return isObject(value) && Object.values(value).every(isString);
}

function corrupt(field?: string): AuthsomeError {
  return new AuthsomeError(
    "RecordCorrupt",
    field === undefined
      ? "Cannot read record: it is not JSON"
      : `Cannot read record: its field "${field}" is missing or wrong`,
    "Log out and log in again",
    { subject: field === undefined ? {} : { field } },
  );
}
