import { expect } from "expect";
import { test } from "node:test";
import {
  newDefinition,
} from "../../../lib/cli/commands/provider/new_definition.ts";
import { parseDefinition } from "../../../lib/provider/reading/parse.ts";
import { variableOf } from "../../../lib/provider/variable_name.ts";
import { startAuthorizationServer } from "../../support/servers/authorization_server.ts";
import { runCommand } from "../../support/fakes/fake_machine.ts";
import { withHome } from "../../support/home.ts";

const RESOURCE = "https://mcp.acme-notes.com/mcp";
const ISSUER = "https://login.acme-notes.com/t1";
const METADATA = {
  issuer: ISSUER,
  authorization_endpoint: `${ISSUER}/authorize`,
  token_endpoint: `${ISSUER}/token`,
  registration_endpoint: `${ISSUER}/register`,
  revocation_endpoint: `${ISSUER}/revoke`,
  device_authorization_endpoint: `${ISSUER}/device`,
  code_challenge_methods_supported: ["S256"],
  token_endpoint_auth_methods_supported: ["client_secret_basic", "none"],
};

/** A web of JSON documents by URL; everything else is not found. */
function web(documents: Record<string, unknown>) {
  const asked: string[] = [];
  const fetch = (input: Request | URL | string) => {
    const url = input instanceof Request ? input.url : String(input);
    asked.push(url);
    return Promise.resolve(
      Object.hasOwn(documents, url)
        ? Response.json(documents[url])
        : new Response("no", { status: 404 }),
    );
  };
  return { asked, fetch };
}

const base = { name: "acme-mcp", hosts: [] };

test("a resource that describes itself becomes a definition that is valid", async () => {
  const { fetch } = web({
    "https://mcp.acme-notes.com/.well-known/oauth-protected-resource/mcp": {
      resource: RESOURCE,
      authorization_servers: [ISSUER],
    },
    "https://login.acme-notes.com/.well-known/oauth-authorization-server/t1":
      METADATA,
  });
  const definition = await newDefinition(fetch, { ...base, oauth: RESOURCE });
  expect(definition).toEqual({
    schema_version: 1,
    name: "acme-mcp",
    display_name: "Acme Mcp",
    auth_type: "oauth2",
    flow: "dcr_pkce",
    api_url: "mcp.acme-notes.com/mcp",
    oauth: {
      authorization_url: `${ISSUER}/authorize`,
      token_url: `${ISSUER}/token`,
      revocation_url: `${ISSUER}/revoke`,
      revocation: { style: "rfc7009" },
      device_authorization_url: `${ISSUER}/device`,
      supports_device_code: true,
      registration_endpoint: `${ISSUER}/register`,
      supports_dcr: true,
      issuer: ISSUER,
      resource: RESOURCE,
      scopes: [],
      pkce: true,
      token_auth_method: "none",
    },
    export: { env: { ACME_MCP_ACCESS_TOKEN: "access_token" } },
  });
  const parsed = parseDefinition(JSON.stringify(definition), { file: "x" });
  expect(parsed.warnings).toEqual([]);
});

test("an issuer without a resource needs a host, and no registration means an app of one's own", async () => {
  const { registration_endpoint: _, ...metadata } = METADATA;
  const issuer = "https://acme-notes.com";
  const { fetch } = web({
    "https://acme-notes.com/.well-known/openid-configuration": {
      ...metadata,
      issuer,
      code_challenge_methods_supported: ["plain"],
    },
  });
  const given = { ...base, oauth: `${issuer}/api` };
  await expect(newDefinition(fetch, given)).rejects.toMatchObject({
    code: "Usage",
    message: expect.stringContaining("--host"),
  });
  const definition = await newDefinition(fetch, {
    ...given,
    hosts: ["api.acme-notes.com"],
    scopes: ["read"],
  });
  expect(definition).toMatchObject({
    flow: "pkce",
    api_url: "api.acme-notes.com",
    oauth: {
      scopes: ["read"],
      pkce: false,
      token_auth_method: "client_secret_basic",
    },
  });
  expect(definition.oauth!.resource).toBeUndefined();
});

