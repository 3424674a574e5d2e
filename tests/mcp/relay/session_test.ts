// What happens to the remote server in the middle of a session is not noticed by the client.
import { expect } from "expect";
import { test } from "node:test";
import { URL_EVENTS, URL_HTTP } from "./remote_server.ts";
import {
  connect,
  logIn,
  openWorld,
  type RelayClient,
  textOf,
} from "./sdk_client.ts";

const call = (
  { client }: RelayClient,
  name: string,
  text?: string,
): Promise<string> =>
  client.callTool({ name, arguments: { text } }).then(textOf);

for (const url of [URL_HTTP, URL_EVENTS]) {
  test(`tokens that ${url} forgets are refreshed in the middle of a session`, async () => {
    await using world = await openWorld();
    const { server, cli } = world;
    await logIn(cli, url);
    await using relay = await connect(cli, `mcp ${url}`);
    expect(await call(relay, "echo", "1")).toBe("echo 1");
    server.forgetTokens();
    expect(await call(relay, "echo", "2")).toBe("echo 2");
    expect(server.grants).toEqual(["authorization_code", "refresh_token"]);
    expect(server.calls).toEqual(["echo", "echo"]);
  });

  test(`a restart of ${url} is not noticed`, async () => {
    await using world = await openWorld();
    const { server, cli } = world;
    await logIn(cli, url);
    await using relay = await connect(cli, `mcp ${url}`);
    await relay.client.subscribeResource({ uri: "note://one" });
    expect(await call(relay, "echo", "1")).toBe("echo 1");
    await server.restart();
    expect(await call(relay, "echo", "2")).toBe("echo 2");
    // The new session knows what the old one had been told.
    const told = server.methods.slice(server.methods.lastIndexOf("initialize"));
    expect(told).toContain("resources/subscribe");
    expect(server.calls).toEqual(["echo", "echo"]);
  });

  test(`a server at ${url} that is away for a moment is waited for`, async () => {
    await using world = await openWorld();
    const { server, cli } = world;
    await logIn(cli, url);
    await using relay = await connect(cli, `mcp ${url}`);
    expect(await call(relay, "echo", "1")).toBe("echo 1");
    await server.restart();
    server.away = true;
    const later = call(relay, "echo", "2");
    const arrived = server.api.requests.length;
    while (server.api.requests.length < arrived + 3) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    server.away = false;
    expect(await later).toBe("echo 2");
    expect(server.calls).toEqual(["echo", "echo"]);
  });

  test(`what was on its way to ${url} is sent again only if it does no harm`, async () => {
    await using world = await openWorld();
    const { server, cli } = world;
    await logIn(cli, url);
    await using relay = await connect(cli, `mcp ${url}`);
    await relay.client.listTools();
    const harmless = call(relay, "slow_read");
    const other = call(relay, "slow");
    other.catch(() => {});
    while (server.calls.length < 2) await new Promise(setImmediate);
    await server.restart();
    await expect(other).rejects.toThrow("may have been carried out or not");
    while (server.calls.length < 3) await new Promise(setImmediate);
    server.release();
    expect(await harmless).toBe("waited");
    expect(server.calls.toSorted()).toEqual(["slow", "slow_read", "slow_read"]);
  });
}

test("tools that are not allowed are neither seen nor called", async () => {
  await using world = await openWorld();
  const { server, cli } = world;
  await logIn(cli, URL_HTTP);
  await using relay = await connect(
    cli,
    `mcp ${URL_HTTP} --allow-tool '*_item' --allow-tool ech? --deny-tool 'delete*'`,
  );
  const { tools } = await relay.client.listTools();
  expect(tools.map(({ name }: { name: string }) => name))
    .toEqual(["echo", "read_item"]);
  expect(await call(relay, "read_item", "1")).toBe("item 1");
  for (const name of ["delete_item", "slow", "Echo", "echoo"]) {
    await expect(call(relay, name)).rejects.toMatchObject({ code: -32602 });
  }
  expect(server.calls).toEqual(["read_item"]);
});

test("the answer to initialize is kept and given before the server is asked", async () => {
  await using world = await openWorld();
  const { server, cli } = world;
  await logIn(cli, URL_HTTP);
  await (await connect(cli, `mcp ${URL_HTTP}`))[Symbol.asyncDispose]();
  server.away = true;
  await using relay = await connect(cli, `mcp ${URL_HTTP}`);
  expect(relay.client.getServerVersion().name).toBe("relay-tools");
  server.away = false;
  expect(await call(relay, "echo", "1")).toBe("echo 1");
});

test("--connection chooses the account", async () => {
  await using world = await openWorld();
  const { server, cli } = world;
  await logIn(cli, URL_HTTP);
  await logIn(cli, `${URL_HTTP} --connection work`);
  server.bearers.length = 0;
  await using relay = await connect(cli, `mcp ${URL_HTTP} --connection work`);
  expect(await call(relay, "echo", "1")).toBe("echo 1");
  const shown = await cli.run(
    "authsome get mcp-relay-tools-com --connection work --field access_token --show-secret",
  );
  expect([...new Set(server.bearers)]).toEqual([shown.stdout.trim()]);
});
