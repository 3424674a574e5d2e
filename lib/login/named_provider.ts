/** The provider that a person names to `login`: by its name, or by the URL of a remote MCP server. @module */
import { quoteWord } from "../connection/hint.ts";
import type { Fetch } from "../ports/net.ts";
import type { Provider } from "../provider/definition.ts";
import { displayName } from "../provider/display_name.ts";
import { AuthsomeError } from "../errors.ts";
import type { ProviderRegistry } from "../provider/registry.ts";

/** The part of the registry that is needed here. */
export type NamedProviders = Pick<
  ProviderRegistry,
  "get" | "list" | "register"
>;

/**
 * Finds the provider. For a URL that no definition knows, one is made by discovery; it is not installed yet (`isNew`).
 *
 * @throws {AuthsomeError} `ProviderNotFound`; for a URL what `definitionForMcpServer` throws, and `ProviderExists` if
 * the name that it would get is another provider's.
 */
export async function namedProvider(
  broker: { registry: NamedProviders; fetch: Fetch },
  named: string,
  signal: AbortSignal,
): Promise<{ provider: Provider; isNew: boolean }> {
  const { registry, fetch } = broker;
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
    provider: { definition, source: "custom", warnings },
    isNew: true,
  };
}

/** What a person should see before they trust a server without a definition. */
export function introduction({ definition }: Provider): string {
  const { name, oauth } = definition;
  return `New provider "${name}": tokens come from ${oauth?.issuer} and are sent to ${
    [definition.api_url].flat().join(", ")
  } only.`;
}

const NAMING =
  /\bauthsome (login|inspect|get|logout|revoke|remove|override|export) ([a-z0-9][a-z0-9_-]*)(?=$|[\s,;.)])/;

/**
 * `error` with a hint that can be followed: one that names a provider which is not there names what `instead` says, a
 * command that was typed (`login`) or where the server is.
 *
 * @param isThere whether there is a provider of that name.
 */
export async function followable(
  error: unknown,
  isThere: (name: string) => Promise<boolean>,
  instead: { url: string; command: string },
): Promise<unknown> {
  if (!(error instanceof AuthsomeError)) return error;
  const [named, command, name = ""] = NAMING.exec(error.hint) ?? [];
  if (named === undefined || await isThere(name)) return error;
  const hint = command === "login"
    ? error.hint.replaceAll(named, instead.command)
    : `Tell who runs ${
      new URL(instead.url).host
    }; then again: ${instead.command}`;
  return Object.assign(error, { hint });
}

/** {@linkcode followable} for a login to `named`, if that is a URL. */
export async function followableLogin(
  error: unknown,
  named: string,
  registry: Pick<NamedProviders, "get">,
): Promise<unknown> {
  if (!isUrl(named) || !URL.canParse(named)) return error;
  return await followable(
    error,
    (name) => registry.get(name).then(() => true, () => false),
    { url: named, command: `authsome login ${quoteWord(named)}` },
  );
}

function isUrl(named: string): boolean {
  return /^https?:\/\//i.test(named);
}

function isSame(resource: string | undefined, url: string | undefined) {
  if (!resource || !url || !URL.canParse(resource) || !URL.canParse(url)) {
    return false;
  }
  const plain = (text: string) => new URL(text).href.replace(/\/$/, "");
  return plain(resource) === plain(url);
}
