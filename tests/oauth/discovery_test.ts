// How a remote MCP server is discovered: the order of the MCP specification (revision 2026-07-28) and what its elders did,
// against servers that answer badly in every way.
import { expect } from "expect";
import { test } from "node:test";
import {
  discover,
  discoverIssuer,
} from "../../lib/oauth/discovery/discover.ts";
import type { OAuthContext } from "../../lib/oauth/http.ts";
import { definitionForMcpServer } from "../../lib/oauth/mcp_server.ts";
import { flow } from "../../lib/login/flows/dynamic_client.ts";
import { flowRequest } from "../support/fakes/flow_request.ts";
import {
  type Answer,
  BAD,
  json,
  startScripted,
  status,
} from "../support/http/scripted_server.ts";

const PRM = "/.well-known/oauth-protected-resource";
const OAUTH = "/.well-known/oauth-authorization-server";
const OPENID = "/.well-known/openid-configuration";

/** Metadata of the resource at `/mcp`. */
const resource = (more: object = {}) =>
  json((origin: string) => ({
    resource: `${origin}/mcp`,
    authorization_servers: [origin],
    ...more,
  }));
/** Metadata of the server whose issuer is `issuer` below the origin. */
const server = (issuer = "", more: object = {}) =>
  json((origin: string) => ({
    issuer: `${origin}${issuer}`,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    registration_endpoint: `${origin}/register`,
    code_challenge_methods_supported: ["S256"],
    ...more,
  }));
const challenge = (parameters: string) =>
  status(401, (origin) => ({
    "www-authenticate": `Bearer ${parameters.replaceAll("ORIGIN", origin)}`,
  }));

/** What is found for `path`: scopes and resource, the issuer without the origin, the places that were asked. */
async function find(
  path: string,
  scripts: Record<string, Answer>,
  preferred?: (origin: string) => string[],
) {
  await using running = await startScripted(scripts);
  const { origin, asked } = running;
  const result = await definitionForMcpServer(`${origin}${path}`, {
    fetch,
    allowPrivateHosts: true,
    ...preferred ? { preferred: () => Promise.resolve(preferred(origin)) } : {},
  }).then(({ oauth }) => ({ oauth, error: undefined }), (error) => ({
    oauth: undefined,
    error,
  }));
  const plain = (text: string | undefined) => text?.replaceAll(origin, "");
  return {
    asked,
    scopes: result.oauth?.scopes,
    resource: plain(result.oauth?.resource),
    issuer: plain(result.oauth?.issuer),
    token: plain(result.oauth?.token_url),
    code: result.error?.code,
    message: plain(result.error?.message),
    hint: plain(result.error?.hint),
  };
}

const FOUND = { code: undefined, token: "/token" };

test("the resource is asked first: by GET, and by POST if GET is not answered with its metadata's place", async () => {
  const meta = { "/meta": resource(), [OAUTH]: server() };
  const named = challenge('resource_metadata="ORIGIN/meta"');
  const byGet = await find("/mcp", { ...meta, "GET /mcp": named });
  expect(byGet).toMatchObject(FOUND);
  expect(byGet.asked).toEqual(["GET /mcp", "GET /meta", `GET ${OAUTH}`]);
  for (
    const got of [
      status(405),
      status(200),
      status(401),
      challenge('error="invalid_token"'),
      BAD["an event stream"]!,
      BAD.HTML!,
    ]
  ) {
    const byPost = await find("/mcp", {
      ...meta,
      "GET /mcp": got,
      "POST /mcp": named,
    });
    expect(byPost).toMatchObject(FOUND);
    expect(byPost.asked)
      .toEqual(["GET /mcp", "POST /mcp", "GET /meta", `GET ${OAUTH}`]);
  }
});

test("the POST is the first message of an MCP client", async () => {
  let body = "";
  let accept: string | undefined;
  await find("/mcp", {
    "POST /mcp": (response, _origin, request) => {
      accept = request.headers.accept;
      request.on("data", (chunk) => body += chunk);
      request.on("end", () => {
        response.writeHead(401);
        response.end();
      });
    },
    [OAUTH]: server(),
  });
  expect(accept).toBe("application/json, text/event-stream");
  expect(JSON.parse(body)).toMatchObject({
    jsonrpc: "2.0",
    method: "initialize",
    params: { clientInfo: { name: "authsome" }, capabilities: {} },
  });
});

