// A tool of a remote MCP server that requires another scope: its client was registered without it, so a new one is.
import { expect } from "expect";
import { test } from "node:test";
import { missing } from "../support/missing.ts";
import { CliSession } from "../support/terminal/cli_session.ts";
import { MCP_URL, startMcpService } from "../support/servers/mcp_service.ts";

const NAME = "mcp-acme-com";

test("the command that run prints for a tool's scope works as printed", {
  skip: await missing("curl"),
}, async () => {
  const service = await startMcpService();
  try {
    await using cli = await CliSession.open(service.api);
    const logIn = async (command: string) => {
      const login = cli.start(command);
      const end = await cli.consent(await login.url);
      await (await fetch(end)).body?.cancel();
      expect(await login.done).toMatchObject({
        code: 0,
        stdout: `Connected ${NAME}/default\n`,
      });
    };
    const call = (method: string) =>
      cli.run(
        `authsome run -- curl -s -o /dev/null -w '%{http_code}' -H 'content-type: application/json' -d '{"id":1,"method":"${method}"}' ${MCP_URL}`,
      );
    await logIn(`authsome login ${MCP_URL}`);
    expect(await call("tools/list")).toMatchObject({
      stdout: "200",
      stderr: "",
    });
    const { stdout, stderr } = await call("tools/call");
    expect(stdout).toBe("403");
    const [, printed] = /Do: (authsome login .*?)\)/.exec(stderr) ?? [];
    expect(printed).toBe(
      `authsome login ${NAME} --scopes tools:read,offline_access,tools:write --force`,
    );
    await logIn(printed!);
    expect(await call("tools/call")).toMatchObject({
      stdout: "200",
      stderr: "",
    });
    expect(service.registrations.map(({ scope }) => scope)).toEqual([
      "tools:read offline_access",
      "tools:read offline_access tools:write",
    ]);
    // What that client may have needs no other.
    await logIn(`authsome login ${NAME} --scopes tools:write --force`);
    expect(service.registrations).toHaveLength(2);
  } finally {
    await service.close();
  }
});
