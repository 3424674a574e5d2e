// Signatures of commits and files through the agent, with real git and ssh-keygen.
import { expect } from "expect";
import { test } from "node:test";
import { missing } from "../support/missing.ts";
import { missingOpenssh } from "../support/ssh/sshd.ts";
import { Session } from "../support/terminal/terminal_script.ts";

const skip = Deno.build.os === "windows" || await missingOpenssh() ||
  await missing("git");

async function ok(session: Session, command: string, env = {}) {
  const { code, stdout, stderr } = await session.run(command, { env });
  expect([command, code, code === 0 ? "" : stderr]).toEqual([command, 0, ""]);
  return stdout.trimEnd();
}

test(
  "git signs a commit with a key of the vault, and verifies it",
  { skip },
  async () => {
    await using session = await Session.open();
    const line = await ok(
      session,
      "authsome ssh-agent generate signing --namespace git --quiet",
    );
    Deno.writeTextFileSync(
      `${session.work}/allowed`,
      `me@example.com namespaces="git" ${line}\n`,
    );
    await ok(
      session,
      `git init -q repo && cd repo && git config user.name me && git config user.email me@example.com && ` +
        `git config gpg.format ssh && git config user.signingkey 'key::${line}' && ` +
        `git config gpg.ssh.allowedSignersFile ../allowed`,
    );
    const commit = "git -C repo commit -q --allow-empty -S -m one";
    expect((await session.run(commit)).code).not.toBe(0);
    await ok(session, `authsome ssh-agent -- ${commit}`);
    const { code, stderr } = await session.run(
      "git -C repo verify-commit HEAD",
    );
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining('Good "git" signature for me@example.com'),
    ]);
    const { entries: [entry] } = JSON.parse(
      await ok(session, "authsome log -n 1 --json"),
    );
    expect(entry).toMatchObject({
      ...{ event: "sign", ok: true, connection: "signing" },
      detail: expect.stringMatching(/^namespace "git"/),
    });
  },
);

test("a key for one namespace signs nothing else", { skip }, async () => {
  await using session = await Session.open();
  const line = await ok(
    session,
    "authsome ssh-agent generate signing --namespace git --quiet",
  );
  Deno.writeTextFileSync(`${session.work}/key.pub`, `${line}\n`);
  const sign = (namespace: string) =>
    session.run(
      `printf data > file && rm -f file.sig && authsome ssh-agent -- ssh-keygen -q -Y sign -U -n ${namespace} -f key.pub file`,
    );
  expect((await sign("git")).code).toBe(0);
  for (const namespace of ["file", "git2", "gi"]) {
    expect([namespace, (await sign(namespace)).code])
      .not.toEqual([namespace, 0]);
  }
  // What is no signature of a file either.
  const random = await session.run(
    "authsome ssh-agent -- ssh-add -T key.pub",
  );
  expect(random.code).not.toBe(0);
  const { entries } = JSON.parse(
    await ok(session, "authsome log -n 9 --json"),
  );
  expect(entries.map(({ reason }: { reason?: string }) => reason))
    .toEqual(expect.arrayContaining(["namespace_refused", "data_refused"]));
  await ok(session, "authsome ssh-agent restrict signing --any --quiet");
  expect((await sign("file")).code).toBe(0);
});
