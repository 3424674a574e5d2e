/** Finds the provider of a remote MCP server. @module */
import type { ProviderDefinition } from "../provider/definition.ts";

/** The provider whose resource (RFC 8707) is the server at `url`, or at another transport of the same server. */
export function providerOfServer(
  url: string,
  definitions: readonly ProviderDefinition[],
): string | undefined {
  return definitions.find((definition) =>
    serverUrls(definition).includes(url) ||
    serverUrls(definition).includes(url.replace(/\/$/, ""))
  )?.name;
}

/** Addresses under which people know a provider's server: its resource, and the same with `/sse` or `/mcp` at the end. */
export function serverUrls({ oauth }: ProviderDefinition): string[] {
  if (!oauth?.resource) return [];
  const resource = oauth.resource.replace(/\/$/, "");
  const base = resource.replace(/\/(sse|mcp)$/, "");
  return [...new Set([resource, base, `${base}/mcp`, `${base}/sse`])];
}
