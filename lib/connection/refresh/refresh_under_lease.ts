/** What the holder of the lease does: ask, store, or find out what went wrong. @module */
import { AuthsomeError } from "../../errors.ts";
import { AnswerError } from "../../oauth/error.ts";
import { type OAuthContext, unreachable } from "../../oauth/http.ts";
import type { AuthorizationServer } from "../../oauth/metadata.ts";
import { serverWith } from "../../oauth/server.ts";
import {
  clientCredentialsGrant,
  exchangeAccessToken,
  useRefreshToken,
} from "../../oauth/token_endpoint.ts";
import { wholeClient } from "../connection_context.ts";
import type { AgentKeeper } from "../agents/agent_keeper.ts";
import type { Source } from "../../mint/minted.ts";
import type { TokenResponse } from "../../oauth/token_response.ts";
import type { Clock } from "../../ports/system.ts";
import { lifeOf } from "../../oauth/lifetime.ts";
import type { ProviderDefinition } from "../../provider/definition.ts";
import { defaultBaseUrl } from "../../provider/tenant.ts";
import {
  type Connection,
  type Credential,
  isRenewable,
} from "../connection.ts";
import type { Client } from "../../oauth/client.ts";
import { defined } from "../../object.ts";
import type { Secret } from "../../secret.ts";
import { hasExpired, isRefused, needsRefresh } from "./freshness.ts";
import { mintAgain } from "./mint_again.ts";
import type { RefreshContext, RefreshOutcome } from "./refresh_context.ts";
import { deadGrant } from "./dead_grant.ts";
import { noClient, serverMoved } from "./refresh_error.ts";
import type { Lease } from "./refresh_lease.ts";

const SAVE_ATTEMPTS = 4;
/** How long the requests of one refresh may take together, in milliseconds; less than a lease. */
const REFRESH_LIMIT_MS = 35_000;

/** Whether `current` leaves nothing to do for who asked about `asked`. */
export function supersedes(
  current: Connection,
  asked: Connection,
  clock: Clock,
  { force }: { force?: boolean },
): boolean {
  if (current.state !== "connected") return true;
  if (!isRenewed(current.credential)) return true;
  if (force && current.revision === asked.revision) return false;
  return !needsRefresh(current, clock.now());
}

/** Whether there is something to refresh: keys that were not minted last. */
export function isRenewed({ type, source }: Credential): boolean {
  return type === "oauth2" || source !== undefined;
}

/** What was issued, put in the place of a credential. */
type Renewal = (place: Credential) => Credential;

/** Refreshes the connection and gives the lease back. */
export async function refreshUnderLease(
  context: RefreshContext,
  definition: ProviderDefinition,
  asked: Connection,
  options: { force?: boolean },
  lease: Lease,
): Promise<RefreshOutcome> {
  const { connections, clock } = context;
  let issued: Renewal;
  let current: Connection | undefined;
  let read: Connection | undefined;
  let kept: Source | undefined;
  let agent: AgentKeeper | undefined;
  const sentAt = clock.now();
  try {
    // Whoever held the lease before may have refreshed it since we looked.
    current = await connections.find(asked.provider, asked.name);
    if (!current || supersedes(current, asked, clock, options)) {
      await lease.release();
      return { kind: "superseded", connection: current };
    }
    agent = await agentKeeper(context, definition);
    const taken = await agent?.takeOver(current);
    if (taken) {
      const outcome = await store(context, current, () => taken);
      if (outcome.kind !== "refreshed") {
        await lease.release();
        return outcome;
      }
      current = outcome.connection;
    }
    if (taken && !needsRefresh(current, clock.now())) {
      await lease.release();
      return { kind: "refreshed", connection: current };
    }
    if (definition.flow === "agent_login" && !isRenewable(current.credential)) {
      await lease.release();
      return { kind: "no_refresh_token", connection: current };
    }
    try {
      read = await withReferenced(context, current);
    } catch (error) {
      // A token that still works serves until its manager is unlocked.
      if (
        !(error instanceof AuthsomeError) || isAnswer(error) ||
        isRefused(current) || hasExpired(current, clock.now())
      ) throw error;
      await lease.release();
      const { message: reason } = error;
      return {
        ...{ kind: "transient", connection: current, reason, error },
        retryAt: clock.now(),
      };
    }
    issued = await requestRenewal(
      context,
      definition,
      read,
      sentAt,
      (source) => kept = source,
    );
    if (agent) issued = await agent.filed(current, issued);
    current = await writtenBack(context, current, read, issued);
  } catch (error) {
    if (!current || !isAnswer(error)) {
      await lease.release();
      throw error;
    }
    // Whoever used the token first, outside, has a newer one.
    const won = await agent?.afterRefusal(current, error);
    if (won) {
      const outcome = await store(context, current, () => won);
      await lease.release();
      return outcome;
    }
    const place = kept
      ? await withSource(context, current, read ?? current, kept)
      : current;
    return await afterFailure(context, place, lease, error);
  }
  let outcome: RefreshOutcome;
  try {
    outcome = await store(context, current, issued);
  } catch (error) {
    // Nobody is to wait for it; that it cannot be given back either says nothing new.
    await lease.release().catch(() => {});
    throw error;
  }
  await lease.release();
  return outcome;
}

