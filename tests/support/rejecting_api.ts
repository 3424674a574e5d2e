/**
 * `api.acme.com`, which knows the access tokens that `auth.acme.com` has issued until it forgets them, and a connection
 * `acme/default` to it.
 *
 * @module
 */
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import { Secret } from "../../lib/secret.ts";
import { withBroker } from "./connected.ts";
import { type Scenario, withScenario } from "./scenario.ts";

/** How the servers behave; a test changes it as it goes. */
export interface Acme {
  /** The tokens that the API takes. */
  live: Set<string>;
  /** Requests to the token endpoint. */
  tokenRequests: URLSearchParams[];
  /** Requests to the API: method and token. */
  asked: string[];
  /** Whether the API takes no token at all. */
  refusesAll: boolean;
  /** Whether the token endpoint is out of order. */
  down: boolean;
  /** Of the answer to a refused request. */
  challenge: string;
  status: number;
  /** Members of each token answer beside the tokens. */
  answer: Record<string, unknown>;
  /** Scopes of the last authorization. */
  authorized: string[];
}

export const ACME_URL = "https://api.acme.com/things";

/** The definition of such a provider. */
export function acmeDefinition(
  oauth: ProviderDefinition["oauth"] = {},
): ProviderDefinition {
  return {
    schema_version: 1,
    name: "acme",
    display_name: "Acme",
    auth_type: "oauth2",
    flow: "pkce",
    api_url: "api.acme.com",
    oauth: {
      authorization_url: "https://auth.acme.com/authorize",
      token_url: "https://auth.acme.com/token",
      scopes: ["read", "write"],
      ...oauth,
    },
    export: { env: { ACME_TOKEN: "access_token" } },
  };
}

/** Runs `body` on a machine with the connection, whose token is `at-0`, which the API has forgotten. */
export async function withAcme(
  body: (scenario: Scenario & { acme: Acme }) => Promise<void>,
  oauth?: ProviderDefinition["oauth"],
): Promise<void> {
  const acme: Acme = {
    live: new Set(),
    tokenRequests: [],
    asked: [],
    refusesAll: false,
    down: false,
    challenge: 'Bearer error="invalid_token"',
    status: 401,
    answer: {},
    authorized: [],
  };
  await withScenario(
    {},
    ["api.acme.com", "auth.acme.com"],
    (request) => answer(acme, request),
    async (scenario) => {
      await withBroker(scenario.home, async ({ registry, connections }) => {
        await registry.register(JSON.stringify(acmeDefinition(oauth)));
        await connections.saveClient({
          provider: "acme",
          revision: 0,
          clientId: "client",
        });
        await connections.save({
          provider: "acme",
          name: "default",
          revision: 0,
          credential: {
            type: "oauth2",
            accessToken: new Secret("at-0"),
            refreshToken: new Secret("rt-0"),
            scopes: ["read", "write"],
            requestedScopes: ["read", "write"],
            clientId: "client",
            captured: {},
          },
          state: "connected",
          createdAt: 1,
          updatedAt: 1,
        });
      });
      await body({ ...scenario, acme });
    },
  );
}

async function answer(acme: Acme, request: Request): Promise<Response> {
  const url = new URL(request.url);
  const text = await request.text();
  if (url.hostname === "api.acme.com") {
    const token = request.headers.get("authorization")?.slice(7) ?? "";
    acme.asked.push(`${request.method} ${token}`);
    return acme.live.has(token) && !acme.refusesAll
      ? new Response("fine")
      : new Response("refused", {
        status: acme.status,
        headers: { "www-authenticate": acme.challenge },
      });
  }
  if (url.pathname === "/authorize") {
    acme.authorized = (url.searchParams.get("scope") ?? "").split(" ");
    const to = new URL(url.searchParams.get("redirect_uri")!);
    to.searchParams.set("code", "code");
    to.searchParams.set("state", url.searchParams.get("state")!);
    return new Response(null, { status: 302, headers: { location: to.href } });
  }
  acme.tokenRequests.push(new URLSearchParams(text));
  if (acme.down) return new Response("down", { status: 503 });
  const token = `at-${acme.tokenRequests.length}`;
  acme.live.add(token);
  return Response.json({
    access_token: token,
    refresh_token: `rt-${acme.tokenRequests.length}`,
    token_type: "Bearer",
    ...acme.answer,
  });
}
