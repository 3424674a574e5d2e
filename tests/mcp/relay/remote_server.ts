/**
 * A remote MCP server of the SDK at `mcp.relay-tools.com`, behind a small authorization server of its own that the test
 * controls: it can forget its tokens and its sessions, be away, and cut its streams.
 *
 * @module
 */
import {
  type LocalApi,
  startLocalApi,
} from "../../support/servers/local_api.ts";

const { Server } = await import("@modelcontextprotocol/sdk/server/index.js");
const types = await import("@modelcontextprotocol/sdk/types.js");
const { WebStandardStreamableHTTPServerTransport } = await import(
  "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js"
);
const { InMemoryTransport } = await import(
  "@modelcontextprotocol/sdk/inMemory.js"
);

const HOST = "mcp.relay-tools.com";
const ORIGIN = `https://${HOST}`;
/** Streamable HTTP. */
export const URL_HTTP = `${ORIGIN}/mcp`;
/** The older event stream; its messages go to a path below it. */
export const URL_EVENTS = `${ORIGIN}/sse`;
/** Served to anybody. */
export const URL_OPEN = `${ORIGIN}/open`;

/** What a client says to have `hi` echoed. */
export const ECHO: string = [
  {
    id: 1,
    method: "initialize",
    params: {
      protocolVersion: "2025-06-18",
      capabilities: {},
      clientInfo: { name: "t", version: "1" },
    },
  },
  { method: "notifications/initialized" },
  {
    id: 2,
    method: "tools/call",
    params: { name: "echo", arguments: { text: "hi" } },
  },
].map((message) => `${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`)
  .join("");

/** A running server and what the test may do to it. */
export interface RemoteServer {
  readonly api: LocalApi;
  /** Seconds that an access token is good for; `undefined`: it does not say. */
  ttl: number | undefined;
  /** A call of a tool needs this scope. */
  scope: string | undefined;
  /** Scopes that logins asked for, in order. */
  readonly scopes: string[];
  /** Whether every request to the server is answered with 503. */
  away: boolean;
  /** Names of the tools that were called, in order. */
  readonly calls: string[];
  /** Methods that arrived, in order. */
  readonly methods: string[];
  /** Requests to the token endpoint by grant, and registrations. */
  readonly grants: string[];
  registrations: number;
  /** Access tokens of requests to the server, in order. */
  readonly bearers: string[];
  /** What `roots/list`, sampling and elicitation of the client answered. */
  readonly answers: unknown[];
  /** Whether `slow` was cancelled. */
  readonly cancelled: Promise<void>;
  /** Takes a key as it takes an access token. */
  accept(key: string): void;
  /** Access tokens are not known any more; refresh tokens are. */
  forgetTokens(): void;
  /** No token is known any more. */
  forgetLogins(): void;
  /** The sessions are forgotten and their streams cut, as at a restart. */
  restart(): Promise<void>;
  /** Sends `notifications/tools/list_changed` to each session. */
  announce(): Promise<void>;
  /** Requests that wait in `slow` go on. */
  release(): void;
  close(): Promise<void>;
}

