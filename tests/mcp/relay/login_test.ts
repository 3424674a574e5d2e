// Nobody is logged in: `initialize` is answered at once, and the address of the login reaches the person.
import { expect } from "expect";
import { test } from "node:test";
import { URL_EVENTS, URL_HTTP } from "./remote_server.ts";
import { connect, logIn, openWorld, textOf, visit } from "./sdk_client.ts";

const schemas = await import("@modelcontextprotocol/sdk/types.js");
const SHOWN = /^ {2}(https:\S+)$/m;
const names = ({ tools }: { tools: { name: string }[] }) =>
  tools.map(({ name }) => name);

for (const url of [URL_HTTP, URL_EVENTS]) {
  test(`without a login a tool gives the address, then ${url} serves`, async () => {
    await using world = await openWorld();
    const changed = Promise.withResolvers<void>();
    await using relay = await connect(world.cli, `mcp ${url}`, {
      prepare: (client) =>
        client.setNotificationHandler(
          schemas.ToolListChangedNotificationSchema,
          () => changed.resolve(),
        ),
    });
    const { client } = relay;
    expect(client.getServerVersion().name).toBe("authsome");
    // The server is asked meanwhile: until it has refused, a request waits for it.
    const before = await client.listTools();
    expect(names(before)).toEqual(["login"]);
    expect(await client.listPrompts()).toMatchObject({ prompts: [] });
    const refused = await client.callTool({ name: "echo", arguments: {} });
    expect(refused.isError).toBe(true);
    const told = textOf(await client.callTool({ name: "login" }));
    const [address] = /https:\S+/.exec(told)!;
    expect(told).toContain("Not logged in to mcp.relay-tools.com");
    expect(textOf(refused)).toContain(address);
    expect(before.tools[0].description).toContain(address);
    expect((await relay.shows(SHOWN))[1]).toBe(address);
    await visit(world.cli, address);
    await changed.promise;
    expect(names(await client.listTools())).toContain("echo");
    expect(
      textOf(await client.callTool({ name: "echo", arguments: { text: "1" } })),
    ).toBe("echo 1");
    // Of what the server has not, there is nothing; a client must not fail for it.
    expect(await client.listPrompts()).toMatchObject({ prompts: [] });
    expect(textOf(await client.callTool({ name: "login" })))
      .toContain("Logged in");
    expect(world.server.calls).toEqual(["echo"]);
  });
}

test("a client that opens addresses is sent there", async () => {
  await using world = await openWorld();
  const completed = Promise.withResolvers<string>();
  const asked = Promise.withResolvers<Record<string, string>>();
  await using relay = await connect(world.cli, `mcp ${URL_HTTP}`, {
    capabilities: { elicitation: { url: {} } },
    prepare(client) {
      client.setRequestHandler(
        schemas.ElicitRequestSchema,
        // deno-lint-ignore no-explicit-any
        async ({ params }: any) => {
          asked.resolve(params);
          await visit(world.cli, params.url);
          return { action: "accept" };
        },
      );
      client.setNotificationHandler(
        schemas.ElicitationCompleteNotificationSchema,
        // deno-lint-ignore no-explicit-any
        ({ params }: any) => completed.resolve(params.elicitationId),
      );
    },
  });
  expect(names(await relay.client.listTools())).toContain("echo");
  const { mode, url, elicitationId } = await asked.promise;
  expect([mode, new URL(url!).pathname]).toEqual(["url", "/authorize"]);
  expect(await completed.promise).toBe(elicitationId);
});

test("a login in another process is taken", async () => {
  await using world = await openWorld();
  const changed = Promise.withResolvers<void>();
  await using relay = await connect(world.cli, `mcp ${URL_HTTP}`, {
    prepare: (client) =>
      client.setNotificationHandler(
        schemas.ToolListChangedNotificationSchema,
        () => changed.resolve(),
      ),
    // Another port, so that both wait at the same time.
    env: { AUTHSOME_PORT: String(world.cli.port + 1) },
  });
  expect(names(await relay.client.listTools())).toEqual(["login"]);
  await relay.shows(SHOWN);
  await logIn(world.cli, URL_HTTP);
  await changed.promise;
  expect(names(await relay.client.listTools())).toContain("echo");
});

test("a login that is lost in the middle of a session is asked for again", async () => {
  await using world = await openWorld();
  const { server, cli } = world;
  await logIn(cli, URL_HTTP);
  const changed = Promise.withResolvers<void>();
  await using relay = await connect(cli, `mcp ${URL_HTTP}`, {
    prepare: (client) =>
      client.setNotificationHandler(
        schemas.ToolListChangedNotificationSchema,
        () => changed.resolve(),
      ),
  });
  const echo = () =>
    relay.client.callTool({ name: "echo", arguments: { text: "1" } });
  expect(textOf(await echo())).toBe("echo 1");
  server.forgetLogins();
  const refused = await echo();
  expect(refused.isError).toBe(true);
  await visit(cli, /https:\S+/.exec(textOf(refused))![0]);
  await changed.promise;
  expect(textOf(await echo())).toBe("echo 1");
});

test("a token that is refused right after the login opens no second one", async () => {
  await using world = await openWorld();
  const { server, cli } = world;
  const changed = Promise.withResolvers<void>();
  await using relay = await connect(cli, `mcp ${URL_HTTP}`, {
    prepare: (client) =>
      client.setNotificationHandler(
        schemas.ToolListChangedNotificationSchema,
        () => changed.resolve(),
      ),
  });
  const { client } = relay;
  const told = textOf(await client.callTool({ name: "login" }));
  await visit(cli, /https:\S+/.exec(told)![0]);
  await changed.promise;
  server.forgetLogins();
  const refused = await client.callTool({ name: "echo", arguments: {} });
  expect(textOf(refused)).toContain("refuses the token");
  expect(server.grants.filter((grant) => grant === "authorization_code"))
    .toHaveLength(1);
});

test("a scope that is lacking is asked for, once", async () => {
  await using world = await openWorld();
  const { server, cli } = world;
  await logIn(cli, `${URL_HTTP} --scopes items:read`);
  const changed = Promise.withResolvers<void>();
  await using relay = await connect(cli, `mcp ${URL_HTTP}`, {
    prepare: (client) =>
      client.setNotificationHandler(
        schemas.ToolListChangedNotificationSchema,
        () => changed.resolve(),
      ),
  });
  const echo = () =>
    relay.client.callTool({ name: "echo", arguments: { text: "1" } });
  server.scope = "items:write";
  const refused = await echo();
  expect(refused.isError).toBe(true);
  await visit(cli, /https:\S+/.exec(textOf(refused))![0]);
  await changed.promise;
  expect(server.scopes).toEqual(["items:read", "items:read items:write"]);
  expect(textOf(await echo())).toBe("echo 1");
  // A server that is never content is not asked for ever.
  server.scopes.push("");
  await expect(echo()).rejects.toThrow("lacks a scope (items:write)");
  expect(server.grants).toHaveLength(2);
});
