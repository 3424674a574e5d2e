/**
 * A login from beginning to end: choose the flow, run it, store what it ends with.
 *
 * Invariant: nothing is written before the flow has ended well and the person has not interrupted it, but for an OAuth
 * client where there was none: a person should not type it twice because the authorization failed. An old credential stays
 * valid until the new one takes its place in one write.
 *
 * @module
 */
import type { Conversations, Kept } from "../ports/conversation.ts";
import type { Deadline } from "./deadline.ts";
import type { Flow, FlowResult } from "./flow.ts";
import type { AuditSink } from "../audit/event.ts";
import {
  type Connection,
  type Credential,
  statusOf,
} from "../connection/connection.ts";
import type { Client } from "../oauth/client.ts";
import { checkName, DEFAULT_CONNECTION } from "../names.ts";
import { connectionOption } from "../connection/hint.ts";
import { wholeClient } from "../connection/connection_context.ts";
import { keysOf } from "../connection/keys_of.ts";
import type { Connections } from "../connection/connections.ts";
import type { ReferenceReader } from "../connection/references/reference_reader.ts";
import { AuthsomeError } from "../errors.ts";
import type { Clock, Env } from "../ports/system.ts";
import type { Fetch } from "../ports/net.ts";
import type { FlowName } from "../provider/definition.ts";
import { FLOWS } from "../provider/flow_facts.ts";
import { displayName } from "../provider/display_name.ts";
import { isClientError, OAuthError } from "../oauth/error.ts";
import { defined } from "../object.ts";
import { checkBaseUrl, neededBaseUrl } from "./base_url.ts";
import { chooseFlow, loadFlow, refuseOAuthOptions } from "./choose.ts";
import { followableLogin } from "./mcp/followable_hint.ts";
import {
  declaredClient,
  isConflict,
  keepClient,
  perhapsForgotten,
  usableClient,
} from "./login_client.ts";
import { loginCommand } from "./login_command.ts";
import { messagePlaceOf } from "./mcp/message_place.ts";
import { install, introduction } from "./mcp/new_provider.ts";
import {
  movedProvider,
  namedProvider,
  type NamedProviders,
} from "./named_provider.ts";
import {
  connected,
  doubtOf,
  identified,
  type Identify,
  type Identity,
  refusedKey,
} from "./identity.ts";
import { redirectWarning } from "./redirect_rule.ts";
import { sleep } from "./sleep.ts";
import {
  answeredElsewhere,
  madeMeanwhile,
} from "./together/answered_elsewhere.ts";

/** What a login needs of the broker. */
export interface LoginBroker {
  readonly profile: string;
  readonly registry: NamedProviders;
  readonly connections: Pick<
    Connections,
    | "find"
    | "save"
    | "names"
    | "client"
    | "clients"
    | "clientProviders"
    | "registered"
    | "saveClient"
    | "deleteClient"
  >;
  readonly audit: AuditSink;
  readonly clock: Clock;
  readonly fetch: Fetch;
  readonly env: Env;
  /** Where the document is that describes authsome as a client, in place of the project's. */
  readonly clientMetadataUrl?: string;
  /** Refreshes another connection, with whose keys this one is minted. */
  refresh?(connection: Connection): Promise<Connection>;
  /** Reads secrets that stay in their manager. */
  references?(): Promise<ReferenceReader>;
  readonly runtime?: {
    /** URL of the remote `origin` of the working folder. */
    gitOrigin?(): Promise<string | undefined>;
  };
  /** Absent: nobody is asked whose a credential is. */
  identify?: Identify;
}

/** What the person asked for. */
export interface LoginOptions {
  /** Its name, or the URL of a remote MCP server; a URL that no definition knows gets one. */
  provider: string;
  /** Default: `default`. */
  connection?: string;
  flow?: string;
  /** In place of the definition's. */
  scopes?: string[];
  /** Tenant: an https URL. */
  baseUrl?: string;
  clientId?: string;
  /** Ask for the OAuth client again. */
  resetClient?: boolean;
  /** Replace a connection that works. */
  force?: boolean;
  /** Whether the OAuth client comes with this login, so that with `force` a kept one of its own kind is not used. */
  givesClient?: boolean;
  /** Where secrets of the credential are, by field: they stay there, and are not stored. */
  references?: Readonly<Record<string, string>>;
  /** The same for the OAuth client that comes with this login. */
  clientReferences?: Readonly<Record<string, string>>;
  /** Do not ask the provider whose the credential is, and whether it is valid. */
  noVerify?: boolean;
  /** Told why the provider did not confirm the credential. Default: the conversation says it. */
  onDoubt?(message: string): void;
  /** Aborts with the error to throw (`Interrupted`, `InputCancelled`). */
  signal?: AbortSignal;
  /** When `signal` aborts by itself. */
  deadline?: Deadline;
}

const MAX_SAVES = 5;

