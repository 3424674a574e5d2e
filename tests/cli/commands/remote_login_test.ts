// Logins whose browser is on another machine, by the real program: the redirect never reaches this one by itself.
import { expect } from "expect";
import { after, afterEach, before, test } from "node:test";
import {
  APP,
  type Atlassian,
  startAtlassian,
} from "../../support/servers/atlassian.ts";
import { CliSession } from "../../support/terminal/cli_session.ts";
import { freePort } from "../../support/free_port.ts";
import { missing } from "../../support/missing.ts";

let atlassian: Atlassian;
let cli: CliSession;
/** The client, from the variables that the definition names. */
const client = {
  ATLASSIAN_CLIENT_ID: APP.clientId,
  ATLASSIAN_CLIENT_SECRET: APP.clientSecret,
};
const WITH_CLIENT = Object.entries(client).map(([name, value]) =>
  `${name}=${value}`
).join(" ");
const STATUS = "authsome get atlassian --field status";

before(async () => {
  const port = freePort();
  atlassian = await startAtlassian(
    `http://127.0.0.1:${port}/auth/callback/oauth`,
  );
  cli = await CliSession.open(atlassian.api, port);
});
afterEach(async () => {
  await cli.run("authsome revoke atlassian --yes");
});
after(async () => {
  await cli[Symbol.asyncDispose]();
  await atlassian.close();
});

/** Starts a login in the background; its answer. */
async function detach(more = "") {
  const { stdout, code } = await cli.run(
    `authsome login atlassian --detach ${more}`,
    { env: client },
  );
  expect(code).toBe(0);
  return JSON.parse(stdout);
}

test("--no-browser prints the provider's own address and how to reach this machine", async () => {
  const login = cli.start(
    `${WITH_CLIENT} authsome login atlassian --no-browser`,
  );
  const url = await login.url;
  expect(url).toMatch(/^https:\/\/auth\.atlassian\.com\/authorize\?/);
  // As through `ssh -L`.
  await (await fetch(await cli.consent(url))).body?.cancel();
  const { code, stdout, stderr } = await login.done;
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: "Connected atlassian/default\n",
  });
  expect(stderr).toContain(
    `ssh -L ${cli.port}:127.0.0.1:${cli.port} <this machine>`,
  );
});

test("the address that the browser ends at, or its code, is taken from --stdin after the client secret", async () => {
  for (const bring of ["address", "code"]) {
    const login = cli.start(
      `authsome login atlassian --force --reset-client --client-id ${APP.clientId} --stdin`,
    );
    await login.type(APP.clientSecret);
    const end = await cli.consent(await login.url);
    const other = new URL(end);
    other.searchParams.set("state", "of-another-login");
    await login.type(other.href);
    await login.type(
      bring === "address" ? end.href : end.searchParams.get("code")!,
    );
    const { code, stdout, stderr } = await login.done;
    expect({ bring, code, stdout }).toEqual({ bring, code: 0, stdout: "" });
    expect(stderr).toContain("does not belong to this login");
    expect(stderr).not.toContain(APP.clientSecret);
    expect((await cli.run(STATUS)).stdout).toBe("connected\n");
  }
});

test("the address is pasted into the terminal", {
  skip: await missing("script"),
}, async () => {
  const login = cli.start(
    `${WITH_CLIENT} script -qec 'stty cols 250; authsome login atlassian --timeout 30' /dev/null`,
  );
  // What is typed before the question is not for it.
  const asked = login.shows("Waiting for the browser");
  const end = await cli.consent(await login.url);
  await asked;
  const again = login.shows("Still waiting for the browser");
  await login.type("git push origin main", "\r");
  await again;
  await login.type(end.href, "\r");
  const { code, stdout } = await login.done;
  expect([code, stdout]).toEqual([
    0,
    expect.stringContaining("Connected atlassian/default"),
  ]);
  expect(stdout).toContain("That is not the address. Paste the whole address");
  expect(stdout).toContain(`ssh -L ${cli.port}:127.0.0.1:${cli.port}`);
});

