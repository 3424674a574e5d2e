// Other people's clients start `authsome mcp`: the Python SDK's and the command line of the MCP inspector.
import { expect } from "expect";
import { test } from "node:test";
import {
  MCP_NODE,
  MCP_PROGRAMS,
  notInstalled,
} from "../../../scripts/mcp/install.ts";
import { missing } from "../../support/missing.ts";
import { URL_EVENTS, URL_HTTP } from "./remote_server.ts";
import { logIn, openWorld } from "./sdk_client.ts";

const PYTHON = Deno.env.get("AUTHSOME_TEST_PYTHON") ?? "python3";
const CLIENT = new URL("./python_client.py", import.meta.url).pathname;
const withoutPython = await missing(PYTHON, "-c", "import mcp");

for (const url of [URL_HTTP, URL_EVENTS]) {
  test(`the Python SDK's clients are served ${url}`, {
    skip: withoutPython,
  }, async () => {
    await using world = await openWorld();
    await logIn(world.cli, url);
    const { stdout, stderr, code } = await world.cli.run(
      `${PYTHON} ${CLIENT} authsome mcp ${url}`,
    );
    expect([stderr, code]).toEqual([expect.any(String), 0]);
    expect(stdout).toContain("server relay-tools\ntools ask_client,");
    expect(stdout).toContain("call echo from python\nprogress [1.0, 2.0]\n");
    if (stdout.includes("client ")) {
      expect(stdout).toContain("client echo anew\n");
    }
  });
}

test("the command line of the MCP inspector is served", {
  skip: notInstalled("inspector"),
}, async () => {
  await using world = await openWorld();
  await logIn(world.cli, URL_HTTP);
  // The inspector passes on no variable that it does not know.
  const env = Object.entries(world.cli.environment)
    .map(([name, value]) => `export ${name}='${value}'`);
  await Deno.writeTextFile(
    `${world.cli.session.work}/bin/served`,
    ["#!/bin/sh", ...env, 'exec authsome mcp "$@"', ""].join("\n"),
    { mode: 0o755 },
  );
  const inspect = async (words: string) => {
    const { stdout, stderr, code } = await world.cli.run(
      `'${MCP_NODE}' '${MCP_PROGRAMS.inspector}' --cli served ${URL_HTTP} ${words}`,
    );
    expect([words, stderr, code]).toEqual([words, expect.any(String), 0]);
    return JSON.parse(stdout);
  };
  const { tools } = await inspect("--method tools/list");
  expect(tools.map(({ name }: { name: string }) => name)).toContain("echo");
  expect(
    await inspect("--method tools/call --tool-name echo --tool-arg text=hi"),
  ).toMatchObject({ content: [{ type: "text", text: "echo hi" }] });
  expect(await inspect("--method resources/read --uri note://one"))
    .toMatchObject({ contents: [{ text: "a note" }] });
});
