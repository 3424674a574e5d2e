/**
 * Several logins to one connection at once: what the person answers in one of them is the answer to all that wait.
 *
 * @module
 */
import { type Connection, statusOf } from "../../connection/connection.ts";
import type { Connections } from "../../connection/connections.ts";
import { AuthsomeError } from "../../errors.ts";
import type { LoginConversation } from "../../ports/conversation.ts";
import type { Clock } from "../../ports/system.ts";
import type { ProviderDefinition } from "../../provider/definition.ts";
import type { ProviderRegistry } from "../../provider/registry.ts";
import { sleep } from "../sleep.ts";

/** Time between two looks at the vault, in milliseconds. */
const LOOK_MS = 500;

/** A login that ends when another one has made its connection. */
export interface AnsweredElsewhere {
  /** Aborts then. */
  readonly signal: AbortSignal;
  /** The connection that the other login made. */
  readonly connection: Connection | undefined;
  /** Looks now. */
  look(): Promise<void>;
  /** `conversation`, with looks as long as the person is asked. */
  watching(conversation: LoginConversation): LoginConversation;
  /** Looks no more: there is an answer here. */
  stop(): void;
}

/** @param find the connection, if another login has made it since this one began. */
export function answeredElsewhere(
  find: () => Promise<Connection | undefined>,
): AnsweredElsewhere {
  const controller = new AbortController();
  const { signal } = controller;
  let stopped = new AbortController();
  let connection: Connection | undefined;

  async function look(): Promise<void> {
    if (signal.aborted) return;
    // A store that is busy is looked at again.
    const found = await find().catch(() => undefined);
    if (!found || signal.aborted) return;
    connection = found;
    controller.abort(
      new AuthsomeError("InputCancelled", "Another login made the connection"),
    );
  }

  function stop(): void {
    stopped.abort();
  }

  function start(): void {
    stop();
    stopped = new AbortController();
    const over = AbortSignal.any([stopped.signal, signal]);
    (async () => {
      while (!over.aborted) {
        await sleep(LOOK_MS, over);
        await look();
      }
    })().catch(() => {});
  }

  /** Whoever gave an answer here is told of no other. */
  async function asking<T>(ask: () => Promise<T>): Promise<T> {
    start();
    try {
      return await ask();
    } finally {
      stop();
    }
  }

  return {
    signal,
    get connection() {
      return connection;
    },
    look,
    stop,
    watching: (conversation) => ({
      ...conversation,
      askSecrets: (request) => asking(() => conversation.askSecrets(request)),
      askClient: (request) => asking(() => conversation.askClient(request)),
      authorize: (...request) =>
        asking(() => conversation.authorize(...request)),
      // Its answer comes to the one who polls.
      async showDeviceCode(code) {
        start();
        await conversation.showDeviceCode(code);
      },
    }),
  };
}

/** The connection that another login has made since this one began, if it is what this one is to make. */
export async function madeMeanwhile(
  { connections, registry, clock }: {
    connections: Pick<Connections, "find">;
    registry: Pick<ProviderRegistry, "get">;
    clock: Clock;
  },
  { definition, name, isNew }: {
    definition: ProviderDefinition;
    name: string;
    /** The definition was made for this login. */
    isNew: boolean;
  },
  asked: Omit<AskedLogin, "now">,
): Promise<Connection | undefined> {
  const made = await connections.find(definition.name, name);
  if (!made || !serves(made, { ...asked, now: clock.now() })) return undefined;
  if (!isNew) return made;
  // The name may be that of another server's definition by now.
  const { oauth } = (await registry.get(definition.name)).definition;
  return oauth?.resource === definition.oauth?.resource ? made : undefined;
}

/** What a login is to make, and what was there when it began. */
interface AskedLogin {
  options: { resetClient?: boolean; clientId?: string; scopes?: string[] };
  isKey: boolean;
  existing: Connection | undefined;
  baseUrl: string | undefined;
  startedAt: number;
  now: number;
}

/** Whether a connection that came meanwhile is what this login is to make. */
export function serves(made: Connection, asked: AskedLogin): boolean {
  const { options, existing, baseUrl, startedAt, now } = asked;
  const { credential } = made;
  const isNewer = existing === undefined ||
    statusOf(existing, startedAt) !== "connected" ||
    // A refresh writes it too.
    made.loggedInAt !== existing.loggedInAt;
  if (!isNewer || made.revision === existing?.revision) return false;
  if (statusOf(made, now) !== "connected" || made.baseUrl !== baseUrl) {
    return false;
  }
  if (credential.type === "api_key") return asked.isKey;
  return !asked.isKey && !options.resetClient &&
    (options.clientId ?? credential.clientId) === credential.clientId &&
    (options.scopes ?? []).every((scope) =>
      credential.requestedScopes.includes(scope)
    );
}
