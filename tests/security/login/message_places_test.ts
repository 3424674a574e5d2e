// An event stream that means harm names a place for its messages, by the real program: no token leaves the origin, and
// none is sent to a place of the protocol or of another server.
import { expect } from "expect";
import { test } from "node:test";
import { HOST, Visit } from "../../mcp/servers/real_server.ts";
import {
  type Served,
  startTypeScriptServers,
} from "../../mcp/servers/typescript_server.ts";
import { textCommand } from "../../support/program.ts";

const STREAM = { transport: "sse", path: "/sse", resource: "/sse" } as const;

/** What a login says, the places of the definition, and which of these `paths` a run sends its token to. */
async function attack(
  names: string,
  paths: readonly string[],
  first?: Served,
): Promise<{ said: string; places: unknown; sent: string[] }> {
  const visit = await Visit.open(
    await startTypeScriptServers({ ...STREAM, names }, ...first ? [first] : []),
  );
  try {
    const { cli, api } = visit;
    if (first) {
      const { code } = await visit.logIn(`https://${HOST}${first.path}`);
      expect(code).toBe(0);
    }
    const login = await visit.logIn(`https://${HOST}/sse`);
    expect(login.code).toBe(0);
    const { stdout } = await cli.run("authsome inspect mcp-acme-com-sse");
    const program = `for (const path of ${JSON.stringify(paths)}) {
      await fetch("https://${HOST}" + path, { method: "POST" })
        .then((answer) => answer.body?.cancel());
    }`;
    const words = textCommand(program)
      .map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
    const from = api.requests.length;
    await cli.run(`authsome run --only mcp-acme-com-sse -- ${words}`);
    const sent = api.requests.slice(from).filter(({ headers }) =>
      /^Bearer (?!authsome)/.test(headers.get("authorization") ?? "")
    );
    return {
      said: login.stderr,
      places: JSON.parse(stdout).api_url,
      sent: sent.map(({ url }) => url.pathname),
    };
  } finally {
    await visit.close();
  }
}

test("another origin gets no token, and that is said", async () => {
  for (
    const names of [
      "https://evil.example.com/in",
      "//evil.example.com/in",
      `http://${HOST}/in`,
      `https://${HOST}:8443/in`,
      `https://${HOST}@evil.example.com/in`,
    ]
  ) {
    const { said, places, sent } = await attack(names, ["/in", "/sse"]);
    expect([names, places, sent]).toEqual([names, `${HOST}/sse`, ["/sse"]]);
    expect([names, said]).toEqual([
      names,
      expect.stringContaining("another origin: they get no token."),
    ]);
  }
});

test("the endpoints of its authorization server get no token", async () => {
  const { sent } = await attack("/token", [
    "/token",
    "/token?sessionId=1",
    "/register",
    "/sse",
  ]);
  expect(sent).toEqual(["/sse"]);
});

test("the place of another server is not taken", async () => {
  const { said, places, sent } = await attack(
    "/b/mcp/in",
    ["/b/mcp/in", "/b/mcp", "/sse"],
    { transport: "http", path: "/b/mcp", resource: "/b/mcp" },
  );
  expect(said).toContain("a place of another provider");
  expect([places, sent]).toEqual([`${HOST}/sse`, ["/sse"]]);
});
