// The bundled gitlab definition at addresses of one's own: OAuth endpoints, routing and clients follow --base-url, by
// redirect and by device code.
import { expect } from "expect";
import { after, before, test } from "node:test";
import { CliSession } from "../../support/terminal/cli_session.ts";
import { freePort } from "../../support/free_port.ts";
import { missing } from "../../support/missing.ts";
import {
  startTenants,
  tenantClient,
  type TenantService,
} from "../../support/servers/tenant_service.ts";

let tenants: TenantService;
let cli: CliSession;
const HOST = "git.acme.com";
const BASE = `--base-url https://${HOST}`;

before(async () => {
  const port = freePort();
  tenants = await startTenants(`http://127.0.0.1:${port}/auth/callback/oauth`);
  cli = await CliSession.open(tenants.api, port);
});
after(async () => {
  await cli[Symbol.asyncDispose]();
  await tenants.close();
});

/** Logs in with the client's secret on stdin, and consents. */
async function logIn(flags: string, host = HOST) {
  const { clientId, clientSecret } = tenantClient(host);
  const login = cli.start(
    `authsome login gitlab --flow pkce --base-url https://${host} ${flags} --client-id ${clientId} --stdin`,
  );
  await login.type(clientSecret);
  const url = await login.url;
  await (await fetch(await cli.consent(url))).body?.cancel();
  return { url: new URL(url), ...await login.done };
}

test("a tenant's own server is asked", async () => {
  const { url, code, stdout } = await logIn("");
  expect([url.origin, code, stdout]).toEqual(["https://git.acme.com", 0, ""]);
  expect((await cli.run("authsome get gitlab --field base_url")).stdout).toBe(
    "https://git.acme.com\n",
  );
});

test("a tenant's own API gets the token, and no other", {
  skip: await missing("curl"),
}, async () => {
  const ask = (host: string) =>
    cli.run(
      `authsome run -- curl -s -H 'PRIVATE-TOKEN: x' https://${host}/api/v4/user`,
    );
  expect(JSON.parse((await ask("git.acme.com")).stdout)).toEqual({
    account: "alice",
    host: "git.acme.com",
    username: "alice",
  });
  // The address that the definition has for everybody else is nothing to this connection.
  await ask("gitlab.com");
  await ask("git.other.com");
  expect(tenants.served).toEqual([
    { host: "git.acme.com", account: "alice" },
    { host: "gitlab.com", account: null },
    { host: "git.other.com", account: null },
  ]);
});

test("the client of one tenant is not sent to another", async () => {
  const { code, stderr } = await cli.run(
    "authsome login gitlab --connection other --base-url https://git.other.com --stdin",
  );
  expect([code, stderr]).toEqual([
    2,
    expect.stringContaining("the client ID is missing"),
  ]);
});

test("a second tenant with a client of its own leaves the first one's to its connections", async () => {
  const other = await logIn("--connection other", "git.other.com");
  expect([other.url.origin, other.code]).toEqual(["https://git.other.com", 0]);
  // No client is asked for: the connection's own is still there.
  const again = cli.start(
    "authsome login gitlab --flow pkce --connection default --force",
  );
  const url = await again.url;
  expect(new URL(url).origin).toBe("https://git.acme.com");
  await (await fetch(await cli.consent(url))).body?.cancel();
  expect((await again.done).code).toBe(0);
});

test("a device code is reported as JSON, and the login waits for its end", async () => {
  const { stdout } = await cli.run(
    `authsome login gitlab --connection device ${BASE} --flow device_code --detach`,
  );
  const { user_code, url, login_id } = JSON.parse(stdout);
  expect(user_code).toMatch(/^[A-Z]{4}-[A-Z]{4}$/);
  expect(url).toMatch(/^https:\/\/git\.acme\.com\//);
  await cli.approve(url);
  const { code, stdout: ended } = await cli.run(
    `authsome login --resume ${login_id} --json`,
  );
  expect([code, JSON.parse(ended)]).toMatchObject([0, {
    connection_name: "device",
    status: "connected",
  }]);
});

test(
  "on a terminal the code is shown with a picture for a phone, also where a browser opens",
  {
    skip: await missing("script"),
  },
  async () => {
    for (
      const env of [
        {},
        { AUTHSOME_NO_BROWSER: "", BROWSER: "true" },
      ] as Record<string, string>[]
    ) {
      const { stdout } = await cli.run(
        `script -qec 'authsome login gitlab --connection tty ${BASE} --flow device_code --timeout 6' /dev/null`,
        { env },
      );
      expect(stdout).toMatch(/[█▀▄ ]{20,}/);
      expect(stdout).toMatch(
        /Visit https:\/\/git\.acme\.com\/device and enter the code [A-Z]{4}-[A-Z]{4}/,
      );
    }
  },
);

test("the client is replaced only when asked for, and only by one that works", async () => {
  const id = async () => {
    const login = cli.start(
      `authsome login gitlab --flow pkce --connection again ${BASE} --force`,
    );
    const url = new URL(await login.url);
    await (await fetch(await cli.consent(url.href))).body?.cancel();
    expect((await login.done).code).toBe(0);
    return url.searchParams.get("client_id");
  };
  const wrong = cli.start(
    `authsome login gitlab --flow pkce ${BASE} --force --reset-client --client-id ${
      tenantClient(HOST).clientId
    } --stdin`,
  );
  await wrong.type("not-its-secret");
  await (await fetch(await cli.consent(await wrong.url))).body?.cancel();
  const { code, stderr } = await wrong.done;
  expect([code, stderr]).toEqual([
    2,
    expect.stringContaining("--reset-client"),
  ]);
  expect(await id()).toBe(tenantClient(HOST).clientId);
  expect((await logIn("--force --reset-client")).code).toBe(0);
});

test("after the consent the tenant itself says whose account it is, once", async () => {
  const before = tenants.served.length;
  const login = cli.start(
    `AUTHSOME_NO_VERIFY= authsome login gitlab --flow pkce --connection asked ${BASE}`,
  );
  await (await fetch(await cli.consent(await login.url))).body?.cancel();
  expect((await login.done).stdout).toBe("Connected gitlab/asked as @alice\n");
  expect(tenants.served.slice(before)).toEqual([{
    host: HOST,
    account: "alice",
  }]);
  const get = await cli.run("authsome get gitlab --connection asked --json");
  expect(JSON.parse(get.stdout)).toMatchObject({
    account: "@alice",
    status: "connected",
  });
  expect(tenants.served.length).toBe(before + 1);
});
