// Real servers of Python's `mcp` (1.x and 2.x) and of FastMCP with their own authorization servers: login by URL, the
// package's own client under run, refresh, revocation.
import { expect } from "expect";
import { test } from "node:test";
import { missing } from "../../support/missing.ts";
import { notInstalled, type Package, pythonOf } from "./python/packages.ts";
import { startPythonServer } from "./python_server.ts";
import { HOST, lives, Visit } from "./real_server.ts";

const PACKAGES: [Package, what: string][] = [
  ["mcp1", "Python mcp 1.x"],
  ["mcp2", "Python mcp 2.x"],
  ["fastmcp", "FastMCP"],
];
const PLACES = [
  { transport: "http", path: "/mcp", name: "mcp-acme-com" },
  { transport: "http", path: "/mcp/", name: "mcp-acme-com" },
  { transport: "sse", path: "/sse", name: "mcp-acme-com-sse" },
] as const;

for (const [name, what] of PACKAGES) {
  for (const served of PLACES) {
    const { transport, path } = served;
    test(
      `${what}, ${transport} at ${path}: login, tools, refresh, revocation`,
      {
        skip: notInstalled(name) || await missing(pythonOf(name)),
      },
      async () => {
        const visit = await Visit.open(await startPythonServer(name, served));
        const url = `https://${HOST}${path}`;
        const script = new URL("python/client.py", import.meta.url).pathname;
        try {
          await lives(visit, {
            url,
            name: served.name,
            client: `'${pythonOf(name)}' '${script}' ${transport} ${url}`,
            places: [
              `are sent to ${HOST}${path.replace(/\/$/, "")} only.`,
              ...transport === "sse"
                ? [
                  `Its messages go to ${HOST}/messages: the token is sent there too.`,
                ]
                : [],
            ],
          });
          const posts = visit.authorizations(
            transport === "sse" ? "/messages/" : path,
          );
          expect(posts).toContain("token");
        } finally {
          await visit.close();
        }
      },
    );
  }
}
