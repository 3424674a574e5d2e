// Real servers of the TypeScript SDK with its own authorization server: login by URL, a real client under run, refresh,
// revocation; and where the token of an event stream goes.
import { expect } from "expect";
import { test } from "node:test";
import { clientOf, HOST, lives, Visit } from "./real_server.ts";
import { type Served, startTypeScriptServers } from "./typescript_server.ts";

const ROWS: (Served & { name: string; places: string[] })[] = [
  {
    transport: "http",
    path: "/mcp",
    resource: "/mcp",
    name: "mcp-acme-com",
    places: [`are sent to ${HOST}/mcp only.`],
  },
  {
    // What the SDK says if its user says nothing of the resource.
    transport: "http",
    path: "/mcp",
    resource: "/",
    name: "mcp-acme-com",
    places: [`are sent to ${HOST} (every path) only.`],
  },
  {
    transport: "sse",
    path: "/sse",
    messages: "/messages",
    resource: "/sse",
    name: "mcp-acme-com-sse",
    places: [
      `are sent to ${HOST}/sse only.`,
      `Its messages go to ${HOST}/messages: the token is sent there too.`,
    ],
  },
  {
    transport: "sse",
    path: "/sse",
    messages: "/sse/messages",
    resource: "/sse",
    name: "mcp-acme-com-sse",
    places: [`are sent to ${HOST}/sse only.`],
  },
  {
    transport: "sse",
    path: "/a/sse",
    messages: "/rpc/in",
    resource: "/",
    name: "mcp-acme-com-a-sse",
    places: [`are sent to ${HOST} (every path) only.`],
  },
  {
    transport: "sse",
    path: "/sse",
    messages: "/messages",
    name: "mcp-acme-com-sse",
    places: [
      `are sent to ${HOST}/sse only.`,
      `Its messages go to ${HOST}/messages: the token is sent there too.`,
    ],
  },
];

for (const { name, places, ...served } of ROWS) {
  const { transport, path, messages, resource } = served;
  const what = `${transport} at ${path}${
    messages ? `, messages at ${messages}` : ""
  }, ${resource ? `resource ${resource}` : "no metadata of a resource"}`;
  test(`TypeScript SDK, ${what}: login, tools, refresh, revocation`, async () => {
    const visit = await Visit.open(await startTypeScriptServers(served));
    try {
      await lives(visit, {
        url: `https://${HOST}${path}`,
        name,
        client: clientOf(transport, path),
        places,
      });
      if (messages) {
        expect(new Set(visit.authorizations(messages))).toEqual(
          new Set(["token"]),
        );
      }
    } finally {
      await visit.close();
    }
  });
}