test("the scopes of the challenge come before all that the metadata lists", async () => {
  const listed = resource({ scopes_supported: ["read", "admin"] });
  const at = (mcp: Answer, metadata: Answer) =>
    find("/mcp", { "/mcp": mcp, [`${PRM}/mcp`]: metadata, [OAUTH]: server() });
  const none = challenge('error="invalid_token"');
  expect((await at(none, resource())).scopes).toEqual([]);
  expect((await at(none, listed)).scopes).toEqual(["read", "admin"]);
  const some = challenge('scope="read other"');
  expect((await at(some, listed)).scopes).toEqual(["read", "other"]);
  expect((await at(some, resource())).scopes).toEqual(["read", "other"]);
  // Said only to who begins a session.
  const { scopes } = await find("/mcp", {
    "GET /mcp": status(405),
    "POST /mcp": some,
    [`${PRM}/mcp`]: listed,
    [OAUTH]: server(),
  });
  expect(scopes).toEqual(["read", "other"]);
});

for (
  const [path, places] of [
    ["/mcp", ["/mcp", ""]],
    ["/mcp/", ["/mcp/", "/mcp", ""]],
    ["/", [""]],
    ["/a/b/sse", ["/a/b/sse", ""]],
    ["/mcp?team=1", ["/mcp?team=1", "/mcp", ""]],
    ["/?team=1", ["?team=1", ""]],
  ] as const
) {
  test(`the well-known places of ${path}`, async () => {
    const { asked, message } = await find(path, {});
    const wanted = places.map((place) => `GET ${PRM}${place}`);
    expect(asked.slice(2, 2 + wanted.length)).toEqual(wanted);
    expect(asked.slice(2).filter((one) => one.includes(PRM))).toEqual(wanted);
    // A query may hold a secret.
    expect(message).not.toContain("team");
  });
}

test("a server with a query in its URL is found; the query goes nowhere else", async () => {
  const made = await find("/mcp?key=s3cret", {
    [`${PRM}/mcp`]: resource(),
    [OAUTH]: server(),
  });
  expect(made).toMatchObject({ ...FOUND, resource: "/mcp" });
  const bare = await find("/mcp?key=s3cret", { [OAUTH]: server() });
  expect(bare).toMatchObject({ ...FOUND, resource: "/mcp" });
  // Its own identifier may have one, and then only this one.
  const own = (query: string) =>
    find("/mcp?team=1", {
      [`${PRM}/mcp`]: json((origin: string) => ({
        resource: `${origin}/mcp${query}`,
        authorization_servers: [origin],
      })),
      [OAUTH]: server(),
    });
  expect(await own("?team=1")).toMatchObject({ resource: "/mcp?team=1" });
  expect(await own("?team=2")).toMatchObject({ code: "AuthenticationFailed" });
});

const BAD_PLACES: [
  string,
  Record<string, Answer>,
  (bad: Answer) => Record<
    string,
    Answer
  >,
][] = [
  [
    "the resource",
    { [`${PRM}/mcp`]: resource(), [OAUTH]: server() },
    (bad) => ({ "/mcp": bad }),
  ],
  [
    "the place that the challenge names",
    { [`${PRM}/mcp`]: resource(), [OAUTH]: server() },
    (bad) => ({
      "/mcp": challenge('resource_metadata="ORIGIN/meta"'),
      "/meta": bad,
    }),
  ],
  [
    "the path's place",
    { [PRM]: resource(), [OAUTH]: server() },
    (bad) => ({ [`${PRM}/mcp`]: bad }),
  ],
  [
    "every place of the resource",
    { [OAUTH]: server() },
    (bad) => ({ [`${PRM}/mcp`]: bad, [PRM]: bad }),
  ],
  [
    "the first place of the issuer",
    { [PRM]: resource(), [OPENID]: server() },
    (bad) => ({ [OAUTH]: bad }),
  ],
];

