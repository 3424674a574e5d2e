// The SDK's client speaks to the SDK's server through `authsome mcp`: every kind of message arrives as it was sent.
import { expect } from "expect";
import { test } from "node:test";
import { URL_EVENTS, URL_HTTP, URL_OPEN } from "./remote_server.ts";
import { connect, logIn, openWorld, textOf } from "./sdk_client.ts";

const schemas = await import("@modelcontextprotocol/sdk/types.js");

for (const url of [URL_HTTP, URL_EVENTS]) {
  test(`every message passes to ${url} and back`, async () => {
    await using world = await openWorld();
    const { server, cli } = world;
    await logIn(cli, url);
    let changes = 0;
    await using relay = await connect(cli, `mcp ${url}`, {
      capabilities: { sampling: {}, elicitation: {}, roots: {} },
      prepare(client) {
        client.setRequestHandler(schemas.CreateMessageRequestSchema, () => ({
          model: "m",
          role: "assistant",
          content: { type: "text", text: "sampled" },
        }));
        client.setRequestHandler(schemas.ElicitRequestSchema, () => ({
          action: "accept",
          content: { name: "elicited" },
        }));
        client.setRequestHandler(schemas.ListRootsRequestSchema, () => ({
          roots: [{ uri: "file:///root" }],
        }));
        client.setNotificationHandler(
          schemas.ToolListChangedNotificationSchema,
          () => void changes++,
        );
      },
    });
    const { client } = relay;
    // The server's own words, not ours.
    expect(client.getServerVersion()).toEqual({
      name: "relay-tools",
      version: "7",
    });
    expect(client.getInstructions()).toBe("Use echo.");
    const { tools } = await client.listTools();
    expect(tools.map(({ name }: { name: string }) => name)).toContain("echo");
    const call = (name: string, text?: string, options?: unknown) =>
      client.callTool(
        { name, arguments: { text } },
        undefined,
        options,
      ).then(textOf);
    expect(await call("echo", "ö\u2028 z")).toBe("echo ö\u2028 z");
    expect((await client.readResource({ uri: "note://one" })).contents[0].text)
      .toBe("a note");
    expect(await call("ask_client")).toBe("asked");
    expect(server.answers).toMatchObject([
      { content: { text: "sampled" } },
      { action: "accept", content: { name: "elicited" } },
      { roots: [{ uri: "file:///root" }] },
    ]);
    const progress: number[] = [];
    const progressing = call("progress", "wait", {
      onprogress: (each: { progress: number }) => progress.push(each.progress),
    });
    while (progress.length < 2) await new Promise(setImmediate);
    server.release();
    await progressing;
    expect(progress).toEqual([1, 2]);
    // A method that nobody knows, with what it carries.
    expect(
      await client.request(
        { method: "vendor/odd", params: { deep: [{ a: null }] } },
        schemas.ResultSchema,
      ),
    ).toEqual({ unknown: "vendor/odd", params: { deep: [{ a: null }] } });
    const stop = new AbortController();
    const slow = call("slow", undefined, { signal: stop.signal });
    slow.catch(() => {});
    while (!server.calls.includes("slow")) await new Promise(setImmediate);
    stop.abort();
    await server.cancelled;
    await expect(slow).rejects.toThrow();
    await server.announce();
    while (changes === 0) await new Promise(setImmediate);
    expect(await client.ping()).toEqual({});
    // An error of the server keeps its code.
    await expect(client.readResource({ uri: "note://none" }))
      .rejects.toMatchObject({ code: -32602 });
  });
}

test("a server that asks for no login is served without one", async () => {
  await using world = await openWorld();
  await using relay = await connect(world.cli, `mcp ${URL_OPEN}`);
  const { client } = relay;
  expect(
    textOf(await client.callTool({ name: "echo", arguments: { text: "x" } })),
  ).toBe("echo x");
  expect(world.server.registrations).toBe(0);
});