/** Starts it. */
export async function startRemoteServer(): Promise<RemoteServer> {
  const access = new Set<string>();
  const refresh = new Set<string>();
  const codes = new Map<string, string>();
  // deno-lint-ignore no-explicit-any
  const sessions = new Map<string, { server: any; transport: any }>();
  const cancelled = Promise.withResolvers<void>();
  let released = Promise.withResolvers<void>();

  const world: RemoteServer = {
    api: undefined as unknown as LocalApi,
    ttl: 3600,
    scope: undefined,
    scopes: [],
    away: false,
    calls: [],
    methods: [],
    grants: [],
    registrations: 0,
    bearers: [],
    answers: [],
    cancelled: cancelled.promise,
    accept: (key) => void access.add(key),
    forgetTokens: () => access.clear(),
    forgetLogins() {
      access.clear();
      refresh.clear();
    },
    async restart() {
      const old = [...sessions.values()];
      sessions.clear();
      for (const { server } of old) await server.close();
    },
    async announce() {
      for (const { server } of sessions.values()) {
        await server.sendToolListChanged();
      }
    },
    release() {
      released.resolve();
      released = Promise.withResolvers<void>();
    },
    async close() {
      await this.restart();
      await this.api.close();
    },
  };

  // deno-lint-ignore no-explicit-any
  type Tool = (args: any, extra: any, server: any) => Promise<string> | string;
  const READS = { readOnlyHint: true };
  const TOOLS: Record<string, { work: Tool; annotations?: object }> = {
    echo: { work: ({ text }) => `echo ${text}` },
    read_item: { work: ({ text }) => `item ${text}`, annotations: READS },
    delete_item: { work: () => "deleted" },
    slow: { work: (_args, { signal }) => wait(signal) },
    slow_read: {
      work: (_args, { signal }) => wait(signal),
      annotations: READS,
    },
    ask_client: {
      async work(_args, _extra, server) {
        world.answers.push(
          await server.createMessage({
            messages: [{ role: "user", content: { type: "text", text: "hi" } }],
            maxTokens: 5,
          }),
          await server.elicitInput({
            message: "Which?",
            requestedSchema: {
              type: "object",
              properties: { name: { type: "string" } },
            },
          }),
          await server.listRoots(),
        );
        return "asked";
      },
    },
    progress: {
      async work({ text }, { _meta, sendNotification, signal }) {
        for (const progress of [1, 2]) {
          await sendNotification({
            method: "notifications/progress",
            params: { progressToken: _meta.progressToken, progress, total: 2 },
          });
        }
        // The SDK's client forgets a progress that comes in one piece with the result.
        if (text === "wait") await wait(signal);
        return "done";
      },
    },
  };

  async function wait(signal: AbortSignal): Promise<string> {
    const stopped = new Promise<void>((resolve) =>
      signal.addEventListener("abort", () => {
        cancelled.resolve();
        resolve();
      })
    );
    await Promise.race([released.promise, stopped]);
    return "waited";
  }

  function newServer() {
    const server = new Server({ name: "relay-tools", version: "7" }, {
      instructions: "Use echo.",
      capabilities: {
        logging: {},
        tools: { listChanged: true },
        resources: { subscribe: true },
      },
    });
    server.setRequestHandler(types.ListToolsRequestSchema, () => ({
      tools: Object.entries(TOOLS).map(([name, { annotations }]) => ({
        name,
        annotations,
        inputSchema: { type: "object" },
      })),
    }));
    server.setRequestHandler(
      types.CallToolRequestSchema,
      // deno-lint-ignore no-explicit-any
      async ({ params }: any, extra: unknown) => {
        const { name, arguments: args = {} } = params;
        world.calls.push(name);
        const text = await TOOLS[name]!.work(args, extra, server);
        return { content: [{ type: "text", text }] };
      },
    );
    server.setRequestHandler(
      types.ReadResourceRequestSchema,
      // deno-lint-ignore no-explicit-any
      ({ params: { uri } }: any) => {
        if (uri !== "note://one") {
          throw new types.McpError(-32602, "no such note");
        }
        return { contents: [{ uri, text: "a note" }] };
      },
    );
    server.setRequestHandler(types.SubscribeRequestSchema, () => ({}));
    // deno-lint-ignore no-explicit-any
    server.fallbackRequestHandler = ({ method, params }: any) =>
      method.startsWith("vendor/")
        ? Promise.resolve({ unknown: method, params })
        : Promise.reject(new types.McpError(-32601, "Method not found"));
    return server;
  }

  function issue(): Response {
    const [at, rt] = [`at-${crypto.randomUUID()}`, `rt-${crypto.randomUUID()}`];
    access.add(at);
    refresh.add(rt);
    return Response.json({
      access_token: at,
      refresh_token: rt,
      token_type: "Bearer",
      ...world.ttl === undefined ? {} : { expires_in: world.ttl },
    });
  }

  async function authorize(
    request: Request,
    { pathname, searchParams }: URL,
  ): Promise<Response | undefined> {
    const [, path] = /^\/\.well-known\/oauth-protected-resource(\/.*)$/
      .exec(pathname) ?? [];
    if (path) {
      return Response.json({
        resource: `${ORIGIN}${path}`,
        authorization_servers: [ORIGIN],
      });
    }
    if (pathname === "/.well-known/oauth-authorization-server") {
      return Response.json({
        issuer: ORIGIN,
        authorization_endpoint: `${ORIGIN}/authorize`,
        token_endpoint: `${ORIGIN}/token`,
        registration_endpoint: `${ORIGIN}/register`,
        code_challenge_methods_supported: ["S256"],
        response_types_supported: ["code"],
        token_endpoint_auth_methods_supported: ["none"],
      });
    }
    if (pathname === "/register") {
      world.registrations++;
      const asked = await request.json();
      return Response.json({ ...asked, client_id: "relay-client" }, {
        status: 201,
      });
    }
    if (pathname === "/authorize") {
      world.scopes.push(searchParams.get("scope") ?? "");
      const code = crypto.randomUUID();
      codes.set(code, searchParams.get("redirect_uri")!);
      const to = new URL(searchParams.get("redirect_uri")!);
      to.searchParams.set("code", code);
      to.searchParams.set("state", searchParams.get("state") ?? "");
      return new Response(null, {
        status: 302,
        headers: { location: to.href },
      });
    }
    if (pathname === "/token") {
      const form = new URLSearchParams(await request.text());
      const grant = form.get("grant_type")!;
      world.grants.push(grant);
      const known = grant === "refresh_token"
        ? refresh.delete(form.get("refresh_token")!)
        : codes.delete(form.get("code")!);
      return known
        ? issue()
        : Response.json({ error: "invalid_grant" }, { status: 400 });
    }
    return undefined;
  }

  async function serveHttp(request: Request): Promise<Response> {
    const id = request.headers.get("mcp-session-id");
    if (id) {
      const known = sessions.get(id);
      return known
        ? await known.transport.handleRequest(request)
        : Response.json({
          jsonrpc: "2.0",
          id: null,
          error: { code: -32001, message: "Session not found" },
        }, { status: 404 });
    }
    const server = newServer();
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (made: string) =>
        void sessions.set(made, { server, transport }),
    });
    await server.connect(transport);
    return await transport.handleRequest(request);
  }

  /** As servers of revision 2024-11-05: the stream names where messages go. */
  async function serveEvents(request: Request, url: URL): Promise<Response> {
    if (request.method === "POST" && url.pathname === "/sse") {
      return new Response("", { status: 405 });
    }
    if (request.method === "POST") {
      const known = sessions.get(url.searchParams.get("session") ?? "");
      if (!known) return new Response("no such session", { status: 404 });
      await known.transport.send(await request.json());
      return new Response("accepted", { status: 202 });
    }
    const id = crypto.randomUUID();
    const [ours, theirs] = InMemoryTransport.createLinkedPair();
    const server = newServer();
    const encoder = new TextEncoder();
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        const event = (name: string, data: string) =>
          controller.enqueue(
            encoder.encode(`event: ${name}\ndata: ${data}\n\n`),
          );
        ours.onmessage = (message: unknown) =>
          event("message", JSON.stringify(message));
        ours.onclose = () => controller.close();
        await ours.start();
        await server.connect(theirs);
        sessions.set(id, { server, transport: ours });
        event("endpoint", `/sse/message?session=${id}`);
      },
      cancel: () => void sessions.delete(id),
    });
    return new Response(body, {
      headers: { "content-type": "text/event-stream" },
    });
  }

  async function answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const ours = await authorize(request, url);
    if (ours) return ours;
    if (world.away) return new Response("", { status: 503 });
    const token = (request.headers.get("authorization") ?? "").slice(7);
    if (url.pathname !== "/open") {
      world.bearers.push(token);
      if (!access.has(token)) {
        return new Response("", {
          status: 401,
          headers: {
            "www-authenticate":
              `Bearer error="invalid_token", resource_metadata="${ORIGIN}/.well-known/oauth-protected-resource${url.pathname}"`,
          },
        });
      }
    }
    if (request.method === "POST") {
      const { method } = await request.clone().json();
      if (method) world.methods.push(method);
      const lacks = world.scope !== undefined &&
        !world.scopes.at(-1)!.split(" ").includes(world.scope);
      if (method === "tools/call" && lacks) {
        return new Response("", {
          status: 403,
          headers: {
            "www-authenticate":
              `Bearer error="insufficient_scope", scope="${world.scope}"`,
          },
        });
      }
    }
    return url.pathname.startsWith("/sse")
      ? await serveEvents(request, url)
      : await serveHttp(request);
  }

  Object.assign(world, { api: await startLocalApi([HOST], answer) });
  return world;
}
