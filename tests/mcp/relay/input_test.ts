// How `authsome mcp` begins and ends, and what it answers to what is no message.
import { expect } from "expect";
import { test } from "node:test";
import { URL_HTTP } from "./remote_server.ts";
import { logIn, openWorld } from "./sdk_client.ts";

const INITIALIZE = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "t", version: "1" },
  },
};
const READY = { jsonrpc: "2.0", method: "notifications/initialized" };
const lines = (...values: unknown[]) =>
  values.map((value) =>
    typeof value === "string" ? `${value}\n` : `${JSON.stringify(value)}\n`
  ).join("");
// deno-lint-ignore no-explicit-any
const read = (stdout: string): any[] =>
  stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line));

test("requests from a pipe are answered before the end", async () => {
  await using world = await openWorld();
  await logIn(world.cli, URL_HTTP);
  const { stdout, code } = await world.cli.run(`authsome mcp ${URL_HTTP}`, {
    stdin: lines(
      INITIALIZE,
      READY,
      [{ jsonrpc: "2.0", id: "two", method: "tools/list" }, {
        jsonrpc: "2.0",
        id: 3,
        method: "tools/call",
        params: { name: "echo", arguments: { text: "x".repeat(300_000) } },
      }],
    ),
  });
  expect(code).toBe(0);
  const answers = read(stdout);
  const of = (id: unknown) => answers.find((answer) => answer.id === id);
  expect(of(1).result.serverInfo.name).toBe("relay-tools");
  expect(of("two").result.tools.length).toBeGreaterThan(3);
  expect(of(3).result.content[0].text).toHaveLength(300_005);
});

test("what is no message is answered with an error, and the rest goes on", async () => {
  await using world = await openWorld();
  await logIn(world.cli, URL_HTTP);
  const { stdout, code } = await world.cli.run(`authsome mcp ${URL_HTTP}`, {
    stdin: lines(
      "not json",
      "",
      "42",
      { id: 1, method: "initialize" },
      { jsonrpc: "2.0", id: {}, method: "x" },
      // A client of a later revision asks so; it begins with `initialize` then.
      { jsonrpc: "2.0", id: 5, method: "server/discover" },
      { jsonrpc: "2.0", id: 6, method: "ping" },
      INITIALIZE,
      READY,
      { jsonrpc: "2.0", id: 7, method: "ping" },
    ),
  });
  expect(code).toBe(0);
  const answers = read(stdout);
  const codes = answers.filter(({ id }) => id === null)
    .map(({ error }) => error.code);
  expect(codes).toEqual([-32700, -32600, -32600, -32600]);
  const of = (id: unknown) => answers.find((answer) => answer.id === id);
  expect(of(5).error.code).toBe(-32601);
  expect([of(6).result, of(7).result]).toEqual([{}, {}]);
  expect(of(1).result.protocolVersion).toBe("2025-06-18");
});

test("a server that cannot be used is refused at once", async () => {
  await using world = await openWorld();
  const { cli } = world;
  for (
    const [words, code, text] of [
      ["mcp nosuch", 4, 'There is no provider "nosuch"'],
      ["mcp openai", 4, "names no MCP server"],
      ["mcp", 2, "Missing <provider|url>"],
      ["mcp http://mcp.relay-tools.com/mcp", 2, "it is not https"],
      ["mcp https://user:pw@mcp.relay-tools.com/", 2, "contains a password"],
      ["mcp ftp://x", 2, "it is not https"],
      ["mcp https://", 2, "it is not a URL"],
      [`mcp ${URL_HTTP} --allow-tool ''`, 2, "--allow-tool needs a value"],
      [`mcp ${URL_HTTP} --connection a/b`, 2, "connection"],
    ] as const
  ) {
    const done = await cli.run(`authsome ${words}`, { stdin: "" });
    expect([words, done.code, done.stdout]).toEqual([words, code, ""]);
    expect(done.stderr).toContain(text);
    expect(done.stderr).not.toContain("pw@");
  }
});

test("the end of stdin, a signal and a closed stdout end it", async () => {
  await using world = await openWorld();
  const { cli } = world;
  await logIn(cli, URL_HTTP);
  const start = () =>
    new Deno.Command("/bin/sh", {
      args: ["-c", `exec authsome mcp ${URL_HTTP}`],
      cwd: cli.session.work,
      clearEnv: true,
      env: cli.environment,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  const first = new TextEncoder().encode(lines(INITIALIZE));
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const child = start();
    const writer = child.stdin.getWriter();
    await writer.write(first);
    const reader = child.stdout.getReader();
    await reader.read();
    child.kill(signal);
    expect([signal, (await child.status).code]).toEqual([signal, 130]);
    expect(await new Response(child.stderr).text()).toBe("");
    await reader.cancel();
    await writer.close().catch(() => {});
  }
  const child = start();
  const writer = child.stdin.getWriter();
  await child.stdout.cancel();
  await writer.write(first);
  expect((await child.status).code).toBe(0);
  expect(await new Response(child.stderr).text()).toBe("");
  await writer.close().catch(() => {});
  // The session ends at the server too.
  expect(world.server.api.requests.map(({ method }) => method))
    .toContain("DELETE");
});
