// Logins in the background can be seen and ended.
import { expect } from "expect";
import { test } from "node:test";
import { Session } from "../../support/terminal/terminal_script.ts";

/** Milliseconds after which a process that should end is not waited for any more. */
const PATIENCE_MS = 20_000;

async function json(session: Session, command: string) {
  const { stdout } = await session.run(command);
  return JSON.parse(stdout);
}

test("list and whoami show a login in the background, and login --cancel ends it", async () => {
  await using session = await Session.open();
  const before = await session.run("authsome list --json");
  expect(before.stdout).not.toContain("pending_logins");
  const detach = "authsome login openai --detach --connection side";
  const { login_id, url } = await json(session, detach);
  const pending = [{
    ...{ provider: "openai", connection_name: "side", login_id },
    hint:
      `authsome login --resume ${login_id}, or authsome login --cancel openai --connection side`,
  }];
  for (const command of ["list", "whoami"]) {
    const seen = await json(session, `authsome ${command} --json`);
    expect(seen.pending_logins).toEqual(pending);
  }
  const { stdout } = await session.run("authsome whoami");
  expect(stdout).toContain("openai/side waits for you");
  // Others stay, also those of another name or profile.
  for (
    const wrong of [
      "--cancel github",
      "--cancel openai --connection default",
      "openai --cancel openai",
      "--cancel openai --force",
      "--cancel openai --profile default2",
    ]
  ) {
    const { code } = await session.run(
      `authsome profile create default2 --quiet; authsome login ${wrong}`,
    );
    expect({ wrong, code }).toEqual({ wrong, code: 2 });
  }
  expect((await (await fetch(url)).text()).length).toBeGreaterThan(0);
  const cancelled = await session.run("authsome login --cancel openai");
  expect(cancelled).toMatchObject({
    code: 0,
    stderr: "Cancelled the login to openai/side\n",
  });
  const end = Date.now() + PATIENCE_MS;
  while (await isServed(url) && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(await isServed(url)).toBe(false);
  expect((await session.run("authsome whoami --json")).stdout)
    .not.toContain("pending_logins");
  const resumed = await session.run(`authsome login --resume ${login_id}`);
  expect(resumed.code).toBe(2);
  expect(resumed.stderr).toContain("was cancelled");
  // By its id, and the name is free for the next one.
  const next = await json(session, detach);
  expect(await json(session, `authsome login --cancel ${next.login_id} --json`))
    .toEqual({
      v: 1,
      cancelled: [{
        ...{ provider: "openai", connection_name: "side" },
        login_id: next.login_id,
      }],
    });
});

async function isServed(url: string): Promise<boolean> {
  try {
    await (await fetch(url)).body?.cancel();
    return true;
  } catch {
    return false;
  }
}
