/** Servers of the TypeScript SDK on one origin, with the SDK's own authorization server. @module */
import { randomBytes } from "node:crypto";
import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { HOST, type RealServer } from "./real_server.ts";

// Its types are not found by the type checker of Deno.
const { InvalidTokenError } = await import(
  "@modelcontextprotocol/sdk/server/auth/errors.js"
);
const { requireBearerAuth } = await import(
  "@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js"
);
const { createOAuthMetadata, mcpAuthMetadataRouter, mcpAuthRouter } =
  await import("@modelcontextprotocol/sdk/server/auth/router.js");
const { McpServer } = await import("@modelcontextprotocol/sdk/server/mcp.js");
const { SSEServerTransport } = await import(
  "@modelcontextprotocol/sdk/server/sse.js"
);
const { StreamableHTTPServerTransport } = await import(
  "@modelcontextprotocol/sdk/server/streamableHttp.js"
);

/** One server of the origin. */
export interface Served {
  transport: "http" | "sse";
  /** `/mcp`, `/sse`. */
  path: string;
  /** Where an event stream takes messages. */
  messages?: string;
  /** The resource that the metadata names, below the origin. Absent: no metadata of its own. */
  resource?: string;
  /** What the stream names instead of `messages`; then nothing else works. */
  names?: string;
  /** What the tool `echo` answers. Default: `hello`. */
  says?: string;
}

const ORIGIN = `https://${HOST}`;
const SCOPES = ["tools:use"];

/** Starts them. The first access token of a login is said to live for one second, others for an hour. */
export async function startTypeScriptServers(
  ...served: Served[]
): Promise<RealServer> {
  const log: string[] = [];
  const provider = authorizationServer(log);
  const app = express();
  const issuerUrl = new URL(ORIGIN);
  app.use(mcpAuthRouter({
    provider,
    issuerUrl,
    // The SDK serves the metadata of one resource; where it is not wanted, it is hidden below.
    resourceServerUrl: new URL(served[0]!.resource ?? "/", ORIGIN),
    scopesSupported: SCOPES,
  }));
  for (const { resource } of served.slice(1)) {
    if (resource === undefined) continue;
    app.use(mcpAuthMetadataRouter({
      oauthMetadata: createOAuthMetadata({ provider, issuerUrl }),
      resourceServerUrl: new URL(resource, ORIGIN),
      scopesSupported: SCOPES,
    }));
  }
  for (const each of served) serve(app, provider, each);
  const hides = served[0]!.resource === undefined;
  const http = createServer((request, response) => {
    if (hides && request.url!.includes("/oauth-protected-resource")) {
      return response.writeHead(404).end();
    }
    app(request, response);
  });
  await new Promise<void>((ready) =>
    http.listen(0, "127.0.0.1", () => ready())
  );
  return {
    port: (http.address() as AddressInfo).port,
    log,
    async close() {
      http.closeAllConnections();
      await new Promise<void>((closed) => void http.close(() => closed()));
    },
  };
}

type Handle = (
  request: IncomingMessage,
  response: ServerResponse,
) => Promise<void>;

/** A transport of the SDK, of either kind. */
interface Session {
  handleRequest?: Handle;
  handlePostMessage?: Handle;
}

/** Puts a server on the origin. */
function serve(
  // The package has no types.
  // deno-lint-ignore no-explicit-any
  app: any,
  verifier: unknown,
  { transport, path, messages = "/messages", resource, says = "hello", names }:
    Served,
): void {
  const guard = requireBearerAuth({
    verifier,
    requiredScopes: SCOPES,
    ...resource === undefined ? {} : {
      expectedResource: new URL(resource, ORIGIN).href,
      resourceMetadataUrl: new URL(
        `/.well-known/oauth-protected-resource${
          resource === "/" ? "" : resource
        }`,
        ORIGIN,
      ).href,
    },
  });
  if (transport === "http") {
    const sessions = new Map<string, Session>();
    app.all(
      path,
      guard,
      async (request: IncomingMessage, response: ServerResponse) => {
        let session = sessions.get(String(request.headers["mcp-session-id"]));
        if (!session && request.method !== "POST") {
          return void response.writeHead(405).end();
        }
        if (!session) {
          session = new StreamableHTTPServerTransport({
            sessionIdGenerator: () => randomBytes(12).toString("hex"),
            onsessioninitialized: (id: string) =>
              void sessions.set(id, session!),
          });
          // deno-lint-ignore no-explicit-any
          await tools(says).connect(session as any);
        }
        await session!.handleRequest!(request, response);
      },
    );
    return;
  }
  if (names !== undefined) {
    app.get(
      path,
      guard,
      (_request: IncomingMessage, response: ServerResponse) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(`event: endpoint\ndata: ${names}\n\n`);
      },
    );
    return;
  }
  const streams = new Map<string, Session>();
  app.get(
    path,
    guard,
    async (_request: IncomingMessage, response: ServerResponse) => {
      const stream = new SSEServerTransport(messages, response);
      streams.set(stream.sessionId, stream);
      await tools(says).connect(stream);
    },
  );
  app.post(
    messages,
    guard,
    async (request: IncomingMessage, response: ServerResponse) => {
      const id = new URL(request.url!, ORIGIN).searchParams.get("sessionId");
      const stream = streams.get(id ?? "");
      if (!stream) return void response.writeHead(404).end();
      await stream.handlePostMessage!(request, response);
    },
  );
}

