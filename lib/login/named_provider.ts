/** The provider that a person names to `login`: by its name, or by the URL of a remote MCP server. @module */
import type { Connections } from "../connection/connections.ts";
import type { Fetch } from "../ports/net.ts";
import type { Provider, ProviderDefinition } from "../provider/definition.ts";
import { displayName } from "../provider/display_name.ts";
import { AuthsomeError } from "../errors.ts";
import type { ProviderRegistry } from "../provider/registry.ts";
import { withoutOthers } from "./mcp/new_provider.ts";

/** How long the authorization server of a known provider is asked for, in milliseconds. */
const SAME_SERVER_TIMEOUT_MS = 5_000;

/** The part of the registry that is needed here. */
export type NamedProviders = Pick<
  ProviderRegistry,
  "get" | "list" | "register" | "addPlace"
>;

/** A provider, and whether its definition is to be installed once the login has succeeded. */
export interface NamedProvider {
  provider: Provider;
  /** It was made for this login. */
  isNew: boolean;
  /** It is there, and its server has moved since. */
  hasMoved?: boolean;
}

/**
 * Finds the provider. For a URL that no definition knows, one is made by discovery; it is not installed yet (`isNew`).
 *
 * @throws {AuthsomeError} `ProviderNotFound`; for a URL what `definitionForMcpServer` throws, and `ProviderExists` if
 * the name that it would get is another provider's.
 */
export async function namedProvider(
  broker: {
    registry: NamedProviders;
    fetch: Fetch;
    connections: Pick<Connections, "names" | "clientProviders">;
  },
  named: string,
  signal: AbortSignal,
): Promise<NamedProvider> {
  const { registry, fetch, connections } = broker;
  if (!isUrl(named)) {
    return { provider: await registry.get(named), isNew: false };
  }
  const known = await registry.list(() => {});
  const same = known.find(({ definition }) =>
    isSame(definition.oauth?.resource, named)
  );
  if (same) return { provider: same, isNew: false };
  const [{ definitionForMcpServer }, { parseDefinition }] = await Promise.all([
    import("../oauth/mcp_server.ts"),
    import("../provider/reading/parse.ts"),
  ]);
  const made = await definitionForMcpServer(named, {
    fetch,
    signal,
    preferred: () => knownIssuers(known, connections),
  });
  const { definition, warnings } = parseDefinition(JSON.stringify(made), {
    file: `the definition of ${made.name}`,
  });
  const { name } = definition;
  const taken = known.find((provider) => provider.definition.name === name);
  if (taken && isSame(taken.definition.oauth?.resource, made.oauth?.resource)) {
    return { provider: taken, isNew: false };
  }
  if (taken) {
    throw new AuthsomeError(
      "ProviderExists",
      `Cannot log in to ${
        displayName(made)
      }: the name "${name}" is another provider's`,
      // A query may hold a secret.
      `authsome provider new <name> --oauth ${named.replace(/[?#].*$/s, "")}`,
      { subject: { provider: name } },
    );
  }
  return {
    provider: {
      definition: await withoutOthers(broker, definition),
      source: "custom",
      warnings,
    },
    isNew: true,
  };
}

/** The issuers that a client or an account is stored for. */
async function knownIssuers(
  providers: readonly Provider[],
  connections: Pick<Connections, "names" | "clientProviders">,
): Promise<string[]> {
  const connected = await connections.names();
  const names = new Set([
    ...connected.map(({ provider }) => provider),
    ...await connections.clientProviders(),
  ]);
  return providers.map(({ definition }) => definition)
    .filter(({ name }) => names.has(name))
    .flatMap(({ oauth }) => oauth?.issuer ?? []);
}

/**
 * The provider with the authorization server that it names today (`hasMoved`), where a login by URL made its definition:
 * it is asked once more who issues its tokens.
 */
export async function movedProvider(
  named: NamedProvider,
  fetch: Fetch,
  signal: AbortSignal,
): Promise<NamedProvider> {
  const { provider, isNew } = named;
  const { definition, source } = provider;
  const { issuer, resource } = definition.oauth ?? {};
  const isMade = source === "custom" && definition.category === "mcp" &&
    !isNew && issuer !== undefined && resource !== undefined;
  const found = isMade
    ? await movedTo(definition, issuer, fetch, signal)
    : undefined;
  if (found?.name !== definition.name || !found.oauth) return named;
  const {
    authorization_url: _a,
    token_url: _t,
    registration_endpoint: _r,
    revocation_url: _v,
    supports_dcr: _s,
    refresh_scopes: _f,
    ...kept
  } = definition.oauth!;
  const { scopes: _, ...moved } = found.oauth;
  return {
    provider: {
      ...provider,
      definition: {
        ...definition,
        flow: found.flow,
        oauth: { ...kept, ...moved },
      },
    },
    isNew: false,
    hasMoved: true,
  };
}

/**
 * The definition as it would be made now, if the resource no longer names `issuer` among its authorization servers. One
 * that is named and cannot be reached for the moment has not moved.
 */
async function movedTo(
  definition: ProviderDefinition,
  issuer: string,
  fetch: Fetch,
  signal: AbortSignal,
): Promise<ProviderDefinition | undefined> {
  const late = AbortSignal.timeout(SAME_SERVER_TIMEOUT_MS);
  const ports = { fetch, signal: AbortSignal.any([signal, late]) };
  const [{ discoverResource }, { Search }, { definitionForMcpServer }] =
    await Promise.all([
      import("../oauth/discovery/resource.ts"),
      import("../oauth/discovery/search.ts"),
      import("../oauth/mcp_server.ts"),
    ]);
  const plain = (text: string) => text.replace(/\/$/, "");
  try {
    // The first place is that of the server itself; the resource may be wider.
    const url = new URL(`https://${[definition.api_url].flat()[0]}`);
    const search = new Search({ definition, ...ports });
    const { authorizationServers: named } = await discoverResource(search, url);
    const isThere = named.length === 0 ||
      named.some((each) => plain(each) === plain(issuer));
    return isThere ? undefined : await definitionForMcpServer(url.href, ports);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof AuthsomeError) && !late.aborted) throw error;
    return undefined;
  }
}

/** Whether that is how `login` is given a server. */
export function isUrl(named: string): boolean {
  return /^https?:\/\//i.test(named);
}

function isSame(resource: string | undefined, url: string | undefined) {
  if (!resource || !url || !URL.canParse(resource) || !URL.canParse(url)) {
    return false;
  }
  const [known, named] = [new URL(resource), new URL(url)];
  if (known.search === "") named.search = "";
  const plain = ({ href }: URL) => href.replace(/\/$/, "");
  return plain(known) === plain(named);
}
