// `authsome login <url>` at remote MCP servers of several ages, by the real program.
import { expect } from "expect";
import { after, before, beforeEach, test } from "node:test";
import { type LocalApi, startLocalApi } from "../support/servers/local_api.ts";
import { CliSession } from "../support/terminal/cli_session.ts";

const SERVERS = [
  "mcp.elder.com",
  "mcp.one.com",
  "mcp.two.com",
  "mcp.keys.com",
  "mcp.slow.com",
];
const ISSUERS = ["auth.a.com", "auth.b.com"];

let api: LocalApi;
let cli: CliSession;
let registered: { host: string; scope?: string }[];
let exchanged: { host: string; resource: string | null }[];

/** An authorization server at any host. */
async function authorization(
  request: Request,
): Promise<Response | undefined> {
  const { host, pathname } = new URL(request.url);
  if (pathname === "/register") {
    const { scope } = await request.json();
    registered.push({ host, ...scope === undefined ? {} : { scope } });
    return Response.json({ client_id: "x" }, { status: 201 });
  }
  if (pathname !== "/token") return undefined;
  const form = new URLSearchParams(await request.text());
  if (!form.has("code")) {
    return Response.json({ error: "invalid_request" }, { status: 400 });
  }
  exchanged.push({ host, resource: form.get("resource") });
  return Response.json({
    access_token: "at",
    token_type: "bearer",
    expires_in: 3600,
  });
}

/** A body that goes on for ever, a byte at a time. */
function dripping(): ReadableStream<Uint8Array> {
  let timer: ReturnType<typeof setInterval>;
  return new ReadableStream({
    start(controller) {
      timer = setInterval(
        () => controller.enqueue(new Uint8Array([32])),
        100,
      );
    },
    cancel: () => clearInterval(timer),
  });
}

async function answer(request: Request): Promise<Response> {
  const { host, pathname } = new URL(request.url);
  const path = `${host}${pathname}`;
  switch (path) {
    case "mcp.elder.com/sse":
      // Anybody may listen; the first message needs a token.
      return request.method === "GET"
        ? new Response(new ReadableStream(), {
          headers: { "content-type": "text/event-stream" },
        })
        : new Response("", {
          status: 401,
          headers: { "www-authenticate": 'Bearer scope="tools:read"' },
        });
    case "mcp.slow.com/.well-known/oauth-protected-resource/mcp":
      return new Response(dripping(), {
        headers: { "content-type": "application/json" },
      });
    case "mcp.slow.com/.well-known/oauth-protected-resource":
      return Response.json({
        resource: "https://mcp.slow.com/mcp",
        authorization_servers: ["https://auth.a.com"],
      });
    case "mcp.keys.com/mcp":
      return new Response("", { status: 401 });
    case "mcp.one.com/.well-known/oauth-protected-resource/mcp":
      return Response.json({
        resource: "https://mcp.one.com/mcp",
        authorization_servers: ["https://auth.b.com"],
      });
    case "mcp.two.com/.well-known/oauth-protected-resource":
      return Response.json({
        resource: "https://mcp.two.com",
        authorization_servers: ["https://auth.a.com", "https://auth.b.com/"],
      });
  }
  if (
    ISSUERS.includes(host) &&
    pathname === "/.well-known/oauth-authorization-server"
  ) {
    const issuer = `https://${host}`;
    return Response.json({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      registration_endpoint: `${issuer}/register`,
      code_challenge_methods_supported: ["S256"],
    });
  }
  const isServer = host === "mcp.elder.com" || ISSUERS.includes(host);
  return isServer && await authorization(request) ||
    new Response("", { status: 404 });
}

before(async () => {
  api = await startLocalApi([...SERVERS, ...ISSUERS], answer);
  cli = await CliSession.open(api);
});
beforeEach(() => {
  registered = [];
  exchanged = [];
});
after(async () => {
  await cli[Symbol.asyncDispose]();
  await api.close();
});

/** Logs in and consents; the authorization page. */
async function logIn(url: string): Promise<URL> {
  const login = cli.start(`authsome login '${url}' --timeout 60`);
  const page = new URL(await login.url);
  const end = new URL(cli.redirectUri);
  const state = page.searchParams.get("state")!;
  end.search = `${new URLSearchParams({ code: "c", state })}`;
  await (await fetch(end)).body?.cancel();
  const { code, stderr } = await login.done;
  expect([url, code, stderr]).toEqual([url, 0, stderr]);
  return page;
}

test("a server of revision 2025-03-26 with an open event stream: its endpoints are at its origin, its scopes in its 401", async () => {
  const page = await logIn("https://mcp.elder.com/sse");
  expect(page.origin + page.pathname).toBe("https://mcp.elder.com/authorize");
  expect(page.searchParams.get("scope")).toBe("tools:read");
  expect(registered).toEqual([{ host: "mcp.elder.com", scope: "tools:read" }]);
  expect(exchanged).toEqual([{
    host: "mcp.elder.com",
    resource: "https://mcp.elder.com/sse",
  }]);
});

test("a place whose document never ends is left for the next", async () => {
  expect((await logIn("https://mcp.slow.com/mcp")).host).toBe("auth.a.com");
  await cli.run("authsome remove mcp-slow-com --yes");
});

test("of several authorization servers the one that is known is taken", async () => {
  const fresh = await logIn("https://mcp.two.com/mcp");
  expect(fresh.host).toBe("auth.a.com");
  expect(exchanged.at(-1)!.resource).toBe("https://mcp.two.com");
  await cli.run("authsome remove mcp-two-com --yes");
  expect((await logIn("https://mcp.one.com/mcp")).host).toBe("auth.b.com");
  expect((await logIn("https://mcp.two.com/mcp")).host).toBe("auth.b.com");
});

test("a query is no part of the provider: the same server with another one is known", async () => {
  const asked = api.requests.length;
  const { code, stderr } = await cli.run(
    "authsome login 'https://mcp.one.com/mcp?team=secret-team'",
  );
  expect(api.requests.length).toBe(asked);
  expect([code, stderr]).toEqual([
    6,
    expect.stringContaining("authsome login mcp-one-com --force"),
  ]);
  expect(stderr).not.toContain("secret-team");
});

test("a server that wants a key is told from one with a login: every place is named, and what to do", async () => {
  const { code, stderr } = await cli.run(
    "authsome login 'https://mcp.keys.com/mcp?key=s3cret' --timeout 30",
  );
  expect(code).toBe(8);
  for (
    const place of [
      "https://mcp.keys.com/mcp, POST https://mcp.keys.com/mcp (HTTP 401)",
      "https://mcp.keys.com/.well-known/oauth-protected-resource/mcp",
      "https://mcp.keys.com/.well-known/oauth-authorization-server",
      "https://mcp.keys.com/.well-known/openid-configuration",
      "POST https://mcp.keys.com/token (HTTP 404)",
    ]
  ) expect(stderr).toContain(place);
  expect(stderr).toContain(
    "Hint: If it takes a key: authsome provider new <name> --host mcp.keys.com/mcp",
  );
  expect(stderr).not.toContain("s3cret");
});
