// Several logins to one connection at once, in processes of their own: one consent serves all of them.
import { expect } from "expect";
import { after, before, beforeEach, test } from "node:test";
import { freePort } from "../support/free_port.ts";
import { CliSession } from "../support/terminal/cli_session.ts";
import {
  MCP_URL,
  type McpService,
  startMcpService,
} from "../support/servers/mcp_service.ts";

const NAME = "mcp-acme-com";
let service: McpService;
let cli: CliSession;

before(async () => {
  service = await startMcpService();
});
beforeEach(async () => {
  cli = await CliSession.open(service.api);
});
after(async () => {
  await service.close();
});

const LOGIN = `authsome login ${MCP_URL} --timeout 60`;
const CONNECTED = { code: 0, stdout: `Connected ${NAME}/default\n` };

/** Consents at the address, as a person does. */
async function consent(url: string): Promise<void> {
  await (await fetch(await cli.consent(url))).body?.cancel();
}

function codes(): number {
  return service.tokens.filter((token) =>
    token.get("grant_type") === "authorization_code"
  ).length;
}

test("those that wait for the port end with the first one's connection, and ask nobody", async () => {
  await using _ = cli;
  const before = codes();
  const first = cli.start(LOGIN);
  const url = await first.url;
  const waiting = [cli.start(LOGIN), cli.start(LOGIN)];
  await Promise.all(
    waiting.map((login) => login.shows("in use by another authsome login")),
  );
  await consent(url);
  expect(await first.done).toMatchObject(CONNECTED);
  for (const login of waiting) {
    const done = await login.done;
    expect(done).toMatchObject(CONNECTED);
    expect(done.stderr).toContain("Another login to it has been answered");
    expect(done.stderr).not.toContain("Open this page");
  }
  expect(codes()).toBe(before + 1);
});

test("those with a page of their own on another port end with it too", async () => {
  await using _ = cli;
  const before = codes();
  const other = cli.start(`AUTHSOME_PORT=${freePort()} ${LOGIN}`);
  await other.url;
  const first = cli.start(LOGIN);
  await consent(await first.url);
  expect(await first.done).toMatchObject(CONNECTED);
  expect(await other.done).toMatchObject(CONNECTED);
  expect(codes()).toBe(before + 1);
});

test("a replacement serves whoever waits to replace, a refresh does not", async () => {
  await using _ = cli;
  const made = cli.start(LOGIN);
  await consent(await made.url);
  await made.done;
  const first = cli.start(`${LOGIN} --force`);
  const url = await first.url;
  const second = cli.start(`${LOGIN} --force`);
  await second.shows("in use by another authsome login");
  const before = codes();
  await consent(url);
  expect(await first.done).toMatchObject(CONNECTED);
  expect(await second.done).toMatchObject(CONNECTED);
  expect(codes()).toBe(before + 1);
});

test("a failed login serves nobody: the next one asks", async () => {
  await using _ = cli;
  const first = cli.start(LOGIN);
  const url = new URL(await first.url);
  const second = cli.start(LOGIN);
  await second.shows("in use by another authsome login");
  // A callback that is malformed ends its own login alone.
  const malformed = new URL(cli.redirectUri);
  const state = url.searchParams.get("state")!;
  malformed.search = `code=a&code=b&state=${state}`;
  await (await fetch(malformed)).body?.cancel();
  const failed = await first.done;
  expect([failed.code, failed.stderr]).toEqual([
    2,
    expect.stringContaining('malformed: it has more than one "code"'),
  ]);
  const next = await second.url;
  // One without a state is anybody's: it is said, and the login still waits.
  malformed.search = "code=a";
  const said = second.shows("A response without a state");
  const answer = await fetch(malformed);
  expect([answer.status, await answer.text()]).toEqual([
    400,
    expect.stringContaining("This response has no state"),
  ]);
  await said;
  await consent(next);
  expect(await second.done).toMatchObject(CONNECTED);
});

test("a login to another connection is not served", async () => {
  await using _ = cli;
  const first = cli.start(LOGIN);
  const url = await first.url;
  const other = cli.start(`${LOGIN} --connection work`);
  await other.shows("in use by another authsome login");
  await consent(url);
  await first.done;
  await consent(await other.url);
  expect((await other.done).stdout).toBe(`Connected ${NAME}/work\n`);
});