/** What keeps an agent's own file in step; loaded for such logins alone. */
async function agentKeeper(
  context: RefreshContext,
  { flow, name }: ProviderDefinition,
): Promise<AgentKeeper | undefined> {
  if (flow !== "agent_login" || !context.loginFiles) return undefined;
  const { keeperOf } = await import("../agents/agent_keeper.ts");
  return keeperOf(context, name);
}

/** Stores a source that was renewed although nothing was minted with it yet. */
async function withSource(
  context: RefreshContext,
  connection: Connection,
  read: Connection,
  source: Source,
): Promise<Connection> {
  const renewal: Renewal = (place) => ({ ...place, source });
  const place = await writtenBack(context, connection, read, renewal);
  return await context.connections.save({
    ...place,
    credential: renewal(place.credential),
  });
}

/** The connection with what it is renewed with, where that stays in a secret manager. */
async function withReferenced(
  { references }: RefreshContext,
  connection: Connection,
): Promise<Connection> {
  if (connection.references === undefined || !references) return connection;
  return await (await references()).source(connection);
}

/**
 * Writes what was replaced to its secret manager, before it is stored here. The connection then refers to what could be
 * written.
 *
 * @param read `connection` as it was renewed.
 */
async function writtenBack(
  { references: reader }: RefreshContext,
  connection: Connection,
  read: Connection,
  issued: Renewal,
): Promise<Connection> {
  if (connection.references === undefined || !reader) return connection;
  const held = await (await reader()).written(read, issued(read.credential));
  return { ...connection, references: held };
}

/** Whether the error is about the provider or the way there, and not about ourselves. */
function isAnswer(error: unknown): error is AuthsomeError {
  return error instanceof AuthsomeError &&
    (error.code === "AuthenticationFailed" ||
      error.code === "EndpointUnreachable");
}

async function requestRenewal(
  context: RefreshContext,
  definition: ProviderDefinition,
  connection: Connection,
  sentAt: number,
  keep: (source: Source) => void,
): Promise<Renewal> {
  const limit = AbortSignal.timeout(REFRESH_LIMIT_MS);
  const { dpopKey } = connection.credential.type === "oauth2"
    ? connection.credential
    : {};
  const oauth = {
    definition,
    ...defined({ dpopKey }),
    baseUrl: connection.baseUrl,
    fetch: context.fetch,
    signal: context.signal ? AbortSignal.any([limit, context.signal]) : limit,
    allowPrivateHosts: context.allowPrivateHosts,
  };
  try {
    const { credential } = connection;
    if (credential.source) {
      const minted = await mintAgain(context, oauth, credential, keep);
      return () => minted;
    }
    const issued = await requestTokens(context, oauth, connection);
    return (place) => renewed(place, issued, sentAt);
  } catch (error) {
    if (limit.aborted && error === limit.reason) {
      throw unreachable(oauth, undefined, "it did not answer in time");
    }
    throw error;
  }
}

async function requestTokens(
  context: RefreshContext,
  oauth: OAuthContext,
  connection: Connection,
): Promise<TokenResponse> {
  const { definition } = oauth;
  const { provider, credential } = connection;
  const stored = await context.connections.client(
    provider,
    ...credential.type === "oauth2"
      ? [credential.clientId, credential.issuer]
      : [],
  );
  if (!stored || !isOfTenant(definition, stored, connection)) {
    throw noClient(connection);
  }
  const client = await wholeClient(context, stored);
  if (credential.type === "oauth2" && credential.refreshToken) {
    const server = await serverWith(oauth, ["refreshEndpoint"]);
    if (!isOfServer(client, server)) throw serverMoved(connection);
    const { refreshToken } = credential;
    return await useRefreshToken(oauth, server, client, refreshToken);
  }
  if (
    credential.type === "oauth2" && credential.grantType === "token_exchange"
  ) {
    const server = await serverWith(oauth, ["refreshEndpoint"]);
    const { accessToken } = credential;
    return await exchangeAccessToken(oauth, server, client, accessToken);
  }
  const server = await serverWith(oauth, ["tokenEndpoint"]);
  const scopes = credential.type === "oauth2" ? credential.requestedScopes : [];
  return await clientCredentialsGrant(oauth, server, client, scopes);
}

