// Discovery from a remote MCP server's URL (RFC 9728, RFC 8414), against a fake resource and the real authorization server.
import { expect } from "expect";
import { test } from "node:test";
import { definitionForMcpServer } from "../../lib/oauth/mcp_server.ts";
import { flow } from "../../lib/login/flows/dynamic_client.ts";
import { parseDefinition } from "../../lib/provider/reading/parse.ts";
import { startAuthorizationServer } from "../support/servers/authorization_server.ts";
import {
  type Script,
  type Seen,
  withFakeServer,
} from "../support/servers/fake_authorization_server.ts";
import { flowRequest } from "../support/fakes/flow_request.ts";

const json = (body: (origin: string) => unknown): Script => (_, origin) =>
  Response.json(body(origin));
const metadata = (issuer: string, origin = issuer) => ({
  issuer,
  authorization_endpoint: `${origin}/authorize`,
  token_endpoint: `${origin}/token`,
  registration_endpoint: `${origin}/register`,
  code_challenge_methods_supported: ["S256"],
});

async function discover(path: string, scripts: Record<string, Script>) {
  let result: unknown;
  let paths: string[] = [];
  let at = "";
  await withFakeServer(scripts, async ({ origin, seen }) => {
    at = origin;
    result = await definitionForMcpServer(`${origin}${path}`, {
      fetch,
      allowPrivateHosts: true,
    }).catch((error) => error);
    paths = seen.map((one: Seen) => one.path);
  });
  return { result, paths, origin: at };
}

test("a person logs in to an MCP server that has no definition", async () => {
  const server = await startAuthorizationServer();
  try {
    await withFakeServer({
      "/.well-known/oauth-protected-resource/mcp": json((origin) => ({
        resource: `${origin}/mcp`,
        authorization_servers: [server.issuer],
        scopes_supported: ["openid"],
        resource_name: "Acme \u001b[31mtools",
      })),
    }, async ({ origin }) => {
      const ports = { fetch, allowPrivateHosts: true };
      const definition = await definitionForMcpServer(`${origin}/mcp`, ports);
      const { port } = new URL(origin);
      expect(definition).toMatchObject({
        name: `127-0-0-1-${port}`,
        display_name: "Acme [31mtools",
        flow: "dcr_pkce",
        api_url: `127.0.0.1:${port}/mcp`,
        oauth: {
          issuer: server.issuer,
          token_url: `${server.issuer}/token`,
          revocation_url: `${server.issuer}/token/revocation`,
          resource: `${origin}/mcp`,
          scopes: ["openid"],
          refresh_scopes: ["offline_access"],
        },
      });
      // What was made is a definition like any other.
      const text = JSON.stringify(definition);
      expect(
        parseDefinition(text, { file: "x.json", allowPrivate: true })
          .definition,
      ).toEqual(
        definition,
      );
      const request = flowRequest({
        ...definition,
        // The real server does not know this resource.
        oauth: {
          ...definition.oauth,
          resource: undefined,
          authorization_params: { prompt: "consent" },
        },
      }, { person: async (url) => [await server.consent(url)] });
      const { credential } = await flow.run(request);
      expect(credential).toMatchObject({
        type: "oauth2",
        scopes: ["openid", "offline_access"],
      });
    });
  } finally {
    await server.close();
  }
});

test("the resource indicator goes along to the authorization page and the token endpoint", async () => {
  let body = "";
  await withFakeServer({
    "/.well-known/oauth-protected-resource/mcp": json((origin) => ({
      resource: `${origin}/mcp`,
      authorization_servers: [origin],
    })),
    "/.well-known/oauth-authorization-server": json(metadata),
    "/register": () => Response.json({ client_id: "x" }, { status: 201 }),
    "/token": (request) => {
      body = request.body;
      return Response.json({ access_token: "a", token_type: "bearer" });
    },
  }, async ({ origin }) => {
    const definition = await definitionForMcpServer(`${origin}/mcp`, {
      fetch,
      allowPrivateHosts: true,
    });
    const request = flowRequest(definition, {
      person: (url) =>
        Promise.resolve([
          new URLSearchParams({
            code: "c",
            state: url.searchParams.get("state")!,
          }),
        ]),
    });
    await flow.run(request);
    expect(request.heard.urls[0]!.searchParams.get("resource")).toBe(
      `${origin}/mcp`,
    );
    expect(new URLSearchParams(body).get("resource")).toBe(`${origin}/mcp`);
  });
});