for (const [what, good, place] of BAD_PLACES) {
  test(`${what} may answer anything: the next place is tried`, async () => {
    const all = await Promise.all(
      Object.entries(BAD).map(async ([how, bad]) => {
        const { code, message, token } = await find("/mcp", {
          ...good,
          ...place(bad),
        });
        return { how, code, message, token };
      }),
    );
    expect(all).toEqual(
      Object.keys(BAD).map((how) => ({ how, message: undefined, ...FOUND })),
    );
  });
}

test("a redirect within the origin is followed, at the resource too", async () => {
  const to = (location: string, code = 307) =>
    status(
      code,
      (origin) => ({ location: location.replace("ORIGIN", origin) }),
    );
  for (const code of [301, 302, 303, 307, 308]) {
    const { asked, ...found } = await find("/mcp", {
      [`${PRM}/mcp`]: to("/elsewhere", code),
      "/elsewhere": to("ORIGIN/there", code),
      "/there": resource(),
      [OAUTH]: to("/.well-known/real", code),
      "/.well-known/real": server(),
    });
    expect([code, found]).toMatchObject([code, FOUND]);
    expect(asked).toContain("GET /there");
  }
  const { asked } = await find("/mcp", {
    "/mcp": to("/mcp/", 308),
    "POST /mcp/": challenge('scope="a"'),
    [PRM]: resource(),
    [OAUTH]: server(),
  });
  expect(asked.slice(0, 4))
    .toEqual(["GET /mcp", "GET /mcp/", "POST /mcp", "POST /mcp/"]);
});

test("of several authorization servers the first that works is taken", async () => {
  const several = (...issuers: string[]) =>
    json((origin: string) => ({
      resource: `${origin}/mcp`,
      authorization_servers: issuers.map((one) =>
        one.replace("ORIGIN", origin)
      ),
    }));
  const scripts = (...issuers: string[]) => ({
    [PRM]: several(...issuers),
    [`${OAUTH}/a`]: server("/a", { registration_endpoint: undefined }),
    [`${OAUTH}/b`]: server("/b"),
    [`${OAUTH}/c`]: server("/c"),
    [`${OAUTH}/evil`]: server("/other"),
    [`${OAUTH}/endpoint`]: server("/endpoint", {
      token_endpoint: "http://other.example.com/token",
    }),
  });
  for (
    const issuers of [
      ["ORIGIN/b", "ORIGIN/c"],
      ["ORIGIN/none", "ORIGIN/b"],
      ["nonsense", "ORIGIN/b"],
      ["ftp://files", "http://127.0.0.1:9", "ORIGIN/b"],
      ["ORIGIN/evil", "ORIGIN/endpoint", "ORIGIN/b"],
      // Nobody can register at the first.
      ["ORIGIN/a", "ORIGIN/b"],
    ]
  ) {
    expect([issuers, await find("/mcp", scripts(...issuers))])
      .toMatchObject([issuers, { ...FOUND, issuer: "/b" }]);
  }
  // Those that are known come first, however they are written, and only if they were named.
  expect(
    await find(
      "/mcp",
      scripts("ORIGIN/b", "ORIGIN/c"),
      (origin) => ["https://accounts.example.com", `${origin}/c/`],
    ),
  ).toMatchObject({ issuer: "/c" });
  // A client that is known need not register.
  await using running = await startScripted(scripts("ORIGIN/b", "ORIGIN/a"));
  const { server: known } = await discover(
    context(5_000),
    new URL(`${running.origin}/mcp`),
    { preferred: () => Promise.resolve([`${running.origin}/a`]) },
  );
  expect(known.issuer).toBe(`${running.origin}/a`);
  expect(
    await find(
      "/mcp",
      scripts("ORIGIN/b", "ORIGIN/none"),
      (origin) => [`${origin}/none`, `${origin}/c`],
    ),
  ).toMatchObject({ issuer: "/b" });
});

