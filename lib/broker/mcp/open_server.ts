/** A remote MCP server as `authsome mcp` works with it: by the routes, policies and logins of everything else. @module */
import { serverUrls } from "../../import/mcp_server_entry.ts";
import type { Connection } from "../../connection/connection.ts";
import { vaultRoutes } from "../../fetch/vault_routes.ts";
import type { RemoteServer } from "../../mcp/bridge.ts";
import type { Login } from "../../mcp/login_gate.ts";
import { checkName } from "../../names.ts";
import { defined } from "../../object.ts";
import type { ReachOptions } from "../../ports/conversation.ts";
import { displayName } from "../../provider/display_name.ts";
import { decide } from "../../request/decide.ts";
import type { Broker } from "../broker.ts";
import { openFetch } from "../open_fetch.ts";
import { keepAnswer, keptAnswer } from "./kept_answers.ts";
import { isAddress, serverOf, serverUrl } from "./server_url.ts";

/** Which server, and how the person is told. */
export interface OpenServerOptions {
  /** Its address, or the name of a provider. */
  target: string;
  /** Default: the provider's default connection. */
  connection?: string;
  say(message: string): void;
  /** What the person must see to go on. */
  tell(message: string): void;
  warn(message: string): void;
  signal: AbortSignal;
}

/** Time between two looks for the connection, in milliseconds. */
const LOOK_MS = 200;
/** How long the last page of a login may take, in milliseconds. */
const FAREWELL_MS = 4000;

/**
 * Opens it; nothing is sent yet.
 *
 * @throws {AuthsomeError} `Usage` for an address that gets no token; `ProviderNotFound`; `OperationNotAllowed` for a
 * provider without a server; `StoreUnavailable`.
 */
export async function openServer(
  broker: Broker,
  options: OpenServerOptions,
): Promise<RemoteServer> {
  const { target, connection } = options;
  // What nothing works without fails here, and not at the first request.
  await broker.vault();
  if (connection !== undefined) checkName("connection", connection);
  if (isAddress(target)) {
    const url = serverUrl(target);
    return new McpServer(broker, options, url, url.host);
  }
  const { definition } = await broker.registry.get(target);
  const url = serverOf(definition);
  return new McpServer(broker, options, url, displayName(definition), target);
}

type Fetch = Broker["fetch"];

class McpServer implements RemoteServer, Login {
  readonly login: Login = this;
  /** The provider's name, once it is known. */
  #provider: string | undefined;
  /** By the version of the vault: who serves the address, and the fetch that sends its credential. */
  #routed: { version: number; fetch: Promise<Fetch> } | undefined;
  /** What the connection was when the last login began. */
  #before: string | undefined;

  constructor(
    private readonly broker: Broker,
    private readonly options: OpenServerOptions,
    readonly url: URL,
    readonly name: string,
    private readonly named?: string,
  ) {
    this.#provider = named;
  }

