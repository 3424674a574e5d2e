/** A fake authorization server that misbehaves as scripted. What the real one does is tested with the real one. @module */
import type { ProviderDefinition } from "../../../lib/provider/definition.ts";

/** A request as it came. */
export interface Seen {
  method: string;
  path: string;
  headers: Headers;
  body: string;
}

/** Answers one request. */
export type Script = (
  request: Seen,
  origin: string,
) => Response | Promise<Response>;

/** Runs `body` with a server that answers by path; anything else is 404. */
export async function withFakeServer(
  scripts: Record<string, Script>,
  body: (server: { origin: string; seen: Seen[] }) => Promise<void>,
): Promise<void> {
  const seen: Seen[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { pathname, origin } = new URL(request.url);
      const one = {
        method: request.method,
        path: pathname,
        headers: request.headers,
        body: await request.text(),
      };
      seen.push(one);
      return await scripts[pathname]?.(one, origin) ??
        new Response("not found", { status: 404 });
    },
  );
  try {
    await body({ origin: `http://127.0.0.1:${server.addr.port}`, seen });
  } finally {
    await server.shutdown();
  }
}

/** A definition for a server at `origin`. */
export function fakeDefinition(
  origin: string,
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
      authorization_url: `${origin}/authorize`,
      token_url: `${origin}/token`,
      scopes: ["read"],
      ...oauth,
    },
  };
}
