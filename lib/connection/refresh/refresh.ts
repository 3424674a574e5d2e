/**
 * Keeps access tokens fresh, with one token request for each expiry however many processes ask.
 *
 * Invariants: a request is only sent while the lease is held, after the connection was read again; what was issued is
 * stored before it is used; a connection that was logged out or logged in anew meanwhile is left alone.
 *
 * @module
 */
import { defined } from "../../object.ts";
import type { RefreshContext, RefreshOutcome } from "./refresh_context.ts";
import type { ProviderDefinition } from "../../provider/definition.ts";
import { type Connection, isRenewable } from "../connection.ts";
import {
  expired,
  hasExpired,
  isRefused,
  needsRefresh,
  refuseDead,
} from "./freshness.ts";
import { grantRefused, loggedOut, refreshFailed } from "./refresh_error.ts";
import { LEASE_MS, takeLease, waitsFor } from "./refresh_lease.ts";
import {
  isRenewed,
  refreshUnderLease,
  supersedes,
} from "./refresh_under_lease.ts";

/** How long a caller whose token still works waits for another process, in milliseconds. */
const VALID_TOKEN_WAIT_MS = 3_000;
/** Longest wait of a caller whose token does not, in milliseconds: one killed holder and one that finishes. */
const MAX_WAIT_MS = 2 * LEASE_MS;
/** How long nobody is told what is waited for, in milliseconds. */
const SILENT_MS = 3_000;
const FIRST_POLL_MS = 25;
const MAX_POLL_MS = 400;

/**
 * The connection with an access token that works: as it is, or refreshed.
 *
 * @param options.force refresh although nothing says that it expired (the provider rejected the token).
 * @throws {AuthsomeError} `CredentialExpired` if only a login helps, `ConnectionNotFound` after a logout,
 * `RefreshFailed` if the token has expired or was refused and trying later may help.
 */
export async function ensureFresh(
  context: RefreshContext,
  connection: Connection,
  options: { force?: boolean } = {},
): Promise<Connection> {
  const now = context.clock.now();
  if (!isRenewed(connection.credential)) return connection;
  if (!options.force && !needsRefresh(connection, now)) return connection;
  const outcome = await refresh(context, connection, options);
  switch (outcome.kind) {
    case "refreshed":
      return outcome.connection;
    case "permanent":
      throw grantRefused(outcome.connection, outcome.error);
    case "superseded":
      if (!outcome.connection) throw loggedOut(connection);
      refuseDead(outcome.connection);
      return unexpired(context, outcome.connection);
    case "transient":
      if (
        hasExpired(outcome.connection, context.clock.now()) ||
        isRefused(outcome.connection)
      ) {
        throw refreshFailed(outcome.connection, outcome);
      }
      return outcome.connection;
    case "no_refresh_token":
      return unexpired(context, outcome.connection);
  }
}

function unexpired(
  { clock }: RefreshContext,
  connection: Connection,
): Connection {
  if (hasExpired(connection, clock.now())) {
    throw expired(connection);
  }
  return connection;
}

/** Refreshes the connection, or waits for the process that does. */
export async function refresh(
  context: RefreshContext,
  asked: Connection,
  options: { force?: boolean } = {},
): Promise<RefreshOutcome> {
  const { provider, name } = asked;
  const { clock, connections } = context;
  const { definition } = await context.registry.get(provider);
  const started = clock.now();
  const signal = context.signal ?? new AbortController().signal;
  let waited = 0;
  for (let poll = FIRST_POLL_MS;; poll = Math.min(poll * 2, MAX_POLL_MS)) {
    const current = await connections.find(provider, name);
    if (!current || supersedes(current, asked, clock, options)) {
      return { kind: "superseded", connection: current };
    }
    if (!renews(definition, current)) {
      return { kind: "no_refresh_token", connection: current };
    }
    const attempt = await takeLease(
      {
        vault: context.vault,
        clock,
        profile: connections.profile,
        ...defined({ processes: context.processes }),
      },
      current,
    );
    if (attempt.kind === "taken") {
      const outcome = await refreshUnderLease(
        { ...context, fresh: (other) => ensureFresh(context, other) },
        definition,
        asked,
        options,
        attempt.lease,
      );
      record(context, asked, outcome);
      return outcome;
    }
    if (attempt.kind === "cooldown") {
      const { retryAt, reason } = attempt;
      return { kind: "transient", connection: current, retryAt, reason };
    }
    // Counted as well as timed: the clock may be set back while we wait.
    const wait = hasExpired(current, clock.now()) || isRefused(current)
      ? MAX_WAIT_MS
      : VALID_TOKEN_WAIT_MS;
    if (waited >= wait || clock.now() - started >= wait) {
      return {
        kind: "transient",
        connection: current,
        retryAt: clock.now() + MAX_POLL_MS,
        reason: "another process is still refreshing it",
      };
    }
    const pause = poll * (0.5 + Math.random());
    if (waited < SILENT_MS && waited + pause >= SILENT_MS) {
      context.warn?.(waitsFor(current, attempt, clock.now()));
    }
    waited += pause;
    await context.sleep(pause, signal);
  }
}

function renews(
  { flow, oauth }: ProviderDefinition,
  { credential }: Connection,
): boolean {
  // What does not expire may still have been replaced in the agent's own file.
  if (credential.source || flow === "agent_login") return true;
  if (
    credential.type === "oauth2" && credential.grantType === "token_exchange"
  ) {
    return oauth?.token_exchange !== undefined;
  }
  // Connections of before the grant was kept only have their definition's word.
  return isRenewable(credential) ||
    (credential.type === "oauth2" && flow === "client_credentials");
}

function record(
  context: RefreshContext,
  { provider, name }: Connection,
  outcome: RefreshOutcome,
): void {
  if (outcome.kind === "superseded") return;
  context.audit?.record({
    event: "refresh",
    profile: context.connections.profile,
    provider,
    connection: name,
    ok: outcome.kind === "refreshed",
    ...defined({
      reason: outcome.kind === "refreshed" ? undefined : outcome.kind,
    }),
  });
}
