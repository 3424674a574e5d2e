// The key of the server stays where it is: `authsome mcp` reads it on demand.
import { expect } from "expect";
import { test } from "node:test";
import { URL_HTTP } from "./remote_server.ts";
import { openServer } from "../../../lib/broker/mcp/open_server.ts";
import type { RemoteServer } from "../../../lib/mcp/bridge.ts";
import { withBroker } from "../../support/connected.ts";
import { connect, openWorld, textOf } from "./sdk_client.ts";

const FIRST = "rk_canary_first_0123456789";
const SECOND = "rk_canary_second_012345678";
const DEFINITION = JSON.stringify({
  schema_version: 1,
  name: "relay",
  display_name: "Relay",
  auth_type: "api_key",
  flow: "api_key",
  api_url: new URL(URL_HTTP).hostname,
  api_key: { header_name: "Authorization", header_prefix: "Bearer" },
});

type World = Awaited<ReturnType<typeof openWorld>>;

async function logIn({ cli }: World, file: string, key: string, more = "") {
  const { work } = cli.session;
  Deno.writeTextFileSync(`${work}/${file}`, key);
  const login =
    `authsome login relay ${more} --no-verify --from 'cmd:cat ${work}/${file}'`;
  const { code, stderr } = await cli.start(login).done;
  expect([code, code ? stderr : ""]).toEqual([0, ""]);
}

async function withDefinition(body: (world: World) => Promise<void>) {
  await using world = await openWorld();
  const { cli } = world;
  Deno.writeTextFileSync(`${cli.session.work}/relay.json`, DEFINITION);
  const { code, stderr } = await cli.start("authsome register relay.json --yes")
    .done;
  expect([code, code ? stderr : ""]).toEqual([0, ""]);
  await body(world);
}

test("a rotated key is read again when the server refuses the old one, in the same request", () =>
  withDefinition(async (world) => {
    const { server, cli } = world;
    server.accept(FIRST);
    await logIn(world, "key", FIRST);
    await using relay = await connect(cli, `mcp ${URL_HTTP}`);
    const echo = () =>
      relay.client.callTool({ name: "echo", arguments: { text: "1" } });
    expect(textOf(await echo())).toBe("echo 1");
    Deno.writeTextFileSync(`${cli.session.work}/key`, SECOND);
    server.forgetTokens();
    server.accept(SECOND);
    expect(textOf(await echo())).toBe("echo 1");
    expect(relay.stderr()).not.toContain("canary");
  }));

test("whether there is another key than the one that was refused is asked of its manager", () =>
  withDefinition(async (world) => {
    const { cli } = world;
    const { work } = cli.session;
    const home = `${work}/home`;
    await logIn(world, "key", FIRST);
    const open = <T>(body: (login: RemoteServer["login"]) => Promise<T>) =>
      withBroker(home, async (broker) => {
        const { login } = await openServer(broker, {
          target: URL_HTTP,
          ...{ say() {}, tell() {}, warn() {} },
          signal: new AbortController().signal,
        });
        return await body(login);
      });
    await open(async (login) => {
      await login.refused();
      expect(await login.isDone()).toBe(false);
      // Neither record holds a secret; that there was a login tells them apart.
      await logIn(world, "key", FIRST, "--force");
      expect(await login.isDone()).toBe(true);
      await login.refused();
      expect(await login.isDone()).toBe(false);
      await logIn(world, "other", SECOND, "--force");
      expect(await login.isDone()).toBe(true);
    });
    await open(async (login) => {
      await login.refused();
      Deno.removeSync(`${work}/other`);
      // In a process of its own memory it would be read again after minutes.
      expect(await login.isDone()).toBe(false);
    });
  }));
