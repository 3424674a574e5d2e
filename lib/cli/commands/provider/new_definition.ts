/** Makes a definition from a few facts, with OAuth endpoints discovered. @module */
import { quoteWord } from "../../../connection/hint.ts";
import { AuthsomeError } from "../../../errors.ts";
import type { Fetch } from "../../../ports/net.ts";
import { quoteUrl } from "../../../oauth/endpoint_destination.ts";
import type {
  OAuthDefinition,
  ProviderDefinition,
} from "../../../provider/definition.ts";
import type { OAuthContext } from "../../../oauth/http.ts";
import type { AuthorizationServer } from "../../../oauth/metadata.ts";
import { defined } from "../../../object.ts";
import { variableOf } from "../../../provider/variable_name.ts";

/** What a person said of the provider. */
export interface NewProvider {
  name: string;
  displayName?: string;
  /** Entries of `api_url`; for a resource that was discovered, its own if empty. */
  hosts: string[];
  header?: string;
  /** `none` for the raw key. */
  prefix?: string;
  env?: string;
  /** URL of a protected resource (RFC 9728) or an issuer (RFC 8414). */
  oauth?: string;
  scopes?: string[];
  dashboard?: string;
  /** Address that tells whose credential it is. */
  whoami?: string;
  /** Dotted path of the account's name in its response. */
  account?: string;
  allowPrivate?: boolean;
}

/**
 * The definition; it is checked when it is installed.
 *
 * @throws {AuthsomeError} `Usage` if a fact is missing; `EndpointUnreachable`, `AuthenticationFailed` if the OAuth
 * server cannot be discovered or trusted.
 */
export async function newDefinition(
  fetch: Fetch,
  given: NewProvider,
): Promise<ProviderDefinition> {
  const common = {
    schema_version: 1,
    name: given.name,
    display_name: given.displayName ?? displayNameOf(given.name),
  } as const;
  const wide = defined({ allow_private: given.allowPrivate || undefined });
  const { whoami: url, account } = given;
  const end = defined({
    whoami: url === undefined ? undefined : { url, ...defined({ account }) },
    dashboard_url: given.dashboard,
  });
  if (given.oauth !== undefined) {
    const { oauth, hosts } = await discover(fetch, given, given.oauth);
    return {
      ...common,
      auth_type: "oauth2",
      flow: oauth.registration_endpoint ? "dcr_pkce" : "pkce",
      api_url: single(hosts),
      ...wide,
      oauth,
      export: {
        env: { [variableOf(given.name, "ACCESS_TOKEN")]: "access_token" },
      },
      ...end,
    };
  }
  const variable = given.env ?? variableOf(given.name, "API_KEY");
  const standard = given.header === undefined ||
    given.header.toLowerCase() === "authorization";
  return {
    ...common,
    auth_type: "api_key",
    flow: "api_key",
    api_url: single(given.hosts),
    ...wide,
    api_key: {
      header_name: given.header ?? "Authorization",
      // Only Authorization has a word before the key by custom (RFC 9110 §11.4).
      header_prefix: given.prefix === "none"
        ? ""
        : given.prefix ?? (standard ? "Bearer" : ""),
      env_var: variable,
    },
    export: { env: { [variable]: "api_key" } },
    ...end,
  };
}

/** A name for people: `acme-notes` → `Acme Notes`. */
export function displayNameOf(name: string): string {
  return name.split(/[-_]+/).filter(Boolean)
    .map((word) => word[0]!.toUpperCase() + word.slice(1)).join(" ");
}

function single(entries: string[]): string | string[] {
  return entries.length === 1 ? entries[0]! : entries;
}

async function discover(
  fetch: Fetch,
  given: NewProvider,
  text: string,
): Promise<{ oauth: OAuthDefinition; hosts: string[] }> {
  try {
    return await discovered(fetch, given, text);
  } catch (error) {
    // The provider is not there yet.
    const { followable } = await import(
      "../../../login/mcp/followable_hint.ts"
    );
    throw await followable(
      error,
      (name) => Promise.resolve(name !== given.name),
      {
        url: text,
        command: `authsome provider new ${given.name} --oauth ${
          quoteWord(text)
        }`,
      },
    );
  }
}

