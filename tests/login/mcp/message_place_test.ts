// Which place a login adds to the definition of a remote MCP server, and which it does not.
import { expect } from "expect";
import { test } from "node:test";
import {
  messagePlace,
  messagePlaceOf,
  shownPlaces,
} from "../../../lib/login/mcp/message_place.ts";
import { entriesFor, entryOf } from "../../../lib/provider/api_url.ts";
import type { OAuth2Credential } from "../../../lib/oauth/credential.ts";
import { Secret } from "../../../lib/secret.ts";
import {
  fakeDefinition,
  withFakeServer,
} from "../../support/servers/fake_authorization_server.ts";

const credential: OAuth2Credential = {
  type: "oauth2",
  accessToken: new Secret("token-1"),
  scopes: [],
  requestedScopes: [],
  captured: {},
};

interface Row {
  /** Path of the stream. */
  path?: string;
  /** What each stream names in turn; a number is a status without a stream. */
  names: (string | number)[];
  /** Paths of the definition. Default: that of the stream. */
  served?: string[];
  /** Paths of other providers. */
  others?: string[];
  ask?: boolean;
  /** Path that is added; `null`: only a sentence is said; absent: nothing at all. */
  place?: string | null;
}

async function placeFor(row: Row): Promise<string | null | undefined> {
  let place: string | null | undefined;
  const { path = "/sse", names, served = [path], others = [], ask = true } =
    row;
  const left = [...names];
  const answer = () => {
    const named = left.shift() ?? 404;
    return typeof named === "number"
      ? new Response("", { status: named })
      : new Response(`event: endpoint\ndata: ${named}\n\n`, {
        headers: { "content-type": "text/event-stream" },
      });
  };
  await withFakeServer({ [path]: answer }, async ({ origin }) => {
    const { host } = new URL(origin);
    const entries = (paths: string[]) => paths.map((one) => host + one);
    const found = await messagePlace(
      {
        definition: { ...fakeDefinition(origin), api_url: entries(served) },
        fetch,
        allowPrivateHosts: true,
      },
      new URL(path, origin),
      credential,
      { ask, others: entries(others) },
    );
    place = found && (found.place?.slice(host.length) ?? null);
  });
  return place;
}

test("messages beside the stream get a place of their own, as narrow as the streams allow", async () => {
  const rows: Row[] = [
    {
      names: ["/messages?sessionId=1", "/messages?sessionId=2"],
      place: "/messages",
    },
    { names: ["/messages/?session_id=1", 503], place: "/messages" },
    // The session is a part of the path.
    { names: ["/m/1f/in", "/m/2e/in"], place: "/m" },
    { names: ["/1f", "/2e"], place: "" },
    // What no entry of api_url can hold is left to a shorter one.
    { names: ["/m/%7Bid%7D", "/m/%7Bid%7D"], place: "/m" },
    // Below the stream, or in a place that the resource opened: nothing is missing.
    { names: ["/sse/message?sessionId=1"] },
    { names: ["/messages"], served: ["/sse", ""] },
    { names: ["/a/messages"], path: "/a/sse", served: ["/a/sse", "/a"] },
    { names: ["/ssemessages", "/ssemessages"], place: "/ssemessages" },
    // Another origin.
    { names: ["https://evil.example/messages"], place: null },
  ];
  for (const row of rows) {
    expect([row, await placeFor(row)]).toEqual([row, row.place]);
  }
});

test("a server that says nothing, or must not be asked, is taken at its address: beside /sse, and nowhere else", async () => {
  const rows: Row[] = [
    { names: [503], place: "" },
    { names: [], ask: false, place: "" },
    { names: [], ask: false, path: "/a/sse", place: "/a" },
    { names: [], ask: false, path: "/a/sse/", place: "/a" },
    { names: [], ask: false, path: "/mcp" },
    { names: [], ask: false, path: "/assess" },
    { names: [503], path: "/mcp" },
    // It answered, and it is no event stream.
    { names: [405] },
    { names: [404], path: "/mcp" },
  ];
  for (const row of rows) {
    expect([row, await placeFor(row)]).toEqual([row, row.place]);
  }
});

test("a place of another provider is not taken", async () => {
  const rows: Row[] = [
    { names: ["/messages", "/messages"], others: ["/messages"], place: null },
    { names: ["/b/mcp/x", "/b/mcp/x"], others: ["/b/mcp"], place: null },
    { names: [], ask: false, others: [""], place: null },
    // One that serves the whole host leaves room for a longer place, as for the stream itself.
    { names: ["/messages", "/messages"], others: [""], place: "/messages" },
    {
      names: ["/messages", "/messages"],
      others: ["/mess"],
      place: "/messages",
    },
  ];
  for (const row of rows) {
    expect([row, await placeFor(row)]).toEqual([row, row.place]);
  }
});

test("a definition that a person wrote is asked at its first place, if that is one", async () => {
  for (
    const [api_url, asked] of [
      ["https://acme.com/sse", ["https://acme.com/sse"]],
      [["acme.com/a/sse", "acme.com/x"], ["https://acme.com/a/sse"]],
      ["acme.com", []],
      ["regex:^[a-z]+\\.acme\\.com$", []],
      ["{base_url_host}/mcp", []],
    ] as [string | string[], string[]][]
  ) {
    const seen: string[] = [];
    const place = await messagePlaceOf(
      {
        registry: { list: () => Promise.resolve([]) },
        connections: { names: () => Promise.resolve([]) },
        env: { get: () => undefined, toObject: () => ({}) },
        fetch: (url) => {
          seen.push(String(url));
          return Promise.resolve(new Response("", { status: 405 }));
        },
      },
      {
        provider: {
          definition: { ...fakeDefinition(""), category: "mcp", api_url },
          source: "custom",
          warnings: [],
        },
        asked: { provider: "acme" },
        credential,
      },
      { say: () => {}, signal: new AbortController().signal },
    );
    expect([api_url, place, seen]).toEqual([api_url, undefined, asked]);
  }
});

test("the places of a definition are those of its URL and of a wider resource", () => {
  const rows: [url: string, resource: string | undefined, shown: string][] = [
    ["/mcp", undefined, "acme.com/mcp"],
    ["/mcp", "/mcp/", "acme.com/mcp"],
    ["/mcp/", "/mcp", "acme.com/mcp"],
    ["/a/mcp", "/a", "acme.com/a"],
    ["/mcp", "/", "acme.com (every path)"],
    ["/mcp", "", "acme.com (every path)"],
    ["/", "", "acme.com (every path)"],
  ];
  for (const [path, resource, shown] of rows) {
    const api_url = entriesFor(
      new URL(`https://acme.com${path}`),
      resource === undefined ? undefined : `https://acme.com${resource}`,
    );
    expect([path, shownPlaces({ ...fakeDefinition(""), api_url })])
      .toEqual([path, shown]);
  }
  expect(entryOf(new URL("https://Acme.com:8443/a//b/%20/c"))).toBe(
    "acme.com:8443/a/b",
  );
  // Neither beside it nor elsewhere, whoever should have refused that before.
  for (
    const resource of [
      "https://acme.com/other",
      "https://evil.com/",
      "http://acme.com",
    ]
  ) {
    expect(entriesFor(new URL("https://acme.com/mcp"), resource)).toBe(
      "acme.com/mcp",
    );
  }
  // Refused when the definition is read, not made wider.
  expect(entriesFor(new URL("https://acme.com/a b"), undefined)).toBe(
    "acme.com/a%20b",
  );
});
