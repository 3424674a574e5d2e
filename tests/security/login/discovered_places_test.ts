// A remote MCP server that means harm: what it names during discovery leads to no private network, to no other origin by a
// redirect, and to no other server's login.
import { expect } from "expect";
import { test } from "node:test";
import { definitionForMcpServer } from "../../../lib/oauth/mcp_server.ts";

const HOST = "https://mcp.acme.com";
const PRM = "/.well-known/oauth-protected-resource/mcp";
const OAUTH = "/.well-known/oauth-authorization-server";
const OPENID = "/.well-known/openid-configuration";

const metadata = (issuer: string, more: object = {}) => ({
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  registration_endpoint: `${issuer}/register`,
  ...more,
});
const json = (body: unknown) => () => Response.json(body);
const redirect = (to: string) => () =>
  new Response("", { status: 302, headers: { location: to } });
const challenge = (to: string) => () =>
  new Response("", {
    status: 401,
    headers: { "www-authenticate": `Bearer resource_metadata="${to}"` },
  });

/** What comes of the internet `answers`, by URL; anything else is 404. */
async function discover(answers: Record<string, () => Response>) {
  const asked: string[] = [];
  const result = await definitionForMcpServer(`${HOST}/mcp`, {
    fetch: (input) => {
      asked.push(String(input));
      return Promise.resolve(
        answers[String(input)]?.() ?? new Response("", { status: 404 }),
      );
    },
  }).catch((error) => error);
  return {
    result,
    origins: [...new Set(asked.map((url) => new URL(url).origin))],
  };
}

/** Where nothing may be sent, as a server would write it. */
const FORBIDDEN = [
  "http://169.254.169.254/latest/meta-data",
  "https://169.254.169.254/",
  "https://[fd00:ec2::254]/",
  "https://2852039166/",
  "https://router/",
  "https://vault.internal/",
  "https://localhost:8443/",
  "http://mcp.acme.com/meta",
  "https://user:pass@auth.acme.com/",
  "file:///etc/passwd",
];

for (const told of FORBIDDEN) {
  test(`${told} is not asked, whoever names it`, async () => {
    const honest = {
      resource: `${HOST}/mcp`,
      authorization_servers: [HOST],
    };
    const server = { [`${HOST}${OAUTH}`]: json(metadata(HOST)) };
    // The challenge of the resource.
    const named = await discover({
      [`${HOST}/mcp`]: challenge(told),
      [`${HOST}${PRM}`]: json(honest),
      ...server,
    });
    expect(named.origins).toEqual([HOST]);
    expect(named.result).toHaveProperty("oauth.issuer", HOST);
    const alone = await discover({ [`${HOST}/mcp`]: challenge(told) });
    expect(alone.origins).toEqual([HOST]);
    expect(alone.result).toHaveProperty("code", "AuthenticationFailed");
    // There is no provider yet that could be inspected.
    expect(alone.result.hint).toContain(`authsome login ${HOST}/mcp`);
    // A redirect of any place.
    for (const place of ["/mcp", PRM, OAUTH]) {
      const led = await discover({
        [`${HOST}${PRM}`]: json(honest),
        ...server,
        [`${HOST}${OPENID}`]: json(metadata(HOST)),
        [`${HOST}${place}`]: redirect(told),
      });
      expect([place, led.origins]).toEqual([place, [HOST]]);
      expect(led.result).toHaveProperty("oauth.issuer", HOST);
    }
    // One of several authorization servers.
    const several = await discover({
      [`${HOST}${PRM}`]: json({
        ...honest,
        authorization_servers: [told, HOST],
      }),
      ...server,
    });
    expect(several.origins).toEqual([HOST]);
    expect(several.result).toHaveProperty("oauth.issuer", HOST);
  });
}

test("a redirect to another origin is not followed, even to a public one", async () => {
  for (
    const to of [
      "https://evil.com/",
      "//evil.com/",
      "https://mcp.acme.com:8443/",
      "https://mcp.acme.com@evil.com/",
    ]
  ) {
    const { origins, result } = await discover({
      [`${HOST}/mcp`]: redirect(to),
      [`${HOST}${PRM}`]: redirect(to),
      [`${HOST}${OAUTH}`]: redirect(to),
    });
    expect(origins).toEqual([HOST]);
    expect(result).toHaveProperty("code", "EndpointUnreachable");
  }
});

test("no place makes one server pass for another", async () => {
  const honest = "https://auth.honest.com";
  const leads = {
    [`${HOST}${PRM}`]: json({
      resource: `${HOST}/mcp`,
      authorization_servers: ["https://auth.evil.com"],
    }),
  };
  for (const place of [OAUTH, OPENID]) {
    const { result } = await discover({
      ...leads,
      [`https://auth.evil.com${place}`]: json(
        metadata(honest, { token_endpoint: "https://auth.evil.com/token" }),
      ),
    });
    expect(result).toHaveProperty("code", "AuthenticationFailed");
  }
  // The resource's own origin is no way around it, nor are endpoints by default.
  const { result, origins } = await discover({
    ...leads,
    [`https://auth.evil.com${OAUTH}`]: json(metadata(honest)),
    [`${HOST}${OAUTH}`]: json(metadata(HOST)),
    [`${HOST}/mcp`]: () => new Response("", { status: 401 }),
    [`${HOST}/token`]: () =>
      Response.json({ error: "invalid_request" }, { status: 400 }),
  });
  expect(result).toHaveProperty("code", "AuthenticationFailed");
  expect(origins).toEqual([HOST, "https://auth.evil.com"]);
});
