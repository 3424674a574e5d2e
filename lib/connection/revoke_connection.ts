/** Ends connections at the provider, then here. @module */
import { AuthsomeError } from "../errors.ts";
import { revokeTokens } from "../oauth/revocation.ts";
import { serverWith } from "../oauth/server.ts";
import { defined } from "../object.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import type { Secret } from "../secret.ts";
import { endpointOf } from "../provider/tenant.ts";
import type { Connection } from "./connection.ts";
import { deleteClients } from "./clients/delete_clients.ts";
import type { Connections } from "./connections.ts";
import { type EndpointContext, wholeClient } from "./connection_context.ts";
import { type Lease, takeLease, waitsFor } from "./refresh/refresh_lease.ts";
import { isOfTenant } from "./refresh/refresh_under_lease.ts";

/** What a revocation works through. */
export interface RevokeContext extends EndpointContext {
  readonly connections: Pick<
    Connections,
    | "profile"
    | "find"
    | "names"
    | "discard"
    | "client"
    | "deleteClient"
    | "registered"
  >;
}

/** What came of one connection. It is deleted here in every case but `not_found`. */
export type RevokeOutcome =
  /** The provider confirmed it. */
  | { kind: "revoked"; name: string }
  /** The provider has no revocation endpoint: the key or token works until it is deleted in the dashboard. */
  | { kind: "not_supported"; name: string; dashboard?: string }
  /** The request failed: as above. */
  | { kind: "failed"; name: string; error: AuthsomeError; dashboard?: string }
  | { kind: "not_found"; name: string };

const LEASE_POLLS = 40;
const LEASE_POLL_MS = 100;
/** How many of them nobody is told of. */
const SILENT_POLLS = 20;

/** Revokes one connection and deletes it. */
export async function revokeConnection(
  context: RevokeContext,
  provider: string,
  name: string,
): Promise<RevokeOutcome> {
  const outcome = await attempt(context, provider, name);
  context.audit?.record({
    event: "revoke",
    profile: context.connections.profile,
    provider,
    connection: name,
    ok: outcome.kind === "revoked",
    ...defined({
      reason: outcome.kind === "revoked" ? undefined : outcome.kind,
    }),
  });
  return outcome;
}

/** Revokes every connection of the provider, deletes them and then the client. */
export async function revokeProvider(
  context: RevokeContext,
  provider: string,
): Promise<RevokeOutcome[]> {
  const outcomes: RevokeOutcome[] = [];
  for (const { name } of await context.connections.names(provider)) {
    outcomes.push(await revokeConnection(context, provider, name));
  }
  await deleteClients(context.connections, provider);
  return outcomes;
}

async function attempt(
  context: RevokeContext,
  provider: string,
  name: string,
): Promise<RevokeOutcome> {
  const { connections } = context;
  const { definition } = await context.registry.get(provider);
  const first = await connections.find(provider, name);
  if (!first) return { kind: "not_found", name };
  // A refresh that is under way would be answered with a token that is never revoked.
  const lease = await waitForLease(context, first);
  try {
    const connection = await connections.find(provider, name) ?? first;
    const outcome = await revokeAtProvider(context, definition, connection);
    await connections.discard(provider, name);
    return outcome;
  } finally {
    await lease?.release();
  }
}

async function revokeAtProvider(
  context: RevokeContext,
  definition: ProviderDefinition,
  connection: Connection,
): Promise<RevokeOutcome> {
  const { provider, name, credential, baseUrl } = connection;
  const dashboard = defined({ dashboard: definition.dashboard_url });
  const url = endpointOf(
    definition,
    definition.oauth?.revocation_url,
    baseUrl,
  );
  if (credential.type === "api_key" || url === undefined) {
    return { kind: "not_supported", name, ...dashboard };
  }
  try {
    const stored = await context.connections.client(
      provider,
      credential.clientId,
      credential.issuer,
    );
    const client = stored && isOfTenant(definition, stored, connection)
      ? await wholeClient(context, stored)
      : undefined;
    const oauth = {
      definition,
      baseUrl,
      fetch: context.fetch,
      signal: context.signal,
      allowPrivateHosts: context.allowPrivateHosts,
    };
    const server = await serverWith(
      oauth,
      ["revocationEndpoint"],
      client?.clientId,
    );
    await revokeTokens(oauth, server, client, {
      ...credential,
      ...await referencedToken(context, connection),
    });
    return { kind: "revoked", name };
  } catch (error) {
    if (!(error instanceof AuthsomeError) || context.signal?.aborted) {
      throw error;
    }
    return { kind: "failed", name, error, ...dashboard };
  }
}

/** The refresh token, where it stays in a secret manager. */
async function referencedToken(
  { references }: RevokeContext,
  connection: Connection,
): Promise<{ refreshToken?: Secret }> {
  if (connection.references === undefined || !references) return {};
  const { credential } = await (await references()).source(connection);
  return credential.type === "oauth2"
    ? defined({ refreshToken: credential.refreshToken })
    : {};
}

async function waitForLease(
  context: RevokeContext,
  connection: Connection,
): Promise<Lease | undefined> {
  const { vault, clock, processes, connections: { profile } } = context;
  const leases = { vault, clock, profile, ...defined({ processes }) };
  const signal = context.signal ?? new AbortController().signal;
  for (let poll = 0; poll < LEASE_POLLS; poll++) {
    // No revision: a pause after failed refreshes is not ours.
    const attempt = await takeLease(leases, { ...connection, revision: 0 });
    if (attempt.kind === "taken") return attempt.lease;
    if (poll === SILENT_POLLS && attempt.kind === "held") {
      const until = clock.now() + (LEASE_POLLS - poll) * LEASE_POLL_MS;
      context.warn?.(waitsFor(connection, { ...attempt, until }, clock.now()));
    }
    await context.sleep(LEASE_POLL_MS, signal);
  }
  return undefined;
}