/** Whether the client was registered with this server: what it issued is not shown to the one that took its place. */
function isOfServer(
  { tokenOrigin }: Client,
  { tokenEndpoint }: AuthorizationServer,
): boolean {
  return tokenOrigin === undefined || tokenEndpoint === undefined ||
    tokenEndpoint.origin === tokenOrigin;
}

/** Whether the client belongs to the connection's tenant: its secret never goes to the server of another. */
export function isOfTenant(
  definition: ProviderDefinition,
  client: Client,
  connection: Connection,
): boolean {
  // Found by the server that the connection's tokens are from.
  if (client.issuer !== undefined) return true;
  const standard = defaultBaseUrl(definition);
  return (client.baseUrl ?? standard) === (connection.baseUrl ?? standard);
}

/**
 * Stores what was issued in the place of `from`.
 *
 * The old refresh token may be dead by now, so a write that fails is tried again, and a record that was only rewritten
 * (a new master key, another process that found the old token dead) does not make us throw the new one away.
 */
async function store(
  context: RefreshContext,
  from: Connection,
  issued: Renewal,
): Promise<RefreshOutcome> {
  let place = from;
  for (let attempt = 1;; attempt++) {
    try {
      const connection = await context.connections.save({
        ...place,
        state: "connected",
        // When it was stays known: the API may refuse the new token as well.
        ...isRefused(place)
          ? { rejection: { ...place.rejection!, state: "renewed" } }
          : {},
        credential: issued(place.credential),
      });
      return { kind: "refreshed", connection };
    } catch (error) {
      if (!(error instanceof AuthsomeError) || attempt >= SAVE_ATTEMPTS) {
        throw error;
      }
      if (error.code === "StoreUnavailable") {
        await context.sleep(200 * attempt, new AbortController().signal);
      } else if (error.code !== "RecordConflict") throw error;
    }
    const current = await context.connections.find(from.provider, from.name);
    if (!current || !sameTokens(current, from)) {
      return { kind: "superseded", connection: current };
    }
    place = current;
  }
}

function renewed(
  credential: Credential,
  issued: TokenResponse,
  sentAt: number,
): Credential {
  if (credential.type === "api_key") return credential;
  const { expiresAt: _, tokenType: _type, ...kept } = credential;
  return {
    ...kept,
    accessToken: issued.accessToken,
    ...defined({ tokenType: issued.tokenType, dpopKey: issued.dpopKey }),
    // RFC 6749 §6: without a new one the old one stays good.
    ...defined({ refreshToken: issued.refreshToken }),
    ...kept.idToken ? defined({ idToken: issued.idToken }) : {},
    ...lifeOf(issued, sentAt, kept.lifetime),
    scopes: issued.scopes ?? kept.scopes,
    captured: { ...kept.captured, ...issued.captured },
  };
}

function sameTokens(left: Connection, right: Connection): boolean {
  return left.createdAt === right.createdAt &&
    tokensOf(left.credential) === tokensOf(right.credential);
}

/** What tells two credentials apart, as one text. */
function tokensOf(credential: Credential): string {
  const revealed = (secrets: Readonly<Record<string, Secret>> = {}) =>
    Object.entries(secrets).map(([name, secret]) => [name, secret.reveal()])
      .sort();
  const { type, source } = credential;
  return JSON.stringify([
    type,
    type === "oauth2"
      ? [credential.accessToken.reveal(), credential.refreshToken?.reveal()]
      : revealed(credential.fields),
    revealed(source),
  ]);
}

async function afterFailure(
  context: RefreshContext,
  current: Connection,
  lease: Lease,
  error: AuthsomeError,
): Promise<RefreshOutcome> {
  // A source may be mended without a login: a key is enabled again, a clock is set right. What a person granted is not.
  const { source } = current.credential;
  const mends = source !== undefined && source.access_token === undefined;
  const answer = error instanceof AnswerError ? error : undefined;
  const state = answer && !mends ? deadGrant(answer) : undefined;
  if (!state) {
    const wait = answer?.retryAfter ?? 0;
    const reason = error.message;
    const retryAt = await lease.fail(current.revision, reason, wait * 1000);
    return { kind: "transient", connection: current, retryAt, reason, error };
  }
  // The token may be dead because another process has used it: then the revision is another, and nothing is written.
  const { provider, name } = current;
  try {
    const connection = await context.connections.save({
      ...current,
      state,
    });
    return { kind: "permanent", connection, error };
  } catch (conflict) {
    if (
      !(conflict instanceof AuthsomeError) || conflict.code !== "RecordConflict"
    ) throw conflict;
    return {
      kind: "superseded",
      connection: await context.connections.find(provider, name),
    };
  } finally {
    await lease.release();
  }
}
