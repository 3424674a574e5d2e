/**
 * The certified `oidc-provider` on loopback: PKCE required, device flow, dynamic registration, revocation, refresh
 * tokens that rotate with reuse detection. Its pages are driven as a person would, with fetch and cookies.
 *
 * @module
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";
import type { ProviderDefinition } from "../../../lib/provider/definition.ts";

export const REDIRECT_URI = "http://127.0.0.1:7998/auth/callback/oauth";
/** The clients that are registered, by how they prove themselves. */
export const CLIENTS = {
  public: { clientId: "public" },
  basic: { clientId: "basic", clientSecret: "s:e+c%r/e=t ~-_." },
  post: { clientId: "post", clientSecret: "s:e+c%r/e=t ~-_." },
} as const;

/** A running server. */
export interface AuthorizationServer {
  readonly issuer: string;
  /** Requests to the token endpoint, in order. */
  readonly tokenRequests: { grantType: string; status: number }[];
  /** Called before a request to the token endpoint is answered. */
  beforeToken: () => Promise<void>;
  /** Called after it was processed, before its answer is sent. */
  afterToken: () => Promise<void>;
  /** A definition for it, to be changed by the test. */
  definition(over?: Partial<ProviderDefinition>): ProviderDefinition;
  /** Logs in and consents as a person would; returns the callback's parameters. */
  consent(url: URL): Promise<URLSearchParams>;
  /** Enters the device code as a person would. */
  approveDevice(verificationUriComplete: string): Promise<void>;
  /** Whether the server accepts the access token. */
  accepts(accessToken: string): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Starts a server. `rotate`: every refresh gives a new refresh token, and using an old one kills the grant; `clients` and
 * `features` are what the package has besides.
 */
export async function startAuthorizationServer(
  { rotate = true, accessTokenSeconds = 3600, clients = [], features = {} }: {
    rotate?: boolean;
    accessTokenSeconds?: number;
    clients?: Record<string, unknown>[];
    features?: Record<string, unknown>;
  } = {},
): Promise<AuthorizationServer> {
  const server = createServer();
  await new Promise<void>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve())
  );
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const grants = [
    "authorization_code",
    "refresh_token",
    "urn:ietf:params:oauth:grant-type:device_code",
  ];
  const common = {
    redirect_uris: [REDIRECT_URI],
    grant_types: grants,
    application_type: "native" as const,
  };
  const quiet = console.warn;
  // It warns about being a test server.
  console.warn = () => {};
  const provider = new Provider(issuer, {
    clients: [
      {
        ...common,
        client_id: CLIENTS.public.clientId,
        token_endpoint_auth_method: "none",
      },
      {
        ...common,
        client_id: CLIENTS.basic.clientId,
        client_secret: CLIENTS.basic.clientSecret,
        grant_types: [...grants, "client_credentials"],
        token_endpoint_auth_method: "client_secret_basic",
      },
      {
        ...common,
        client_id: CLIENTS.post.clientId,
        client_secret: CLIENTS.post.clientSecret,
        token_endpoint_auth_method: "client_secret_post",
      },
      ...clients.map((client) => ({ ...common, ...client })),
    ],
    pkce: { required: () => true },
    scopes: ["openid", "offline_access", "read", "write"],
    rotateRefreshToken: rotate,
    issueRefreshToken: (
      _ctx: unknown,
      client: { grantTypeAllowed(type: string): boolean },
      code: { scopes: Set<string> },
    ) =>
      Promise.resolve(
        client.grantTypeAllowed("refresh_token") &&
          code.scopes.has("offline_access"),
      ),
    ttl: {
      AccessToken: accessTokenSeconds,
      ClientCredentials: accessTokenSeconds,
      RefreshToken: 86_400,
      Grant: 86_400,
      Session: 3600,
      Interaction: 3600,
      DeviceCode: 600,
    },
    features: {
      devInteractions: { enabled: true },
      deviceFlow: { enabled: true },
      registration: { enabled: true },
      revocation: { enabled: true },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      ...features,
    },
  });
  console.warn = quiet;
  const running: AuthorizationServer = {
    issuer,
    tokenRequests: [],
    beforeToken: async () => {},
    afterToken: async () => {},
    definition: (over = {}) => ({
      schema_version: 1,
      name: "acme",
      display_name: "Acme",
      auth_type: "oauth2",
      flow: "pkce",
      api_url: "api.acme.com",
      oauth: {
        authorization_url: `${issuer}/auth`,
        token_url: `${issuer}/token`,
        revocation_url: `${issuer}/token/revocation`,
        device_authorization_url: `${issuer}/device/auth`,
        registration_endpoint: `${issuer}/reg`,
        scopes: ["openid", "read"],
        refresh_scopes: ["offline_access"],
        authorization_params: { prompt: "consent" },
      },
      ...over,
    }),
    consent: (url) => consent(url),
    approveDevice: (uri) => approveDevice(uri),
    accepts: async (accessToken) => {
      const { status } = await discarded(
        fetch(`${issuer}/me`, {
          headers: { authorization: `Bearer ${accessToken}` },
        }),
      );
      return status === 200;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  provider.use(async (ctx: TokenContext, next: () => Promise<void>) => {
    if (ctx.path !== "/token" || ctx.method !== "POST") return await next();
    await running.beforeToken();
    await next();
    const body = ctx.oidc?.params?.grant_type;
    running.tokenRequests.push({
      grantType: String(body),
      status: ctx.status,
    });
    await running.afterToken();
  });
  server.on("request", provider.callback());
  return running;
}

/** What is needed of the server's request context; the package has no types. */
interface TokenContext {
  path: string;
  method: string;
  status: number;
  oidc?: { params?: { grant_type?: string } };
}

/** A person's browser, as far as the pages of `oidc-provider` need one. */
export class Visitor {
  readonly #cookies = new Map<string, { path: string; value: string }>();

  constructor(private readonly send: typeof fetch = fetch) {}

  async visit(url: URL, init: RequestInit = {}): Promise<Response> {
    const cookie = [...this.#cookies.entries()]
      .filter(([, { path }]) => url.pathname.startsWith(path))
      .map(([key, { value }]) => `${key.split(" ")[0]}=${value}`).join("; ");
    const response = await this.send(url, {
      ...init,
      headers: { ...init.headers, cookie },
      redirect: "manual",
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      const path = /;\s*path=([^;]*)/i.exec(line)?.[1] ?? "/";
      const key = `${name} ${path}`;
      if (value === "") this.#cookies.delete(key);
      else this.#cookies.set(key, { path, value });
    }
    return response;
  }

  /** Follows redirects and submits each page's form until `done`. */
  async walk(
    start: URL,
    done: (url: URL, page: string | undefined) => boolean,
  ): Promise<URL> {
    let url = start;
    let response = await this.visit(url);
    for (let step = 0; step < 25; step++) {
      const location = response.headers.get("location");
      if (location) {
        await response.body?.cancel();
        url = new URL(location, url);
        if (done(url, undefined)) return url;
        response = await this.visit(url);
        continue;
      }
      const page = await response.text();
      if (done(url, page)) return url;
      const form = /<form[\s\S]*?<\/form>/i.exec(page)?.[0];
      if (!form) {
        throw new Error(`no form at ${url} (${response.status}): ${page}`);
      }
      const body = new URLSearchParams();
      for (const [input] of form.matchAll(/<(?:input|button)[^>]*>/gi)) {
        const name = /\bname="([^"]*)"/i.exec(input)?.[1];
        if (!name || name === "abort") continue;
        body.set(name, /\bvalue="([^"]*)"/i.exec(input)?.[1] ?? "");
      }
      if (body.has("login")) body.set("login", "alice");
      if (body.has("password")) body.set("password", "x");
      url = new URL(/\baction="([^"]*)"/i.exec(form)?.[1] ?? "", url);
      response = await this.visit(url, { method: "POST", body });
    }
    throw new Error("the pages never ended");
  }
}

async function consent(url: URL): Promise<URLSearchParams> {
  const end = await new Visitor().walk(
    url,
    (at) => at.href.startsWith(REDIRECT_URI),
  );
  return end.searchParams;
}

async function approveDevice(uri: string): Promise<void> {
  await new Visitor().walk(
    new URL(uri),
    (_at, page) => page !== undefined && /Sign-in Success/i.test(page),
  );
}

async function discarded(response: Promise<Response>): Promise<Response> {
  const done = await response;
  await done.body?.cancel();
  return done;
}
