// `setup ssh` with the real ssh: it asks the agent, which it starts, and an undo leaves every byte as it was.
import { expect } from "expect";
import { test } from "node:test";
import { missingOpenssh } from "../support/ssh/sshd.ts";
import { Session } from "../support/terminal/terminal_script.ts";

const skip = Deno.build.os === "windows" || await missingOpenssh();

test(
  "ssh asks the agent, which is started by it, until the undo",
  { skip },
  async () => {
    await using session = await Session.open();
    Deno.mkdirSync(`${session.work}/.ssh`, { mode: 0o700 });
    const config = `${session.work}/.ssh/config`;
    const own = "Host other\n    User me\n    IdentityAgent none";
    Deno.writeTextFileSync(config, own, { mode: 0o600 });
    await session.run("authsome ssh-agent generate work --quiet");
    const dry = await session.run("authsome setup ssh --dry-run");
    expect([dry.code, Deno.readTextFileSync(config)]).toEqual([0, own]);
    expect(dry.stdout).toContain("IdentityAgent");
    for (let times = 0; times < 2; times++) {
      expect((await session.run("authsome setup ssh --yes")).code).toBe(0);
    }
    expect(Deno.statSync(config).mode! & 0o777).toBe(0o600);
    const agentOf = async (host: string) =>
      /^identityagent (.*)$/m.exec(
        (await session.run(`ssh -F .ssh/config -G ${host}`)).stdout,
      )?.[1];
    const socket = "$WORK/home/ssh-agent/default.sock";
    expect(await agentOf("git.example.com")).toBe(socket);
    // It runs now. What the person says comes first.
    const keys = await session.run("ssh-add -l", {
      env: { SSH_AUTH_SOCK: socket.replace("$WORK", session.work) },
    });
    expect(keys.stdout).toContain("work (ED25519)");
    expect(await agentOf("other")).toBe("none");
    expect((await session.run("authsome setup list")).stdout).toContain("ssh");
    expect((await session.run("authsome setup ssh --undo --yes")).code).toBe(0);
    expect(Deno.readTextFileSync(config)).toBe(own);
    expect(await agentOf("git.example.com")).not.toBe(socket);
    expect((await session.run("authsome ssh-agent -k")).code).toBe(0);
  },
);

test(
  "with --host it is for these alone, and a file of ours goes with the undo",
  { skip },
  async () => {
    await using session = await Session.open();
    const set = await session.run(
      "authsome setup ssh --yes --host '*.example.com' --host github.com",
    );
    expect(set.code).toBe(0);
    const agentOf = async (host: string) =>
      (await session.run(`ssh -F .ssh/config -G ${host}`)).stdout
        .includes("ssh-agent/default.sock");
    expect(await agentOf("a.example.com")).toBe(true);
    expect(await agentOf("github.com")).toBe(true);
    expect(await agentOf("gitlab.com")).toBe(false);
    const wrong = await session.run(
      "authsome setup ssh --yes --host 'a b' ",
    );
    expect(wrong.code).toBe(2);
    expect((await session.run("authsome setup ssh --undo --yes")).code).toBe(0);
    expect(() => Deno.statSync(`${session.work}/.ssh/config`)).toThrow();
    await session.run("authsome ssh-agent -k");
  },
);
