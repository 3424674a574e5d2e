/**
 * The authorization code flow without a dashboard to visit. The client is, in this order: the person's own, one that was
 * registered with the server before, the one that describes itself (Client ID Metadata Document), one that is registered
 * now (RFC 7591), one that the person is asked for.
 *
 * @module
 */
import type { Client } from "../../oauth/client.ts";
import { isClientError, OAuthError } from "../../oauth/error.ts";
import type { OAuthContext } from "../../oauth/http.ts";
import type { AuthorizationServer } from "../../oauth/metadata.ts";
import { issuerOf, registerClient } from "../../oauth/registration.ts";
import { knowsClient } from "../../oauth/registration/known_client.ts";
import { CLIENT_METADATA_URL } from "../../oauth/registration/metadata_document.ts";
import { requestedScopes } from "../../oauth/scope.ts";
import { serverWith, withClientFacts } from "../../oauth/server.ts";
import { authorize } from "./authorization_code.ts";
import type { Flow, FlowRequest } from "../flow.ts";
import { clientOf, oauthContext } from "../oauth_result.ts";

/** A secret that lives no longer than this is replaced at login, in milliseconds, unless its whole life is short. */
const SECRET_MARGIN_MS = 86_400_000;

/** A client, and what can be done if the server does not take it. */
interface Choice {
  client: Client;
  /** `new`: nothing; there is no other. */
  kind: "kept" | "document" | "new";
}

export const flow: Flow = {
  async run(request) {
    const server = await serverWith(oauthContext(request), [
      "authorizationEndpoint",
      "tokenEndpoint",
    ]);
    const { definition } = request.provider;
    const scopes = requestedScopes(definition.oauth ?? {}, request.scopes);
    const own = request.client;
    const isOwn = own?.redirectUri === undefined ||
      request.clientId !== undefined;
    if (own && isOwn) {
      return await authorize(request, server, own, scopes);
    }
    const refused: Client[] = [];
    for (;;) {
      const { client, kind } = await choose(request, server, scopes, refused);
      try {
        const result = await authorize(request, server, client, scopes);
        await request.registrations?.noteLogin(client, {
          // A server may know a document only while it shows its page.
          doubtful: !isDocument(client.clientId),
        });
        return client === own ? result : { ...result, client };
      } catch (error) {
        const { signal } = request.conversation;
        // An error is an answer; a page that sends nobody back is none.
        const note = { doubtful: signal.aborted };
        // Why the login failed is what the person must know.
        await request.registrations?.noteLogin(client, note).catch(() => {});
        if (kind === "new" || !isRefusal(error, client)) throw error;
        await refuse(request, client);
        refused.push(client);
      }
    }
  },
};

/** Whether another client may fare better. */
function isRefusal(error: unknown, { scopes }: Client): boolean {
  return error instanceof OAuthError &&
    (isClientError(error.error) ||
      // It may be registered for fewer.
      error.error === "invalid_scope" && scopes === undefined);
}

async function refuse(
  { registrations, conversation, provider }: FlowRequest,
  client: Client,
): Promise<void> {
  await registrations?.forget(client);
  conversation.say(
    `${provider.definition.name} does not accept the client that authsome used; trying another.`,
  );
}

async function choose(
  request: FlowRequest,
  described: AuthorizationServer,
  scopes: string[],
  refused: readonly Client[],
): Promise<Choice> {
  if (request.clientId !== undefined) {
    return await ask(request, described, scopes);
  }
  const context = oauthContext(request);
  const last = refused.at(-1) ?? await lastClient(request, described);
  const isAgain = last && refused.length === 0 && !request.resetClient &&
    isUsable(request, last, scopes);
  if (isAgain && await isKnown(request, context, described, last)) {
    request.usesKept?.();
    request.conversation.say(
      "Using the OAuth client of an earlier login. If the page does not know it: --reset-client",
    );
    return { client: last, kind: "kept" };
  }
  if (isAgain) await request.registrations?.forget(last);
  const server = await withClientFacts(context, described);
  const document = documentClient(request, server);
  // Whoever wants another client than that of the last time gets another.
  const isTried = document && last?.clientId === document.clientId;
  const isRefused = isTried && (server.registrationEndpoint !== undefined ||
    refused.length > 0);
  if (document && !isRefused) {
    request.usesKept?.();
    const kept = isTried ? last : await keep(request, document);
    return { client: kept, kind: "document" };
  }
  if (server.registrationEndpoint) {
    const known = last?.scopes ?? [];
    try {
      const registered = await registerClient(context, server, {
        redirectUri: request.conversation.redirectUri,
        scopes: [...new Set([...known, ...scopes])],
      }, request.clock);
      return { client: await keep(request, registered), kind: "new" };
    } catch (error) {
      if (!isClosed(error)) throw error;
      request.conversation.say(
        `${request.provider.definition.name} registers no clients by itself (${error.error}): it needs one that you registered.`,
      );
    }
  }
  return await ask(request, server, scopes);
}