async function discovered(
  fetch: Fetch,
  given: NewProvider,
  text: string,
): Promise<{ oauth: OAuthDefinition; hosts: string[] }> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const loopback = given.allowPrivate && url?.protocol === "http:" &&
    /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
  if (
    !url || (url.protocol !== "https:" && !loopback) || url.username ||
    url.password
  ) {
    throw new AuthsomeError(
      "Usage",
      `Cannot discover OAuth from ${quoteUrl(text)}: it is not an https URL`,
      `authsome provider new ${given.name} --oauth https://…`,
      { subject: { provider: given.name, field: "oauth" } },
    );
  }
  const { discover, identifierOf } = await import(
    "../../../oauth/discovery/discover.ts"
  );
  const context: OAuthContext = {
    definition: {
      schema_version: 1,
      name: given.name,
      display_name: given.name,
      auth_type: "oauth2",
      flow: "pkce",
      api_url: [],
    },
    fetch,
    allowPrivateHosts: given.allowPrivate,
  };
  const { server, resource } = await discover(context, url, {
    // It may be the issuer itself.
    own: [url.href, url.origin],
    hints: {
      distrusted:
        "Its operator has to correct it. Without it: authsome provider new --help",
    },
  });
  // What asks for a token is a resource, described or not.
  const identifier = resource.resource ??
    (resource.locked ? identifierOf(url) : undefined);
  if (identifier === undefined && given.hosts.length === 0) {
    throw new AuthsomeError(
      "Usage",
      `Cannot write a definition of ${given.name}: ${url.origin} says where to log in but not where the token goes, and --host is missing`,
      `authsome provider new ${given.name} --oauth ${url.origin}${url.pathname} --host api.example.com`,
      { subject: { provider: given.name, field: "host" } },
    );
  }
  return {
    oauth: oauthOf(
      {
        name: given.name,
        ...defined({ scopes: given.scopes ?? resource.scopes }),
      },
      server,
      identifier,
    ),
    hosts: given.hosts.length > 0 ? given.hosts : [placeOf(identifier!)],
  };
}

function oauthOf(
  { name, scopes }: Pick<NewProvider, "name" | "scopes">,
  server: AuthorizationServer,
  resource: string | undefined,
): OAuthDefinition {
  const { authorizationEndpoint, tokenEndpoint } = server;
  if (!authorizationEndpoint || !tokenEndpoint) {
    throw new AuthsomeError(
      "InvalidDefinition",
      `Cannot write a definition of ${name}: its authorization server names no ${
        authorizationEndpoint ? "token" : "authorization"
      } endpoint`,
      "Write the definition yourself: authsome register <file>",
      { subject: { provider: name } },
    );
  }
  const { codeChallengeMethods, tokenAuthMethods } = server;
  // A client that registers itself can keep no secret better than none.
  const methods = server.registrationEndpoint
    ? ["none", "client_secret_basic", "client_secret_post"] as const
    : ["client_secret_basic", "client_secret_post", "none"] as const;
  const {
    deviceAuthorizationEndpoint: device,
    registrationEndpoint: registration,
    revocationEndpoint: revocation,
  } = server;
  return {
    authorization_url: authorizationEndpoint.href,
    token_url: tokenEndpoint.href,
    ...defined({
      revocation_url: revocation?.href,
      revocation: revocation && { style: "rfc7009" as const },
      device_authorization_url: device?.href,
      supports_device_code: device && true,
      registration_endpoint: registration?.href,
      supports_dcr: registration && true,
      issuer: server.issuer,
      resource,
    }),
    scopes: scopes ?? [],
    // A server that says nothing may know it all the same (RFC 8414 §2), and one that does not ignores it.
    pkce: codeChallengeMethods?.includes("S256") ?? true,
    ...defined({
      token_auth_method: methods.find((method) =>
        tokenAuthMethods?.includes(method)
      ),
    }),
  };
}

/** The `api_url` of a resource: its host and path. */
function placeOf(resource: string): string {
  const { host, pathname } = new URL(resource);
  return host + pathname.replace(/\/+$/, "");
}
