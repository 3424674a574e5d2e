/** {@linkcode routedFetch} over a real vault and real TLS: the internet is one API on loopback. @module */
import { openRuntime } from "../../../lib/host/wiring.ts";
import { Broker } from "../../../lib/broker/broker.ts";
import { routedFetch } from "../../../lib/fetch/routed_fetch.ts";
import { vaultRoutes } from "../../../lib/fetch/vault_routes.ts";
import type { Control } from "../../../lib/request/control/control.ts";
import type { Fetch } from "../../../lib/ports/net.ts";
import type {
  Injection,
  ProviderDefinition,
} from "../../../lib/provider/definition.ts";
import { withHome } from "../home.ts";
import { type LocalApi, startLocalApi } from "../servers/local_api.ts";

/** What a test works with. */
export interface FetchScene {
  home: string;
  broker: Broker;
  api: LocalApi;
  fetch: Fetch;
  warnings: string[];
  /** The audit log so far. */
  audited(): Promise<Record<string, unknown>[]>;
}

/** Runs `body` with the user's `definitions`; `handler` is every one of `hosts`. */
export async function withFetch(
  { hosts, definitions = [], trusted = true, control, handler }: {
    hosts: readonly string[];
    definitions?: readonly ProviderDefinition[];
    /** Whether the API's certificate is trusted. Default: true. */
    trusted?: boolean;
    /** The person's rules. Default: none. */
    control?: Control;
    handler: (request: Request) => Response | Promise<Response>;
  },
  body: (scene: FetchScene) => Promise<void>,
): Promise<void> {
  await withHome(async (home) => {
    Deno.mkdirSync(`${home}/providers`);
    for (const definition of definitions) {
      Deno.writeTextFileSync(
        `${home}/providers/${definition.name}.json`,
        JSON.stringify(definition),
      );
    }
    const api = await startLocalApi(hosts, handler);
    const network = await networkOf(api, trusted);
    const broker = await Broker.open({
      ...(await openRuntime({ home })),
      fetch: network.fetch,
    }, { profile: "default" });
    const warnings: string[] = [];
    const { connections, registry, preferences, audit, profile } = broker;
    const context = {
      routes: vaultRoutes({
        connections,
        registry,
        preferences,
        warn: (message) => warnings.push(message),
      }),
      ...control && { control },
      credentials: await broker.credentialSource(),
      fetch: network.fetch,
      audit,
      profile,
    };
    try {
      await body({
        home,
        broker,
        api,
        warnings,
        fetch: (input, init) => routedFetch(context, input, init),
        async audited() {
          await audit.flush();
          return Deno.readTextFileSync(`${home}/audit.log`).trimEnd()
            .split("\n").map((line) => JSON.parse(line));
        },
      });
    } finally {
      await broker.close();
      await network.close();
      await api.close();
    }
  });
}

/** What this machine reaches: itself, and everything else through the API's proxy. */
async function networkOf(
  api: LocalApi,
  trusted: boolean,
): Promise<{ fetch: Fetch; close(): void | Promise<void> }> {
  const caCerts = trusted ? [api.caPem] : [];
  if ("createHttpClient" in Deno) {
    const client = Deno.createHttpClient({
      caCerts,
      proxy: { url: api.proxyUrl },
    });
    return {
      fetch: (input, init) =>
        isHere(input)
          ? fetch(input, init)
          : fetch(input, { ...init, client } as RequestInit),
      close: () => client.close(),
    };
  }
  const { fetch: send, ProxyAgent } = await import("undici");
  const dispatcher = new ProxyAgent({
    uri: api.proxyUrl,
    requestTls: { ca: caCerts },
  });
  return {
    fetch: (input, init) =>
      isHere(input) ? fetch(input, init) : (send as unknown as Fetch)(input, {
        ...init,
        dispatcher,
      } as RequestInit),
    close: () => dispatcher.destroy(),
  };
}

function isHere(input: Request | URL | string): boolean {
  const { hostname } = new URL(input instanceof Request ? input.url : input);
  return hostname === "127.0.0.1";
}

/** The definition of an API key provider. */
export function keyDefinition(
  name: string,
  api_url: string,
  inject?: Injection[],
): ProviderDefinition {
  return {
    schema_version: 1,
    name,
    display_name: name,
    auth_type: "api_key",
    flow: "api_key",
    api_url,
    api_key: inject ? { inject } : {},
  };
}