async function ask(
  { client: _, ...request }: FlowRequest,
  server: AuthorizationServer,
  scopes: string[],
): Promise<Choice> {
  const { client } = await clientOf(request, server, scopes);
  return { client, kind: "new" };
}

/** Whether the server registers clients, but not for anybody, or not there. */
function isClosed(error: unknown): error is OAuthError {
  return error instanceof OAuthError &&
    [401, 403, 404, 405].includes(error.status);
}

async function keep(
  { registrations }: FlowRequest,
  client: Client,
): Promise<Client> {
  // Before the person is sent away: who gives up and comes back needs no other.
  return await registrations?.keep(client) ?? client;
}

/** The client that was registered with this server for the same redirect URI, whatever became of it. */
async function lastClient(
  { client, conversation: { redirectUri }, registrations }: FlowRequest,
  server: AuthorizationServer,
): Promise<Client | undefined> {
  if (!registrations) {
    return client?.redirectUri === redirectUri ? client : undefined;
  }
  return await registrations.find({
    issuer: issuerOf(server),
    tokenOrigin: server.tokenEndpoint!.origin,
    redirectUri,
  }, client);
}

/** Whether its secret lasts, its scopes are enough, and its document is still ours. */
function isUsable(
  request: FlowRequest,
  client: Client,
  scopes: readonly string[],
): boolean {
  const { clientId, scopes: registered } = client;
  return secretLasts(client, request.clock.now()) &&
    (!registered || scopes.every((scope) => registered.includes(scope))) &&
    (!isDocument(clientId) || clientId === documentUrl(request));
}

/** A short life is used for its first half, so that not every login registers. */
function secretLasts(
  { secretExpiresAt: end, registeredAt: start }: Client,
  now: number,
): boolean {
  if (end === undefined) return true;
  const half = start ? (end - start) / 2 : SECRET_MARGIN_MS;
  return end - now >= Math.min(SECRET_MARGIN_MS, half);
}

/** Asks the server, whose page would leave the person alone with an error. */
async function isKnown(
  request: FlowRequest,
  context: OAuthContext,
  server: AuthorizationServer,
  client: Client,
): Promise<boolean> {
  // Nobody has logged in with it yet, or its server has just answered.
  if (client.lastLoginAt === undefined) return true;
  if (await knowsClient(context, server, client)) return true;
  request.conversation.say(
    `${request.provider.definition.name} does not know ${
      isDocument(client.clientId)
        ? "the client that describes itself"
        : "the client that authsome registered any more"
    }; trying another.`,
  );
  return false;
}

function isDocument(clientId: string): boolean {
  return clientId.startsWith("https://");
}

/** The client that describes itself, if the server takes such clients. */
function documentClient(
  request: FlowRequest,
  server: AuthorizationServer,
): Client | undefined {
  const clientId = documentUrl(request);
  if (!clientId || !server.clientIdMetadataDocumentSupported) {
    return undefined;
  }
  // It has no secret and signs nothing.
  if (server.tokenAuthMethods?.includes("none") === false) return undefined;
  return {
    provider: request.provider.definition.name,
    revision: 0,
    clientId,
    redirectUri: request.conversation.redirectUri,
    tokenAuthMethod: "none",
    issuer: issuerOf(server),
    tokenOrigin: server.tokenEndpoint!.origin,
    registeredAt: request.clock.now(),
  };
}

/** Where the document is; empty if there is none. */
function documentUrl({ clientMetadataUrl }: FlowRequest): string {
  return clientMetadataUrl ?? CLIENT_METADATA_URL;
}