  readonly fetch: Fetch = async (input, init) => {
    if (this.#provider === undefined || !this.#routed) {
      const version = await this.broker.connections.version();
      if (this.#routed?.version !== version) {
        const fetch = this.#openFetch();
        this.#routed = { version, fetch };
        fetch.catch(() => this.#routed = undefined);
      }
    }
    return await (await this.#routed!.fetch)(input, init);
  };

  async isConnected(): Promise<boolean> {
    return await this.#connection() !== undefined;
  }

  async isDone(): Promise<boolean> {
    const now = await this.#look();
    return now !== undefined && now !== this.#before;
  }

  async refused(): Promise<void> {
    this.#before = await this.#look();
  }

  recall(revision: string) {
    return keptAnswer(this.broker, this.url, revision);
  }

  async keep(revision: string, result: Record<string, unknown>) {
    await keepAnswer(this.broker, this.url, revision, result);
  }

  async opensBrowser(): Promise<boolean> {
    const conversations = await this.broker.runtime.conversations?.(
      this.#reach(() => {}),
    );
    return conversations?.browser ?? false;
  }

  async start(
    shown: (url: string, userCode?: string) => void,
    more: readonly string[] = [],
  ): Promise<void> {
    const { broker, options: { connection, signal } } = this;
    const [{ logIn }, provider, found, look] = await Promise.all([
      import("../log_in.ts"),
      this.#toLogIn(),
      this.#connection(),
      this.#look(),
    ]);
    this.#before = look;
    const before = found?.credential;
    const over = new AbortController();
    const own = logIn(broker, {
      provider,
      ...defined({ connection }),
      ...before?.type === "oauth2" && more.length > 0
        ? {
          scopes: [
            ...new Set([
              ...before.requestedScopes,
              ...before.scopes,
              ...more,
            ]),
          ],
        }
        : {},
      // It does not work, or nobody would ask for a login.
      force: before !== undefined,
      reach: this.#reach(shown),
      signal: AbortSignal.any([signal, over.signal]),
    }).then((made) => void (this.#provider = made.provider));
    own.catch(() => {});
    try {
      await Promise.race([own, this.#appears(over.signal)]);
      // Its last page is still to be shown, if it is our own.
      const { sleep } = await import("../../login/sleep.ts");
      void Promise.race([own.catch(() => {}), sleep(FAREWELL_MS, over.signal)])
        .then(() => over.abort());
    } catch (error) {
      over.abort();
      throw error;
    } finally {
      this.#routed = undefined;
    }
  }

  /** Resolves when the connection is there, be it made by this login or by another process. */
  async #appears(over: AbortSignal): Promise<void> {
    const { sleep } = await import("../../login/sleep.ts");
    const { connections } = this.broker;
    let seen = -1;
    for (;;) {
      await sleep(LOOK_MS, over);
      try {
        const version = await connections.version();
        if (version !== seen && await this.isDone()) return;
        seen = version;
      } catch { /* The next look may succeed. */ }
    }
  }

  #reach(shown: (url: string, userCode?: string) => void): ReachOptions {
    const { say, tell } = this.options;
    return {
      interactive: false,
      say,
      tell,
      onUrl: ({ url, userCode }) => shown(url, userCode),
    };
  }

  /** What is logged in to: the provider that serves the address, or else the address. */
  async #toLogIn(): Promise<string> {
    const known = this.named ?? await this.#locate();
    if (known !== undefined) return known;
    const all = await this.broker.registry.list(() => {});
    const same = all.find(({ definition }) => isAt(definition, this.url));
    return same?.definition.name ?? this.url.href;
  }

  async #openFetch(): Promise<Fetch> {
    const provider = this.#provider = this.named ?? await this.#locate();
    const { connection, warn } = this.options;
    return await openFetch(this.broker, {
      warn,
      allowMinting: [],
      participation: provider === undefined ? { only: [] } : {
        only: [provider],
        connections: connection === undefined ? {} : { [provider]: connection },
      },
    });
  }

  /** Only to be compared: a login and a refresh change it, a mark in the record does not. */
  async #look(): Promise<string | undefined> {
    const connection = await this.#connection();
    if (connection?.references === undefined) {
      return connection && lookOf(connection);
    }
    // What stays in its manager may have been replaced there. A locked one says nothing new.
    const [live] = await Promise.allSettled([this.broker.refresh(connection)]);
    return live.status === "fulfilled" ? lookOf(live.value) : this.#before;
  }

  async #connection(): Promise<Connection | undefined> {
    const provider = this.named ?? await this.#locate();
    if (provider === undefined) return undefined;
    const { connections } = this.broker;
    const { connection } = this.options;
    return await connections.find(provider, connection);
  }

  /** The provider with a connection that serves the address. */
  async #locate(): Promise<string | undefined> {
    const { registry, connections, preferences } = this.broker;
    const names = new Set(
      (await connections.names()).map(({ provider }) => provider),
    );
    for (const name of names) {
      const found = await registry.find(name).catch(() => undefined);
      if (found && isAt(found.definition, this.url)) return name;
    }
    if (names.size === 0) return undefined;
    const table = await vaultRoutes({
      connections,
      registry,
      preferences,
      warn: () => {},
    })();
    const { host, hostname, port, pathname, search } = this.url;
    const verdict = decide(
      {
        scheme: "https",
        authority: { host: hostname, port: Number(port || 443) },
        head: {
          method: "POST",
          target: pathname + search,
          minor: 1,
          fields: [{ name: "host", value: host }],
          framing: { kind: "none" },
        },
      },
      table,
      { policy: "open" },
    );
    return verdict.kind === "inject" ? verdict.route.provider : undefined;
  }
}

function isAt(
  definition: Parameters<typeof serverUrls>[0],
  url: URL,
): boolean {
  return serverUrls(definition).includes(url.href.replace(/\/$/, ""));
}

function lookOf({ credential, references, loggedInAt }: Connection): string {
  const secrets = credential.type === "oauth2"
    ? [credential.accessToken]
    : Object.values(credential.fields);
  return JSON.stringify([
    loggedInAt,
    references,
    secrets.map((secret) => secret.reveal()),
  ]);
}
