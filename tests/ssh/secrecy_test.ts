// A private key of the agent leaves the vault by no command, and by no run.
import { expect } from "expect";
import { test } from "node:test";
import { openRuntime } from "../../lib/host/wiring.ts";
import { Broker } from "../../lib/broker/broker.ts";
import { sshKeys } from "../../lib/broker/ssh/manage_ssh_keys.ts";
import { leaksInFolder, spellings } from "../support/leaks.ts";
import { Session } from "../support/terminal/terminal_script.ts";

test("no command, and no command of run, gets a private key", async () => {
  await using session = await Session.open();
  const home = `${session.work}/home`;
  expect((await session.run("authsome ssh-agent generate work")).code).toBe(0);
  const broker = await Broker.open(await openRuntime({ home }));
  const { privateKey } = await (await sshKeys(broker)).get("work");
  await broker.close();
  // Behind the numbers that every key of this kind begins with.
  const secret = privateKey.reveal().slice(-40);
  expect(secret).toHaveLength(40);
  const forms = spellings(secret);
  for (
    const command of [
      "authsome ssh-agent list --json",
      "authsome ssh-agent list --public",
      "authsome ssh-agent restrict work --confirm --json",
      "authsome list --all --json",
      "authsome get ssh --connection work --show-secret --field private_key",
      "authsome get ssh --show-secret --json",
      "authsome token ssh --connection work",
      "authsome export",
      "authsome export ssh --connection work",
      "authsome inspect ssh",
      "authsome run -- env",
      "authsome run --connection ssh=work -- env",
      "authsome log --json",
      "authsome vault verify --json",
      "authsome doctor --json",
    ]
  ) {
    const { stdout, stderr } = await session.run(command);
    for (const { name, text } of forms) {
      expect([command, name, (stdout + stderr).includes(text)])
        .toEqual([command, name, false]);
    }
  }
  expect(leaksInFolder(session.work, secret)).toEqual([]);
});

test("a key goes with its profile, moves with an export, and opens after a rotation", async () => {
  await using session = await Session.open();
  const run = async (command: string) => {
    const { code, stdout, stderr } = await session.run(command);
    expect([command, code, code === 0 ? "" : stderr]).toEqual([command, 0, ""]);
    return stdout;
  };
  await run("authsome profile create second --quiet");
  const line = await run(
    "authsome ssh-agent generate work --profile second --quiet",
  );
  expect(await run("authsome ssh-agent list --public --quiet")).toBe("");
  await run("authsome key rotate --quiet");
  await run("authsome profile rename second third --quiet");
  expect(await run("authsome ssh-agent list --public --profile third")).toBe(
    line,
  );
  const { records } = JSON.parse(await run("authsome vault verify --json"));
  expect(records).toBeGreaterThan(0);
  await run("authsome profile delete third --yes --quiet");
  const gone = await session.run("authsome ssh-agent list --profile third");
  expect(gone.code).toBe(3);
});
