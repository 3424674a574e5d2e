/**
 * An agent's own login in the vault and in the agent's file, kept in step.
 *
 * Invariants: what was issued is in the file before it is in the vault, so that whoever is killed between loses nothing;
 * the file is read before a refresh token is used; a file of a shape that is not known, or of another login, is left alone.
 *
 * @module
 */
import { defined } from "../../object.ts";
import { holdsPlaceholder } from "../../placeholder.ts";
import type { LoginFiles } from "../../ports/login_files.ts";
import type { OAuth2Credential } from "../../oauth/credential.ts";
import { type Connection, LOGIN_PLACE } from "../connection.ts";
import type { AgentLogin, FiledLogin } from "./agent_login.ts";

/** What is kept in step with the agent's file: a connection's credential, once it was imported from there. */
export type AgentCredential = OAuth2Credential;

/** The credential that `login` becomes. */
export function credentialOf(
  login: FiledLogin,
  /** Without a folder it is not kept in step. */
  place: string,
): AgentCredential {
  const { accessToken, refreshToken, idToken, expiresAt } = login;
  return {
    type: "oauth2",
    accessToken,
    ...defined({ refreshToken, idToken, expiresAt }),
    scopes: login.scopes,
    requestedScopes: [],
    clientId: login.clientId,
    captured: {
      ...login.kept,
      ...isPlace(place) ? { [LOGIN_PLACE]: place } : {},
    },
  };
}

/** Whether it means the same wherever one is. */
function isPlace(place: string): boolean {
  return /^(?:\/|[A-Za-z]:[\\/]|keychain:)/.test(place);
}

/** What the file says now. */
export interface AgentFile {
  place: string;
  text: string;
  /** Absent if the shape is not one that is known. */
  login?: FiledLogin;
}

/** Reads the file of `connection`; `undefined` if there is none. */
export async function agentFile(
  agent: AgentLogin,
  { credential }: Connection,
  files: LoginFiles,
): Promise<AgentFile | undefined> {
  const place = credential.type === "oauth2"
    ? credential.captured[LOGIN_PLACE]
    : undefined;
  const text = place === undefined ? undefined : await files.read(place);
  if (text === undefined) return undefined;
  return { place: place!, text, ...defined({ login: agent.read(text) }) };
}

/** The credential in the file, if the agent has got a newer one outside of authsome. */
export function newerCredential(
  { place, login }: AgentFile,
  { credential }: Connection,
): AgentCredential | undefined {
  if (!login || credential.type !== "oauth2") return undefined;
  const same = sameAs(login, credential);
  // Some tell their end in whole seconds: of two alike, the agent's own is the younger.
  const older = (login.expiresAt ?? 0) < (credential.expiresAt ?? 0);
  return same || older || !isOfAccount(login, credential)
    ? undefined
    : credentialOf(login, place);
}

/** Whether `login` may be one of the same account, as far as both say. */
function isOfAccount(
  { kept }: FiledLogin,
  { captured }: OAuth2Credential,
): boolean {
  return kept.account_id === undefined || captured.account_id === undefined ||
    kept.account_id === captured.account_id;
}

function sameAs(
  login: Pick<FiledLogin, "accessToken" | "refreshToken">,
  credential: OAuth2Credential,
): boolean {
  return login.accessToken.reveal() === credential.accessToken.reveal() &&
    login.refreshToken?.reveal() === credential.refreshToken?.reveal();
}

/**
 * Writes `next` to the file, unless something there is neither what was `known` nor older.
 *
 * @returns why the file was left alone, as a clause; `undefined` if it is in step or there is none.
 */
export async function writeBack(
  agent: AgentLogin,
  files: LoginFiles,
  known: Connection,
  next: OAuth2Credential,
  now: number,
): Promise<string | undefined> {
  const file = await agentFile(agent, known, files);
  const { credential } = known;
  if (!file || credential.type !== "oauth2") return undefined;
  const { place, text, login } = file;
  if (login) {
    if (sameAs(login, next)) return undefined;
    const expected = login.refreshToken !== undefined &&
        login.refreshToken.reveal() === credential.refreshToken?.reveal() ||
      login.accessToken.reveal() === credential.accessToken.reveal();
    // Of two that do not expire, neither is known to be older.
    const older = (login.expiresAt ?? 0) <= (credential.expiresAt ?? -1);
    if (!isOfAccount(login, credential) || !expected && !older) {
      return undefined;
    }
  } else if (!isPlaceholderFile(agent, text)) {
    return `"${place}" is of a shape that is not known`;
  }
  const written = agent.write(text, {
    accessToken: next.accessToken,
    ...defined({
      refreshToken: next.refreshToken,
      idToken: next.idToken,
      expiresAt: next.expiresAt,
    }),
    scopes: next.scopes,
  }, now);
  return await files.replace(place, text, written)
    ? undefined
    : `"${place}" could not be written`;
}

/** Whether a file holds what an agent was shown under `run`, and would hold a login with tokens in its place. */
function isPlaceholderFile(agent: AgentLogin, text: string): boolean {
  return holdsPlaceholder(text) && agent.holdsShown(text);
}
