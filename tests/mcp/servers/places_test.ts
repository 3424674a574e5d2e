// Where the tokens of real servers on one origin go, by the real program: each to its own, none beyond.
import { expect } from "expect";
import { test } from "node:test";
import { textCommand } from "../../support/program.ts";
import { clientOf, HOST, Visit } from "./real_server.ts";
import { type Served, startTypeScriptServers } from "./typescript_server.ts";

async function withServers(
  served: Served[],
  body: (visit: Visit) => Promise<void>,
): Promise<void> {
  const visit = await Visit.open(await startTypeScriptServers(...served));
  try {
    await body(visit);
  } finally {
    await visit.close();
  }
}

/** What clients of several servers print in one run. */
function inOneRun(
  visit: Visit,
  ...clients: [transport: string, path: string][]
) {
  const commands = clients.map(([transport, path]) =>
    clientOf(transport, path)
  );
  return visit.cli.run(
    `authsome run -- sh -c '${commands.join(" && ").replaceAll("'", `'\\''`)}'`,
  );
}

/** Logs in and returns what was said of places. */
async function places(visit: Visit, path: string): Promise<string> {
  const { code, stderr } = await visit.logIn(`https://${HOST}${path}`);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return stderr.split("\n").filter((line) => / sent | messages /.test(line))
    .join("\n");
}

for (
  const [what, resources, said] of [
    ["with a resource each", ["/a/mcp", "/b/mcp"], [
      `are sent to ${HOST}/a/mcp only.`,
      `are sent to ${HOST}/b/mcp only.`,
    ]],
    // The wider place stays with the first.
    ["with the origin as the resource of both", ["/", "/"], [
      `are sent to ${HOST} (every path) only.`,
      `are sent to ${HOST}/b/mcp only.`,
    ]],
  ] as const
) {
  test(`two servers of one origin, ${what}, keep apart`, () =>
    withServers([
      { transport: "http", path: "/a/mcp", resource: resources[0], says: "a" },
      { transport: "http", path: "/b/mcp", resource: resources[1], says: "b" },
    ], async (visit) => {
      expect(await places(visit, "/a/mcp")).toContain(said[0]);
      expect(await places(visit, "/b/mcp")).toContain(said[1]);
      expect(await inOneRun(visit, ["http", "/a/mcp"], ["http", "/b/mcp"]))
        .toMatchObject({
          code: 0,
          stdout: "tools echo\ncall a\ntools echo\ncall b\n",
        });
      // Each got its own token.
      const tokens = new Map<string, Set<string | null>>();
      for (const { url, headers, method } of visit.api.requests) {
        if (method !== "POST" || !url.pathname.endsWith("/mcp")) continue;
        const seen = tokens.get(url.pathname) ?? new Set();
        const token = headers.get("authorization");
        if (token !== null) tokens.set(url.pathname, seen.add(token));
      }
      const [a, b] = [tokens.get("/a/mcp")!, tokens.get("/b/mcp")!];
      expect([a.size > 0, b.size > 0, [...a].filter((one) => b.has(one))])
        .toEqual([true, true, []]);
    }));
}

test("a place of messages that another server has already stays with it, and that is said", () =>
  withServers([
    { transport: "sse", path: "/a/sse", resource: "/a/sse", says: "a" },
    { transport: "sse", path: "/b/sse", resource: "/b/sse", says: "b" },
  ], async (visit) => {
    await places(visit, "/a/sse");
    expect(await places(visit, "/b/sse")).toContain(
      `Its messages go to ${HOST}/messages, a place of another provider: they do not get this token.`,
    );
    expect(await inOneRun(visit, ["sse", "/a/sse"])).toMatchObject({
      code: 0,
      stdout: "tools echo\ncall a\n",
    });
  }));

test("beyond its places a token is not sent", () =>
  withServers([
    { transport: "http", path: "/mcp", resource: "/mcp" },
  ], async (visit) => {
    await places(visit, "/mcp");
    const paths = ["/mcp", "/mcp/", "/mcp/x", "/mcpx", "/", "/other", "/token"];
    const fetches = paths.map((path) =>
      `await fetch("https://${HOST}${path}").then((r) => r.body?.cancel());`
    ).join("");
    const command = textCommand(fetches)
      .map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
    const from = visit.api.requests.length;
    await visit.cli.run(`authsome run -- ${command}`);
    const got = visit.api.requests.slice(from).filter(({ headers }) =>
      /^Bearer (?!authsome)/.test(headers.get("authorization") ?? "")
    );
    expect(got.map(({ url }) => url.pathname)).toEqual([
      "/mcp",
      "/mcp/",
      "/mcp/x",
    ]);
  }));

test("the address with and without its last slash is one provider", () =>
  withServers([
    { transport: "http", path: "/mcp", resource: "/" },
  ], async (visit) => {
    expect((await visit.logIn(`https://${HOST}/mcp/`)).stdout).toBe(
      "Connected mcp-acme-com/default\n",
    );
    expect(await visit.logIn(`https://${HOST}/mcp`)).toMatchObject({
      code: 6,
      stderr: expect.stringContaining("authsome login mcp-acme-com --force"),
    });
  }));

test("a connection of an earlier version gets the place of its messages by a new login, by its name; the rest of its definition stays", () =>
  withServers([
    { transport: "sse", path: "/sse", resource: "/sse" },
  ], async (visit) => {
    await places(visit, "/sse");
    const { cli } = visit;
    const inspect = async () =>
      JSON.parse(
        (await cli.run("authsome inspect mcp-acme-com-sse")).stdout,
      );
    const now = await inspect();
    expect(now.api_url).toEqual([`${HOST}/sse`, `${HOST}/messages`]);
    const file =
      `${cli.session.environment.AUTHSOME_HOME}/providers/mcp-acme-com-sse.json`;
    await Deno.writeTextFile(
      file,
      JSON.stringify({ ...now, api_url: `${HOST}/sse`, note: "mine" }),
    );
    const before = visit.authorizations("/messages").length;
    expect((await inOneRun(visit, ["sse", "/sse"])).code).not.toBe(0);
    expect(new Set(visit.authorizations("/messages").slice(before))).toEqual(
      new Set(["none"]),
    );
    const again = await visit.logIn("mcp-acme-com-sse", "--force");
    expect(again).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(
        `Its messages go to ${HOST}/messages: the token is sent there too.`,
      ),
    });
    expect(await inOneRun(visit, ["sse", "/sse"])).toMatchObject({ code: 0 });
    expect(await inspect()).toEqual({ ...now, note: "mine" });
  }));
