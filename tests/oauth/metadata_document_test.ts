// A client that describes itself (Client ID Metadata Document): the certified `oidc-provider` fetches the document that the
// script generates from a server on loopback, and the real program logs in with nothing registered.
import { expect } from "expect";
import { after, before, test } from "node:test";
import { generateClientMetadata } from "../../scripts/generate/client_metadata.ts";
import { CliSession } from "../support/terminal/cli_session.ts";
import {
  MCP_URL,
  type McpService,
  startMcpService,
} from "../support/servers/mcp_service.ts";

const NAME = "mcp-acme-com";
const DOCUMENT = "https://client.acme.com/oauth/authsome.json";
let service: McpService;
let cli: CliSession;

before(async () => {
  service = await startMcpService({
    documents: { [DOCUMENT]: generateClientMetadata(DOCUMENT) },
    registration: false,
  });
  // Its own port: servers do not compare it on loopback (RFC 8252 §7.3).
  cli = await CliSession.open(service.api);
  await cli.run("authsome init");
  await configure(DOCUMENT);
});
after(async () => {
  await cli[Symbol.asyncDispose]();
  await service.close();
});

async function configure(url: string): Promise<void> {
  const file = `${cli.session.work}/home/config.json`;
  const config = JSON.parse(await Deno.readTextFile(file));
  await Deno.writeTextFile(
    file,
    JSON.stringify({ ...config, client_metadata_url: url }),
  );
}

test("a person logs in with a client that is nowhere registered, and revokes with it", async () => {
  const login = cli.start(`authsome login ${MCP_URL}`);
  const url = new URL(await login.url);
  expect(url.searchParams.get("client_id")).toBe(DOCUMENT);
  const end = await cli.consent(url.href);
  await (await fetch(end)).body?.cancel();
  const { code, stdout } = await login.done;
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: `Connected ${NAME}/default\n`,
  });
  expect(service.registrations).toEqual([]);
  expect(service.tokens.at(-1)!.get("client_id")).toBe(DOCUMENT);
  expect(service.tokens.at(-1)!.has("client_secret")).toBe(false);
  const { stderr } = await cli.run(`authsome revoke ${NAME} --yes`);
  expect(stderr).toContain(`Revoked ${NAME}/default`);
  // A change of the configuration by the program keeps it.
  await cli.run("authsome profile create work");
  await cli.run("authsome profile use work");
  expect(
    JSON.parse(await Deno.readTextFile(`${cli.session.work}/home/config.json`)),
  ).toMatchObject({ default_profile: "work", client_metadata_url: DOCUMENT });
  await cli.run("authsome profile use default");
});

test("without a document of ours the person is asked for a client", async () => {
  await configure("");
  const login = cli.start(`authsome login ${MCP_URL} --timeout 15`);
  const url = new URL(await login.url);
  expect(url.origin).toBe(new URL(cli.redirectUri).origin);
  const page = await (await fetch(url)).text();
  expect(page).toContain("client_id");
  expect((await login.done).code).toBe(2);
});

test("the document is what the draft wants and what logins send", () => {
  const document = JSON.parse(generateClientMetadata(DOCUMENT));
  expect(document).toEqual({
    client_id: DOCUMENT,
    client_name: "authsome",
    application_type: "native",
    redirect_uris: [
      "http://127.0.0.1:7998/auth/callback/oauth",
      "http://127.0.0.1/auth/callback/oauth",
    ],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
  });
  for (
    const url of [
      "",
      "client.json",
      "http://client.acme.com/a.json",
      "https://client.acme.com",
      "https://client.acme.com/",
      "https://client.acme.com/a/../b.json",
      "https://client.acme.com/%2e%2e/b.json",
      "https://client.acme.com/a.json#x",
      "https://client.acme.com/a.json#",
      "https://user:pass@client.acme.com/a.json",
      "https://CLIENT.acme.com/a.json",
      "https://client.acme.com/a b.json",
    ]
  ) {
    expect(() => generateClientMetadata(url)).toThrow("Cannot publish");
  }
});