/**
 * Logs in and stores the connection.
 *
 * @throws {AuthsomeError} `ConnectionExists` if the connection works and `force` is not set, and whatever flow,
 * conversation and store throw. Nothing was changed then, but that an OAuth client may be kept.
 */
export async function login(
  broker: LoginBroker,
  options: LoginOptions,
  conversations: Conversations,
  load: (name: FlowName) => Promise<Flow> = loadFlow,
): Promise<Connection> {
  const signal = options.signal ?? new AbortController().signal;
  signal.throwIfAborted();
  const named = await namedProvider(broker, options.provider, signal)
    .catch(async (error) => {
      throw await followableLogin(error, options.provider, broker.registry);
    });
  const name = checkName(
    "connection",
    options.connection ?? DEFAULT_CONNECTION,
  );
  const { connections } = broker;
  const existing = await connections.find(named.provider.definition.name, name);
  const exists = existing && !options.force && works(existing, broker.clock);
  const { provider, isNew, hasMoved } = exists
    ? named
    : await movedProvider(named, broker.fetch, signal);
  const { definition } = provider;
  const flowName = chooseFlow(definition, {
    asked: options.flow,
    browser: conversations.browser,
  });
  const isKey = definition.auth_type === "api_key";
  if (isKey) refuseOAuthOptions(definition.name, options);
  if (exists) throw connectionExists(definition.name, name);
  const baseUrl = checkBaseUrl(provider, options.baseUrl) ??
    existing?.baseUrl ?? await neededBaseUrl(provider, conversations, signal);
  let stored = isKey ? undefined : await connections.client(definition.name);
  // Such a client is the credential: with --force another is wanted, the one that is given now.
  const renews = flowName === "client_credentials" && options.force === true;
  const client = options.resetClient || options.clientReferences ||
      renews && options.givesClient
    ? undefined
    : renews && declaredClient(provider, broker.env, options, baseUrl) ||
      (usableClient(
        provider,
        stored ? await connections.clients(definition.name) : [],
        options.clientId,
        baseUrl,
      ) ?? declaredClient(provider, broker.env, options, baseUrl));

  const began = { isKey, existing, baseUrl, startedAt: broker.clock.now() };
  const elsewhere = answeredElsewhere(() =>
    madeMeanwhile(broker, { definition, name, isNew }, { ...began, options })
  );
  let typed: Client | undefined;
  let usesKept = client !== undefined;
  const kept: Kept = { client: false, connection: existing !== undefined };
  const { deadline } = options;
  const conversation = elsewhere.watching(conversations.open({
    provider,
    connection: name,
    flow: flowName,
    clientId: options.clientId,
    again: loginCommand(options),
    ...defined({
      baseUrl,
      endsAt: deadline && (() => deadline.endsAt),
    }),
    ready: elsewhere.look,
    signal: AbortSignal.any([signal, elsewhere.signal]),
  }));
  try {
    if (client && FLOWS[flowName].client !== "registered") {
      // A kept one may be wrong, and then the provider's page does not say what to do.
      conversation.say(
        `Using your OAuth client of ${
          displayName(definition)
        }. For another: --reset-client`,
      );
    }
    if (isNew || hasMoved) {
      conversation.say(introduction(provider, hasMoved));
    }
    const warning = client && !existing && FLOWS[flowName].redirects &&
      redirectWarning(definition);
    // Who types the client is told beside the redirect URI.
    if (warning) conversation.say(warning);
    const flow = await load(flowName);
    const result = await flow.run({
      provider,
      connection: name,
      scopes: options.scopes,
      baseUrl,
      client: await wholeClient(broker, client),
      ...defined({
        clientId: options.clientId,
        resetClient: options.resetClient,
        clientMetadataUrl: broker.clientMetadataUrl,
      }),
      registrations: await connections.registered(),
      usesKept: () => void (usesKept = true),
      allowRegistration: () => deadline?.extend(),
      keepClient: async (client) => {
        // Connections may be refreshed with the client that is there, so that one stays until the new one has proved good.
        if (stored) return;
        try {
          stored = typed = await connections.saveClient({
            ...client,
            ...defined({ references: options.clientReferences }),
          });
          kept.client = true;
        } catch (error) {
          // Another login was faster; this client is kept when it has proved good.
          if (!isConflict(error)) throw error;
        }
      },
      conversation,
      fetch: broker.fetch,
      clock: broker.clock,
      sleep,
      ...defined({
        keysOf: broker.refresh &&
          keysOf(connections, (other) => broker.refresh!(other)),
      }),
      gitOrigin: async () => await broker.runtime?.gitOrigin?.(),
    });
    elsewhere.stop();
    conversation.signal.throwIfAborted();
    const identity = options.noVerify ? undefined : await broker.identify?.({
      definition,
      name,
      credential: result.credential,
      ...defined({
        baseUrl,
        clientId: (result.client ?? client)?.clientId,
      }),
    }, conversation.signal);
    if (identity?.kind === "refused" && isKey) {
      throw refusedKey(definition, name, identity.said, existing);
    }
    const doubt = identity && doubtOf(definition, identity);
    if (doubt) (options.onDoubt ?? conversation.say)(doubt);
    const place = await messagePlaceOf(
      broker,
      { provider, asked: options, credential: result.credential },
      conversation,
    );
    conversation.signal.throwIfAborted();
    if (isNew || hasMoved) await install(broker, provider, hasMoved);
    const connection = await store(broker, options, {
      existing,
      client,
      typed,
      result,
      identity,
      provider: definition.name,
      name,
      baseUrl,
      kept,
    });
    if (place) await broker.registry.addPlace(definition.name, place);
    broker.audit.record({
      event: "login",
      profile: broker.profile,
      provider: definition.name,
      connection: name,
      ok: true,
    });
    await conversation.end(connected(connection));
    return connection;
  } catch (error) {
    elsewhere.stop();
    const made = elsewhere.connection;
    if (made && !signal.aborted) {
      conversation.say("Another login to it has been answered.");
      await conversation.end(connected(made));
      return made;
    }
    const { aborted, reason } = conversation.signal;
    const known = await followableLogin(
      aborted && reason instanceof AuthsomeError
        ? usesKept ? perhapsForgotten(reason, options) : reason
        : error,
      options.provider,
      broker.registry,
    );
    broker.audit.record({
      event: "login",
      profile: broker.profile,
      provider: definition.name,
      connection: name,
      ok: false,
      reason: known instanceof AuthsomeError ? known.code : "Unexpected",
    });
    // A client that the server does not know must be asked for again.
    if (typed && known instanceof OAuthError && isClientError(known.error)) {
      await connections.deleteClient(definition.name);
      kept.client = false;
    }
    if (kept.client) {
      conversation.say(
        `Your OAuth client of ${
          displayName(definition)
        } was kept for the next login. For another: --reset-client`,
      );
    }
    await conversation.end({
      kind: "failed",
      ...known instanceof AuthsomeError
        ? { message: known.message, hint: known.hint }
        : { message: "The login failed unexpectedly." },
      kept,
    });
    throw known;
  }
}