test("issuers with a path are found where RFC 8414 and OpenID put them", async () => {
  for (
    const place of [
      "/.well-known/oauth-authorization-server/tenant/a",
      "/.well-known/openid-configuration/tenant/a",
      "/tenant/a/.well-known/openid-configuration",
    ]
  ) {
    const { result } = await discover("/mcp", {
      "/.well-known/oauth-protected-resource/mcp": json((origin) => ({
        resource: origin,
        authorization_servers: [`${origin}/tenant/a`],
      })),
      [place]: json((origin) => metadata(`${origin}/tenant/a`, origin)),
    });
    expect(result).toHaveProperty("oauth");
  }
});

test("the resource itself may say where its metadata is", async () => {
  const { result, origin } = await discover("/mcp", {
    "/mcp": (_request, origin) =>
      new Response("no", {
        status: 401,
        headers: {
          "www-authenticate":
            `Bearer error="invalid_token", resource_metadata="${origin}/meta"`,
        },
      }),
    "/meta": json((origin) => ({
      resource: `${origin}/mcp`,
      authorization_servers: [origin],
    })),
    "/.well-known/oauth-authorization-server": json(metadata),
  });
  expect(result).toMatchObject({ oauth: { resource: `${origin}/mcp` } });
});

test("a server without resource metadata is its own authorization server", async () => {
  const { result, origin } = await discover("/mcp", {
    "/.well-known/oauth-authorization-server": json(metadata),
  });
  expect(result).toMatchObject({
    oauth: { issuer: origin, resource: `${origin}/mcp` },
  });
});

test("metadata of another resource is refused", async () => {
  for (
    const resource of [
      "https://evil.example.com/mcp",
      "ORIGIN/other",
      "ORIGIN/mc",
      "ORIGIN/mcp/deeper",
    ]
  ) {
    const { result, paths } = await discover("/mcp", {
      "/.well-known/oauth-protected-resource/mcp": json((origin) => ({
        resource: resource.replace("ORIGIN", origin),
        authorization_servers: [origin],
      })),
      "/.well-known/oauth-authorization-server": json(metadata),
    });
    expect([resource, result]).toMatchObject([resource, {
      code: "AuthenticationFailed",
    }]);
    // No further than the resource's own places.
    expect(paths).toEqual([
      "/mcp",
      "/mcp",
      "/.well-known/oauth-protected-resource/mcp",
      "/.well-known/oauth-protected-resource",
    ]);
  }
});

test("where clients cannot register, the person is asked for one", async () => {
  const { result } = await discover("/mcp", {
    "/.well-known/oauth-authorization-server": json((origin) => ({
      ...metadata(origin),
      registration_endpoint: undefined,
    })),
  });
  expect(result).toMatchObject({ flow: "pkce" });
  expect(result).not.toHaveProperty("oauth.supports_dcr");
});

test("a server without any metadata is reported", async () => {
  const { result } = await discover("/mcp", {});
  expect(result).toMatchObject({
    code: "EndpointUnreachable",
    message: expect.stringContaining("no authorization server metadata"),
  });
});

test("without a word no private server is asked", async () => {
  let asked = 0;
  const counting = () => {
    asked++;
    return Promise.resolve(Response.json({}));
  };
  for (
    const text of [
      "http://127.0.0.1/mcp",
      "https://127.0.0.1/mcp",
      "https://localhost/mcp",
      "https://10.1.2.3/mcp",
      "https://[::ffff:169.254.169.254]/mcp",
      "https://0xa9fea9fe/mcp",
      "http://mcp.example.com/mcp",
      "file:///mcp",
      "javascript:alert(1)",
      "https://user:pass@mcp.example.com/",
      "https://mcp.example.com/mcp#part",
      "nonsense",
    ]
  ) {
    await expect(definitionForMcpServer(text, { fetch: counting })).rejects
      .toMatchObject({ code: "Usage" });
  }
  expect(asked).toBe(0);
});

test("a public server cannot lead us to a private one", async () => {
  for (
    const told of [
      "http://169.254.169.254",
      "https://169.254.169.254",
      "https://[fd00:ec2::254]/",
      "https://2852039166/",
      "https://router/",
      "https://vault.internal/",
    ]
  ) {
    const visited: string[] = [];
    const scripted = (input: Request | URL | string) => {
      const url = new URL(String(input));
      visited.push(url.host);
      return Promise.resolve(
        url.pathname.startsWith("/.well-known/oauth-protected-resource")
          ? Response.json({
            resource: "https://mcp.acme.com/mcp",
            authorization_servers: [told],
          })
          : Response.json({}, { status: 404 }),
      );
    };
    await expect(
      definitionForMcpServer("https://mcp.acme.com/mcp", { fetch: scripted }),
    ).rejects.toMatchObject({ code: "AuthenticationFailed" });
    expect(new Set(visited)).toEqual(new Set(["mcp.acme.com"]));
  }
});