test("a resource without metadata is what asks for a token, with the scopes of its challenge", async () => {
  const definition = await newDefinition((input, init) => {
    const url = String(input);
    return Promise.resolve(
      url === RESOURCE
        ? new Response("", {
          status: 401,
          headers: { "www-authenticate": 'Bearer scope="notes:read"' },
        })
        : url === "https://mcp.acme-notes.com/token" && init?.method === "POST"
        ? Response.json({ error: "invalid_request" }, { status: 400 })
        : new Response("no", { status: 404 }),
    );
  }, { ...base, oauth: RESOURCE });
  expect(definition).toMatchObject({
    flow: "dcr_pkce",
    api_url: "mcp.acme-notes.com/mcp",
    oauth: {
      authorization_url: "https://mcp.acme-notes.com/authorize",
      token_url: "https://mcp.acme-notes.com/token",
      registration_endpoint: "https://mcp.acme-notes.com/register",
      resource: RESOURCE,
      scopes: ["notes:read"],
    },
  });
  expect(definition.oauth).not.toHaveProperty("issuer");
});

test("no server of this machine or of another name is believed", async () => {
  const at = (server: string, metadata: object) =>
    web({
      "https://mcp.acme-notes.com/.well-known/oauth-protected-resource/mcp": {
        resource: RESOURCE,
        authorization_servers: [server],
      },
      "https://login.acme-notes.com/.well-known/oauth-authorization-server/t1":
        metadata,
    });
  for (
    const { asked, fetch } of [
      at("http://127.0.0.1:1", METADATA),
      at("https://169.254.169.254/latest", METADATA),
      at("https://router.local", METADATA),
      at(ISSUER, { ...METADATA, issuer: "https://evil.example" }),
      at(ISSUER, { ...METADATA, token_endpoint: "https://10.0.0.1/token" }),
    ]
  ) {
    await expect(newDefinition(fetch, { ...base, oauth: RESOURCE })).rejects
      .toMatchObject({ code: "AuthenticationFailed" });
    expect(asked.filter((url) => !url.includes("acme-notes.com"))).toEqual([]);
  }
});

test("a real server on this machine is discovered, given leave", async () => {
  const server = await startAuthorizationServer();
  try {
    const given = { ...base, oauth: server.issuer, hosts: ["a.example.com"] };
    await expect(newDefinition(fetch, given)).rejects.toMatchObject({
      code: "Usage",
    });
    const { oauth } = await newDefinition(fetch, {
      ...given,
      allowPrivate: true,
    });
    expect(oauth).toMatchObject({ issuer: server.issuer, pkce: true });
    expect(oauth!.token_url).toMatch(/^http:\/\/127\.0\.0\.1:/);
  } finally {
    await server.close();
  }
});

test("at a terminal it asks, shows and asks again before it installs", () =>
  withHome(async (home) => {
    const ask = (stdin: string) =>
      runCommand(["provider", "new", "acme"], { home, tty: true, stdin });
    const refused = await ask("Acme\napi.acme-notes.com\nX-Key\n\n\nn\n");
    expect(refused.code).toBe(2);
    expect((await runCommand(["inspect", "acme"], { home })).code).toBe(4);
    expect((await ask("")).code).toBe(2);
    expect((await ask("Acme\n\n")).code).toBe(2);

    const { code, stderr } = await ask(
      "\napi.acme-notes.com\nX-Key\n\nNOTES\ny\n",
    );
    expect(code).toBe(0);
    expect(stderr).toContain("Display name [Acme]: ");
    expect(stderr).toContain('Word before the key, or "none" [none]: ');
    expect(stderr).toContain("Variable of the key [ACME_API_KEY]: ");
    expect(stderr).toContain('Install "acme"? [y/N] ');
    const { stdout } = await runCommand(["inspect", "acme"], { home });
    expect(JSON.parse(stdout)).toMatchObject({
      display_name: "Acme",
      api_url: "api.acme-notes.com",
      api_key: { header_name: "X-Key", header_prefix: "", env_var: "NOTES" },
      export: { env: { NOTES: "api_key" } },
    });
  }));

test("variableOf() gives a name that shells take", () => {
  expect(variableOf("acme-notes", "API_KEY")).toBe("ACME_NOTES_API_KEY");
  expect(variableOf("2nd", "ACCESS_TOKEN")).toBe("_2ND_ACCESS_TOKEN");
});
