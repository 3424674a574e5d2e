// `authsome login <url>`: a remote MCP server that no definition describes, from discovery to logout, by the real program.
import { expect } from "expect";
import { after, before, test } from "node:test";
import { missing } from "../../support/missing.ts";
import { CliSession } from "../../support/terminal/cli_session.ts";
import {
  MCP_URL,
  type McpService,
  startMcpService,
} from "../../support/servers/mcp_service.ts";

const NAME = "mcp-acme-com";
let service: McpService;
let cli: CliSession;

before(async () => {
  service = await startMcpService();
  cli = await CliSession.open(service.api);
});
after(async () => {
  await cli[Symbol.asyncDispose]();
  await service.close();
});

/** Logs in by URL and consents as a person would. */
async function logIn(options = "") {
  const login = cli.start(`authsome login ${MCP_URL} ${options}`);
  const end = await cli.consent(await login.url);
  await (await fetch(end)).body?.cancel();
  return await login.done;
}

const connections = async () => {
  const { stdout } = await cli.run("authsome list --connected --json");
  const { bundled, custom } = JSON.parse(stdout);
  return [...bundled, ...custom].map((
    { name, source, display_name, connections: [{ status }] },
  ) => ({ name, source, display_name, status }));
};

test("who gives up leaves no definition behind", async () => {
  const login = cli.start(`authsome login ${MCP_URL}`);
  const url = new URL(await login.url);
  const state = url.searchParams.get("state")!;
  const denied = new URL(cli.redirectUri);
  denied.search = `${new URLSearchParams({
    error: "access_denied",
    state,
    iss: "https://auth.acme.com",
  })}`;
  await (await fetch(denied)).body?.cancel();
  const done = await login.done;
  // No provider of that name is there to log in to.
  expect([done.code, done.stderr]).toEqual([
    2,
    expect.stringContaining(`Hint: authsome login ${MCP_URL}\n`),
  ]);
  const { code, stderr } = await cli.run(`authsome get ${NAME}`);
  expect([code, stderr]).toEqual([
    4,
    expect.stringContaining("There is no provider"),
  ]);
});

test("a person logs in by URL alone; list knows the provider by its name", async () => {
  const { code, stdout, stderr } = await logIn();
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: `Connected ${NAME}/default\n`,
  });
  expect(stderr).toContain(
    `New provider "${NAME}": tokens come from https://auth.acme.com and are sent to mcp.acme.com/mcp only.`,
  );
  expect(service.registrations.at(-1)).toMatchObject({
    application_type: "native",
    token_endpoint_auth_method: "none",
    redirect_uris: [cli.redirectUri],
  });
  expect(service.tokens.at(-1)!.get("resource")).toBe(MCP_URL);
  expect(service.tokens.at(-1)!.has("client_secret")).toBe(false);
  expect(await connections()).toEqual([{
    name: NAME,
    source: "custom",
    display_name: "Acme tools",
    status: "connected",
  }]);
});

test("a client under run gets in by the name that the login made", {
  skip: await missing("python3"),
}, async () => {
  await Deno.writeTextFile(
    `${cli.session.work}/client.py`,
    `
import json, os, urllib.request
body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize"}).encode()
request = urllib.request.Request("${MCP_URL}", body, {"Content-Type": "application/json"})
with urllib.request.urlopen(request, timeout=20) as response:
    print(json.load(response)["result"]["serverInfo"]["name"], os.environ["MCP_ACME_COM_ACCESS_TOKEN"])
`,
  );
  expect(await cli.run("authsome run -- python3 client.py")).toEqual({
    code: 0,
    stdout: "acme authsome-proxy-managed\n",
    stderr: "",
  });
  expect(service.bearers.at(-1)).toMatch(/^Bearer (?!authsome)/);
});

test("the same URL again is the same provider, and so is a bundled one's", async () => {
  const again = await cli.run(`authsome login ${MCP_URL}/`);
  expect([again.code, again.stderr]).toEqual([
    6,
    expect.stringContaining(`authsome login ${NAME} --force`),
  ]);
  const { url, done } = cli.start(
    "authsome login https://mcp.linear.app/mcp --timeout 60",
  );
  // Its server is not on this internet; what matters is whose login it is.
  url.catch(() => {});
  expect((await done).stderr).toContain("linear-mcp");
});

test("who gives up registers no other client, and a server that has forgotten it gets one", async () => {
  const registered = service.registrations.length;
  const waits = await cli.run(
    `authsome login ${NAME} --force --timeout 12`,
  );
  expect([waits.code, waits.stderr]).toEqual([
    2,
    expect.stringContaining(
      `if the page did not know the client: authsome login ${NAME} --reset-client --force`,
    ),
  ]);
  expect((await logIn("--force")).code).toBe(0);
  expect(service.registrations.length).toBe(registered);
  await service.forgetClients();
  const { code, stderr } = await logIn("--force");
  expect([code, stderr]).toEqual([
    0,
    expect.stringContaining("does not know the client"),
  ]);
  expect(service.registrations.length).toBe(registered + 1);
});

test("logout keeps client and definition; revoke tells the server; remove forgets the provider", async () => {
  const registered = service.registrations.length;
  expect((await cli.run(`authsome logout ${NAME}`)).code).toBe(0);
  expect(await connections()).toEqual([]);
  expect((await logIn()).code).toBe(0);
  expect(service.registrations.length).toBe(registered);
  // Without a terminal, only what a login alone brings back is ended without --yes: one connection, no client of a person's.
  expect((await logIn("--connection work")).code).toBe(0);
  const two = await cli.run(`authsome revoke ${NAME}`);
  expect([two.code, two.stderr]).toEqual([
    2,
    expect.stringContaining("Say yes with --yes"),
  ]);
  const one = await cli.run(`authsome revoke ${NAME} --connection work`);
  expect(one.stderr).toContain(`Revoked ${NAME}/work`);
  const { stderr } = await cli.run(`authsome revoke ${NAME}`);
  expect(stderr).toContain(`Revoked ${NAME}/default`);
  await cli.run(`authsome remove ${NAME} --yes`);
  expect((await cli.run(`authsome get ${NAME}`)).code).toBe(4);
});

test("a name that is another provider's is not taken over", async () => {
  const file = `${cli.session.work}/other.json`;
  await Deno.writeTextFile(
    file,
    JSON.stringify({
      schema_version: 1,
      name: NAME,
      display_name: "Other",
      auth_type: "api_key",
      flow: "api_key",
      api_url: "api.other.com",
      api_key: { header_name: "Authorization", header_prefix: "Bearer" },
    }),
  );
  expect((await cli.run("authsome register other.json --yes")).code).toBe(0);
  const { code, stderr } = await cli.run(`authsome login ${MCP_URL}`);
  expect(code).toBe(7);
  expect(stderr).toContain(
    `authsome provider new <name> --oauth ${MCP_URL}`,
  );
});