for (
  const [issuer, written, place] of [
    ["", "", OAUTH],
    ["", "/", OAUTH],
    ["/", "", OPENID],
    ["/tenant", "/tenant", `${OAUTH}/tenant`],
    ["/tenant", "/tenant/", `${OAUTH}/tenant`],
    ["/tenant/", "/tenant", `${OPENID}/tenant`],
    ["/tenant/", "/tenant/", `/tenant${OPENID}`],
    ["/tenant/", "/tenant/", `${OAUTH}/tenant/`],
    ["/tenant", "/tenant", OAUTH],
  ] as const
) {
  test(`the issuer "${issuer}" calls itself "${written}" at ${place}`, async () => {
    const { code, issuer: found } = await find("/mcp", {
      [PRM]: json((origin: string) => ({
        resource: origin,
        authorization_servers: [`${origin}${issuer}`],
      })),
      [place]: server(written),
    });
    expect(code).toBe(undefined);
    // As it writes itself: its callbacks are compared with that, character by character (RFC 9207 §2.4).
    expect(found).toBe(written);
  });
}

test("a server that calls itself another is not used", async () => {
  for (const written of ["/tenant2", "", "/Tenant", "/tenant//"]) {
    const result = await find("/mcp", {
      [PRM]: json((origin: string) => ({
        resource: origin,
        authorization_servers: [`${origin}/tenant`],
      })),
      [`${OAUTH}/tenant`]: server(written),
    });
    expect([written, result.code, result.token])
      .toEqual([written, "AuthenticationFailed", undefined]);
    expect(result.message).toContain("it is for another issuer");
  }
});

test("the callback's iss is the issuer as the metadata writes it", async () => {
  await using running = await startScripted({
    [PRM]: json((origin: string) => ({
      resource: `${origin}/mcp`,
      authorization_servers: [`${origin}/tenant`],
    })),
    [`${OAUTH}/tenant`]: server("/tenant/", {
      authorization_response_iss_parameter_supported: true,
    }),
    "/register": json({ client_id: "x" }, 201),
    "/token": json({ access_token: "a", token_type: "bearer" }),
  });
  const { origin } = running;
  const definition = await definitionForMcpServer(`${origin}/mcp`, {
    fetch,
    allowPrivateHosts: true,
  });
  const logIn = (iss: string) =>
    flow.run(flowRequest(definition, {
      person: (url) =>
        Promise.resolve([
          new URLSearchParams({
            code: "c",
            state: url.searchParams.get("state")!,
            iss,
          }),
        ]),
    }));
  expect(await logIn(`${origin}/tenant/`)).toHaveProperty("credential");
  await expect(logIn(`${origin}/tenant`)).rejects
    .toMatchObject({ code: "AuthenticationFailed" });
});

for (const written of ["", "/", "/mcp", "/mcp/"]) {
  test(`the resource is sent as it calls itself: "${written}"`, async () => {
    const sent: (string | null)[] = [];
    await using running = await startScripted({
      [PRM]: json((origin: string) => ({
        resource: `${origin}${written}`,
        authorization_servers: [origin],
      })),
      [OAUTH]: server(),
      "/register": json({ client_id: "x" }, 201),
      "/token": (response, origin, request) => {
        let body = "";
        request.on("data", (chunk) => body += chunk);
        request.on("end", () => {
          sent.push(new URLSearchParams(body).get("resource"));
          json({ access_token: "a", token_type: "bearer" })(
            response,
            origin,
            request,
          );
        });
      },
    });
    const wanted = `${running.origin}${written}`;
    const definition = await definitionForMcpServer(
      `${running.origin}/mcp`,
      { fetch, allowPrivateHosts: true },
    );
    expect(definition.oauth?.resource).toBe(wanted);
    await flow.run(flowRequest(definition, {
      person: (url) => {
        sent.push(url.searchParams.get("resource"));
        return Promise.resolve([
          new URLSearchParams({
            code: "c",
            state: url.searchParams.get("state")!,
          }),
        ]);
      },
    }));
    expect(sent).toEqual([wanted, wanted]);
  });
}

