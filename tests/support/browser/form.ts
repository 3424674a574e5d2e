/** A login session and the browser that talks to it, without a socket. */
import { loginApp } from "../../../lib/form/app.ts";
import { type Peer, UNKNOWN_PEER } from "../../../lib/form/peer.ts";
import { FormSession } from "../../../lib/form/session.ts";
import type {
  Provider,
  ProviderDefinition,
} from "../../../lib/provider/definition.ts";

export const ORIGIN = "http://127.0.0.1:7998";

/** An API key provider; `definition` replaces what matters to the test. */
export function keyProvider(
  definition: Partial<ProviderDefinition> = {},
): Provider {
  return {
    definition: {
      schema_version: 1,
      name: "acme",
      display_name: "Acme",
      auth_type: "api_key",
      flow: "api_key",
      api_url: "api.acme.test",
      api_key: {
        key_pattern: "^ak_[a-z0-9]{8}$",
        key_pattern_hint: "Starts with ak_.",
      },
      dashboard_url: "https://acme.test/keys",
      ...definition,
    },
    source: "bundled",
    warnings: [],
  };
}

/** An OAuth provider. */
export function oauthProvider(
  definition: Partial<ProviderDefinition> = {},
): Provider {
  return keyProvider({
    auth_type: "oauth2",
    flow: "pkce",
    api_key: undefined,
    oauth: {
      authorization_url: "https://acme.test/authorize",
      token_url: "https://acme.test/token",
      scopes: ["read", "write"],
    },
    ...definition,
  });
}

/** A session, its app, and a browser with a cookie jar. */
export function openForm(
  provider: Provider,
  connection = "default",
  peer: Peer = UNKNOWN_PEER,
) {
  let now = 1_000_000;
  const session = new FormSession({
    provider,
    connection,
    clock: { now: () => now },
  });
  const app = loginApp(session, ORIGIN, 50);
  return {
    session,
    app,
    wait: (ms: number) => now += ms,
    browser: browser(app, peer),
  };
}

/** What a browser sends along with a form of our own page. */
export const FORM_HEADERS = {
  host: "127.0.0.1:7998",
  origin: "null",
  "sec-fetch-site": "same-origin",
  "sec-fetch-mode": "navigate",
  "sec-fetch-dest": "document",
  "content-type": "application/x-www-form-urlencoded",
};

/** Another browser for the same app: no cookies yet. */
export function browser(
  app: ReturnType<typeof loginApp>,
  peer: Peer = UNKNOWN_PEER,
) {
  let cookie = "";
  async function send(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    if (cookie && !headers.has("cookie")) headers.set("cookie", cookie);
    const response = await app.request(
      ORIGIN + path,
      { ...init, headers },
      { peer },
    );
    cookie = response.headers.get("set-cookie")?.split(";")[0] ?? cookie;
    return response;
  }
  return {
    get: (path: string, headers: Record<string, string> = {}) =>
      send(path, { headers: { host: "127.0.0.1:7998", ...headers } }),
    post: (
      path: string,
      fields: Record<string, string>,
      headers: Record<string, string> = {},
    ) =>
      send(path, {
        method: "POST",
        headers: { ...FORM_HEADERS, ...headers },
        body: new URLSearchParams(fields).toString(),
      }),
  };
}

/** The value of the form's hidden token. */
export function tokenOf(html: string): string {
  return /name="token" value="([^"]+)"/.exec(html)?.[1] ?? "";
}
