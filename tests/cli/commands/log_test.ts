import { expect } from "expect";
import { test } from "node:test";
import { Session } from "../../support/terminal/terminal_script.ts";

test("log --follow shows an entry when it comes", async () => {
  await using session = await Session.open();
  await session.run("seed openai; authsome export openai");
  const child = new Deno.Command(`${session.work}/bin/authsome`, {
    args: ["log", "--follow", "--json", "-n", "1"],
    clearEnv: true,
    env: session.environment,
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  try {
    const first = JSON.parse((await reader.read()).value!);
    expect(first).toMatchObject({ v: 1, event: "export", provider: "openai" });
    await session.run("authsome logout openai");
    const second = JSON.parse((await reader.read()).value!);
    expect(second).toMatchObject({ v: 1, event: "logout", seq: 2 });
  } finally {
    child.kill("SIGKILL");
    await reader.cancel();
    await child.status;
  }
});

test("--log-file takes what was done, in a file of mode 0600", async () => {
  await using session = await Session.open();
  await session.run(
    "authsome whoami --log-file l.txt; authsome get nope --log-file l.txt",
  );
  const text = await Deno.readTextFile(`${session.work}/l.txt`);
  expect(text).toMatch(/command whoami"\n.*command get"\n.*ProviderNotFound/);
  expect(Deno.statSync(`${session.work}/l.txt`).mode! & 0o777).toBe(0o600);
  const { code, stderr } = await session.run(
    "authsome whoami --log-file no/such/folder/l.txt",
  );
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/^Error: /);
});