test("a resource without metadata is its URL; at the root without a slash", async () => {
  expect((await find("/", { [OAUTH]: server() })).resource).toBe("");
  expect((await find("/mcp/", { [OAUTH]: server() })).resource).toBe("/mcp/");
});

test("another resource's document at the root is none", async () => {
  const sibling = resource({ authorization_servers: ["https://other.com"] });
  const scripts = { [PRM]: sibling, [OAUTH]: server() };
  expect(await find("/notes", scripts)).toMatchObject({
    ...FOUND,
    resource: "/notes",
    issuer: "",
  });
  // Where the document is this resource's own it has to be right.
  for (const place of [`${PRM}/notes`, "/meta"]) {
    const result = await find("/notes", {
      "/notes": challenge('resource_metadata="ORIGIN/meta"'),
      [place]: sibling,
      [OAUTH]: server(),
    });
    expect(result).toMatchObject({ code: "AuthenticationFailed" });
    expect(result.asked).not.toContain(`GET ${OAUTH}`);
  }
});

test("a server without any metadata has its endpoints at its origin (revision 2025-03-26)", async () => {
  const refused = json({ error: "invalid_request" }, 400);
  const found = await find("/v1/mcp", {
    "/v1/mcp": status(401),
    "/token": refused,
  });
  expect(found).toMatchObject({
    ...FOUND,
    issuer: undefined,
    resource: "/v1/mcp",
    scopes: [],
  });
  expect(found.asked.at(-1)).toBe("POST /token");
  for (const token of [refused, json({ error: "invalid_client" }, 401)]) {
    expect(
      await find("/mcp", {
        "POST /mcp": challenge('scope="a"'),
        "/token": token,
      }),
    ).toMatchObject({ ...FOUND, scopes: ["a"] });
  }
});

test("a server that repeats the metadata of another leads to that one, whose own word counts", async () => {
  await using other = await startScripted({ [`${OPENID}/t`]: server("/t") });
  const issuer = `${other.origin}/t`;
  const repeated = (said: string) => ({
    "/mcp": status(401),
    [OAUTH]: server("", { issuer: said }),
  });
  expect(await find("/mcp", repeated(issuer))).toMatchObject({
    issuer,
    token: `${other.origin}/token`,
    resource: "/mcp",
  });
  // One that does not know itself by that name.
  expect(await find("/mcp", repeated(`${other.origin}/u`)))
    .toMatchObject({ code: "AuthenticationFailed" });
  // Not where the resource says who its server is.
  expect(await find("/mcp", { ...repeated(issuer), [PRM]: resource() }))
    .toMatchObject({ code: "AuthenticationFailed" });
});

test("endpoints by default are not made up", async () => {
  const locked = { "/mcp": status(401) };
  const refused = { "/token": json({ error: "invalid_request" }, 400) };
  for (
    const scripts of [
      // Nobody asked for a token.
      refused,
      { "/mcp": status(200), ...refused },
      // Nobody issues one: keys are made elsewhere.
      locked,
      { ...locked, "/token": json({ error: "Unauthorized" }, 401) },
      { ...locked, "/token": json({ error: "invalid_request" }, 404) },
      { ...locked, "/token": BAD.HTML! },
      { ...locked, "/token": BAD["a redirect to a login page"]! },
      { ...locked, "/token": BAD["a reset"]! },
      // It says who issues them.
      { ...locked, ...refused, [PRM]: resource() },
      {
        ...locked,
        ...refused,
        [OAUTH]: server("", { issuer: "http://127.0.0.1:9" }),
      },
    ]
  ) {
    const result = await find("/mcp", scripts);
    expect([Object.keys(scripts), result.token]).toEqual([
      Object.keys(scripts),
      undefined,
    ]);
    expect(result.code).toMatch(
      /^(?:EndpointUnreachable|AuthenticationFailed)$/,
    );
  }
});