async function store(
  broker: LoginBroker,
  options: LoginOptions,
  login: {
    provider: string;
    name: string;
    existing?: Connection;
    /** The client that the flow was given. */
    client?: Client;
    /** The client that is kept already, since a person typed it. */
    typed?: Client;
    result: FlowResult;
    identity: Identity | undefined;
    baseUrl?: string;
    /** Told when the client is stored. */
    kept: Kept;
  },
): Promise<Connection> {
  const { connections } = broker;
  const { provider, name, result } = login;
  // A client from the environment is kept too: a refresh may run where the variables are not set.
  const client = result.client ?? login.client;
  // One that authsome registered has a place of its own, but for a person who wants no other any more.
  const displaces = client?.revision === 0 ||
    options.resetClient && await connections.client(provider) !== undefined;
  if (client && displaces && !login.typed) {
    const references = options.clientReferences ?? client.references;
    await keepClient(connections, {
      ...client,
      provider,
      ...defined({ references }),
    });
    login.kept.client = true;
  }
  const credential: Credential = client && result.credential.type === "oauth2"
    ? {
      ...result.credential,
      clientId: client.clientId,
      ...defined({ issuer: client.issuer }),
    }
    : result.credential;
  let { existing } = login;
  for (let saves = 1;; saves++) {
    const now = broker.clock.now();
    try {
      return await connections.save({
        provider,
        name,
        revision: existing?.revision ?? 0,
        credential,
        state: "connected",
        ...defined({ baseUrl: login.baseUrl }),
        ...defined({ references: result.references ?? options.references }),
        ...identified(login.identity, now),
        loggedInAt: now,
        createdAt: existing?.createdAt ?? now,
        updatedAt: now,
      });
    } catch (error) {
      if (!isConflict(error) || saves >= MAX_SAVES) throw error;
      // While the person was logging in, a running proxy refreshed the old credential, or another login was faster.
      existing = await connections.find(provider, name);
      // What the person consented to is kept: the provider may have ended the grant before it.
      if (
        existing && !options.force && !login.existing &&
        credential.type === "api_key" && works(existing, broker.clock)
      ) throw connectionExists(provider, name);
    }
  }
}

function works(connection: Connection, clock: Clock): boolean {
  return statusOf(connection, clock.now()) === "connected";
}

function connectionExists(provider: string, name: string): AuthsomeError {
  return new AuthsomeError(
    "ConnectionExists",
    `Cannot log in to ${provider}: connection "${name}" exists and is connected`,
    `authsome login ${provider}${connectionOption(name)} --force`,
    { subject: { provider, connection: name } },
  );
}
