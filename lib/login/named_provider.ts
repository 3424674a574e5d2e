/** The provider that a person names to `login`: by its name, or by the URL of a remote MCP server. @module */
import type { Connections } from "../connection/connections.ts";
import type { Fetch } from "../ports/net.ts";
import type { Provider } from "../provider/definition.ts";
import { displayName } from "../provider/display_name.ts";
import { AuthsomeError } from "../errors.ts";
import type { ProviderRegistry } from "../provider/registry.ts";
import { withoutOthers } from "./mcp/new_provider.ts";

/** The part of the registry that is needed here. */
export type NamedProviders = Pick<
  ProviderRegistry,
  "get" | "list" | "register" | "addPlace"
>;

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
): Promise<{ provider: Provider; isNew: boolean }> {
  const { registry, fetch } = broker;
  if (!/^https?:\/\//i.test(named)) {
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
  const made = await definitionForMcpServer(named, { fetch, signal });
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
      `authsome provider new <name> --oauth ${named}`,
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

function isSame(resource: string | undefined, url: string | undefined) {
  if (!resource || !url || !URL.canParse(resource) || !URL.canParse(url)) {
    return false;
  }
  const plain = (text: string) => new URL(text).href.replace(/\/$/, "");
  return plain(resource) === plain(url);
}