test("when nothing is found the error names every place and what it said", async () => {
  const { message, hint, code } = await find("/mcp?key=s3cret", {
    "GET /mcp": BAD["an event stream"]!,
    "POST /mcp": status(401),
    [`${PRM}/mcp`]: BAD.HTML!,
    [PRM]: BAD["a redirect to another origin"]!,
    [OAUTH]: BAD["other JSON"]!,
    [OPENID]: BAD["a huge body"]!,
    [`${OAUTH}/mcp`]: BAD["a reset"]!,
    [`${OPENID}/mcp`]: status(503),
    [`/mcp${OPENID}`]: BAD["an event stream"]!,
  });
  expect(code).toBe("EndpointUnreachable");
  for (
    const part of [
      "/mcp (HTTP 200)",
      "POST /mcp (HTTP 401)",
      `${PRM}/mcp (HTTP 200 without a JSON object)`,
      `${PRM} (it redirects elsewhere)`,
      `${OAUTH} (JSON that names no issuer)`,
      `${OPENID} (its response has more than 1048576 bytes)`,
      `${OAUTH}/mcp (the connection was closed before the answer was complete)`,
      `${OPENID}/mcp (HTTP 503)`,
      `/mcp${OPENID} (it opens an event stream)`,
      "POST /token (HTTP 404)",
    ]
  ) expect(message).toContain(part);
  expect(message).not.toContain("s3cret");
  expect(hint).toContain("authsome provider new <name> --host");
});

test("a server that cannot be reached is reported as that", async () => {
  const gone = await startScripted({});
  await gone[Symbol.asyncDispose]();
  await expect(
    definitionForMcpServer(`${gone.origin}/mcp`, {
      fetch,
      allowPrivateHosts: true,
    }),
  ).rejects.toMatchObject({
    code: "EndpointUnreachable",
    message: expect.stringMatching(
      /^Cannot reach 127-0-0-1-\d+ at http:\S+\/mcp: the connection was refused\. Asked: http:\S+\/mcp, POST http:/,
    ),
    hint: "Check the network, then try again: authsome doctor",
  });
});

test("an authorization server that cannot be reached is the cause, not what the resource said", async () => {
  const { message, hint, code } = await find("/mcp", {
    "/mcp": challenge('resource_metadata="ORIGIN/meta"'),
    "/meta": resource({ authorization_servers: ["http://127.0.0.1:9"] }),
  });
  expect([code, hint]).toEqual([
    "EndpointUnreachable",
    "Check the network, then try again: authsome doctor",
  ]);
  expect(message).toMatch(/^Cannot reach \S+ at http:\/\/127\.0\.0\.1:9\//);
  expect(message).toContain("/meta (HTTP 200)");
});

const context = (timeoutMs: number): OAuthContext => ({
  definition: {
    schema_version: 1,
    name: "acme",
    display_name: "Acme",
    auth_type: "oauth2",
    flow: "pkce",
    api_url: "api.acme.com",
  },
  fetch,
  allowPrivateHosts: true,
  timeoutMs,
});

test("all places together have a bound", async () => {
  await using running = await startScripted(
    new Proxy({}, { get: () => BAD.silence, has: () => true }),
  );
  const url = new URL(`${running.origin}/mcp`);
  await expect(discover(context(200), url)).rejects.toMatchObject({
    code: "EndpointUnreachable",
    message: expect.stringContaining("(no time was left to ask)"),
  });
  expect(running.asked).toEqual(["GET /mcp"]);
  await expect(discoverIssuer(context(200), url.href, url)).rejects
    .toMatchObject({ code: "EndpointUnreachable" });
  // Whatever waits, and whether or not it listens: a name server, too.
  const deaf = {
    ...context(200),
    fetch: () => new Promise<Response>(() => {}),
  };
  await expect(discover(deaf, url)).rejects
    .toMatchObject({ code: "EndpointUnreachable" });
});

test("whoever gives up is not kept waiting", async () => {
  await using running = await startScripted({ "/mcp": BAD.silence! });
  const stop = new AbortController();
  const given = new Error("given up");
  const waiting = definitionForMcpServer(`${running.origin}/mcp`, {
    fetch: (input, init) => {
      queueMicrotask(() => stop.abort(given));
      return fetch(input, init);
    },
    allowPrivateHosts: true,
    signal: stop.signal,
  });
  await expect(waiting).rejects.toBe(given);
});