function tools(says: string) {
  const server = new McpServer({ name: "acme", version: "1" });
  server.registerTool("echo", {}, () => ({
    content: [{ type: "text", text: says }],
  }));
  return server;
}

/** An authorization server that consents to everything. */
function authorizationServer(log: string[]) {
  interface Registered {
    client_id: string;
  }
  interface Grant {
    client: string;
    scopes: string[];
    resource?: URL;
    challenge?: string;
  }
  const clients = new Map<string, Registered>();
  const [codes, access, refresh] = [0, 0, 0].map(() =>
    new Map<string, Grant>()
  );
  const random = () => randomBytes(18).toString("hex");
  const issue = (grant: Grant, life: number) => {
    const tokens = { access: random(), refresh: random() };
    access!.set(tokens.access, grant);
    refresh!.set(tokens.refresh, grant);
    return {
      access_token: tokens.access,
      refresh_token: tokens.refresh,
      token_type: "Bearer",
      expires_in: life,
      scope: grant.scopes.join(" "),
    };
  };
  const take = (grants: Map<string, Grant> | undefined, key: string): Grant => {
    const grant = grants!.get(key);
    if (!grant) throw new Error("it is not known");
    grants!.delete(key);
    return grant;
  };
  return {
    clientsStore: {
      getClient: (id: string) => clients.get(id),
      registerClient: (client: Registered) => {
        clients.set(client.client_id, client);
        log.push("registered");
        return client;
      },
    },
    authorize(
      client: Registered,
      { state, scopes = [], codeChallenge, redirectUri, resource }: {
        state?: string;
        scopes?: string[];
        codeChallenge: string;
        redirectUri: string;
        resource?: URL;
      },
      response: { redirect(to: string): void },
    ) {
      const code = random();
      codes!.set(code, {
        client: client.client_id,
        scopes: scopes.length > 0 ? scopes : SCOPES,
        challenge: codeChallenge,
        resource,
      });
      const to = new URL(redirectUri);
      to.searchParams.set("code", code);
      if (state !== undefined) to.searchParams.set("state", state);
      response.redirect(to.href);
      return Promise.resolve();
    },
    challengeForAuthorizationCode: (_client: unknown, code: string) =>
      Promise.resolve(codes!.get(code)?.challenge ?? ""),
    exchangeAuthorizationCode(
      _client: unknown,
      code: string,
      _verifier: unknown,
      _redirect: unknown,
      resource?: URL,
    ) {
      log.push(`exchanged ${resource?.href}`);
      return Promise.resolve(issue(take(codes, code), 1));
    },
    exchangeRefreshToken(_client: unknown, token: string) {
      log.push("refreshed");
      return Promise.resolve(issue(take(refresh, token), 3600));
    },
    verifyAccessToken(token: string) {
      const grant = access!.get(token);
      if (!grant) return Promise.reject(new InvalidTokenError("unknown"));
      return Promise.resolve({
        token,
        clientId: grant.client,
        scopes: grant.scopes,
        resource: grant.resource,
        expiresAt: Date.now() / 1000 + 3600,
      });
    },
    revokeToken(_client: unknown, { token }: { token: string }) {
      if (access!.delete(token) || refresh!.delete(token)) log.push("revoked");
      return Promise.resolve();
    },
  };
}