test("two logins to one provider at once take turns, each with its own state and verifier", async () => {
  const command = (name: string) =>
    `${WITH_CLIENT} authsome login atlassian --connection ${name}`;
  const first = cli.start(command("one"));
  const firstUrl = await first.url;
  const second = cli.start(command("two"));
  // The port is seen to be taken before it is free again.
  await second.shows("in use by another authsome login (atlassian)");
  const firstEnd = await cli.consent(firstUrl);
  await (await fetch(firstEnd)).body?.cancel();
  expect(await first.done).toMatchObject({
    code: 0,
    stdout: "Connected atlassian/one\n",
  });
  const secondUrl = await second.url;
  for (const name of ["state", "code_challenge"]) {
    expect(new URL(secondUrl).searchParams.get(name)).not.toBe(
      new URL(firstUrl).searchParams.get(name),
    );
  }
  // The first one's answer, come again, is nothing to the second.
  const replayed = await fetch(firstEnd);
  expect([replayed.status, await replayed.text()]).toEqual([
    400,
    expect.stringContaining("Nothing was changed"),
  ]);
  await (await fetch(await cli.consent(secondUrl))).body?.cancel();
  const ended = await second.done;
  expect(ended).toMatchObject({ code: 0, stdout: "Connected atlassian/two\n" });
});

test("a detached login is followed by --resume, which carries the address to it", async () => {
  const { login_id, url, ...answer } = await detach();
  expect(answer).toEqual({
    v: 1,
    provider: "atlassian",
    connection_name: "default",
    status: "pending",
    hint: `authsome login --resume ${login_id}`,
  });
  expect((await cli.run(STATUS)).stdout).toBe("not_connected\n");
  const follower = cli.start(`authsome login --resume ${login_id} --stdin`);
  expect(await follower.url).toBe(url);
  const end = await cli.consent(url);
  await follower.type("http://127.0.0.1:7998/auth/callback/oauth?code=x");
  await follower.type(end.href);
  expect(await follower.done).toMatchObject({
    code: 0,
    stdout: "",
    stderr: expect.stringContaining("not the address of this login"),
  });
  expect((await cli.run(STATUS)).stdout).toBe("connected\n");
  // Its end is remembered, and says what it made.
  const { stdout } = await cli.run(
    `authsome login --resume ${login_id} --json`,
  );
  expect(JSON.parse(stdout)).toMatchObject({
    provider: "atlassian",
    connection_name: "default",
    status: "connected",
  });
});

test("--detach returns though another login has the port; --resume tells the address when there is one", async () => {
  const first = await detach("--connection first");
  const second = await detach("--connection second");
  expect(second).toMatchObject({ status: "pending", url: null });
  const follower = cli.start(
    `authsome login --resume ${second.login_id} --json`,
  );
  await (await fetch(await cli.consent(first.url))).body?.cancel();
  await (await fetch(await cli.consent(await follower.url))).body?.cancel();
  expect((await follower.done).code).toBe(0);
  expect((await cli.run(`${STATUS} --connection second`)).stdout).toBe(
    "connected\n",
  );
});

test("--resume ends as the login ends, and stops waiting without stopping it", async () => {
  const { login_id, url } = await detach("--connection work");
  const resume = `authsome login --resume ${login_id}`;
  const waited = await cli.run(`${resume} --timeout 1`);
  expect([waited.code, waited.stderr]).toEqual([
    2,
    expect.stringContaining("it continues in the background"),
  ]);
  const denied = new URL(cli.redirectUri);
  denied.search = `${new URLSearchParams({
    error: "access_denied",
    state: new URL(url).searchParams.get("state")!,
    iss: "https://auth.atlassian.com",
  })}`;
  await (await fetch(denied)).body?.cancel();
  const { code, stdout } = await cli.run(`${resume} --json`);
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({
    error: "InputCancelled",
    message: expect.stringContaining("declined"),
  });
});

test("--resume knows the logins of its profile only, and takes no other flags", async () => {
  for (
    const [command, why] of [
      [`login --resume ${crypto.randomUUID()}`, "There is no login"],
      ["login --resume ../default", "There is no login"],
      ["login atlassian --resume x", "Cannot use --resume with a provider"],
      ["login --resume x --force", "Cannot use --resume with a provider"],
      ["login", "the provider is missing"],
    ] as const
  ) {
    const { code, stderr } = await cli.run(`authsome ${command}`);
    expect([command, code, stderr]).toEqual([
      command,
      2,
      expect.stringContaining(why),
    ]);
  }
});
