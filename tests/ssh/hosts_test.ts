// Keys that are limited to hosts, or confirmed, with real clients and servers of OpenSSH.
import { expect } from "expect";
import { versions } from "node:process";
import { test } from "node:test";
import { missing } from "../support/missing.ts";
import { missingSshd, startSshd } from "../support/ssh/sshd.ts";
import { Session } from "../support/terminal/terminal_script.ts";

const skip = Deno.build.os === "windows" || await missingSshd() ||
  await missing("git");
const USER = (Deno.env.get("USER") ?? "") ||
  new TextDecoder().decode(
    new Deno.Command("id", { args: ["-un"] }).outputSync().stdout,
  ).trim();

async function ok(session: Session, command: string, env = {}) {
  const { code, stdout, stderr } = await session.run(command, { env });
  expect([command, code, code === 0 ? "" : stderr]).toEqual([command, 0, ""]);
  return stdout.trimEnd();
}

/** A session with a key by the name `work`, and what ssh is called with. */
async function prepared() {
  const session = await Session.open();
  Deno.mkdirSync(`${session.work}/.ssh`, { mode: 0o700 });
  const line = await ok(session, "authsome ssh-agent generate work --quiet");
  const known = `${session.work}/.ssh/known_hosts`;
  const ssh = (port: number, options = "") =>
    `ssh -F none -o UserKnownHostsFile=${known} -o BatchMode=yes ${options} -p ${port} ${USER}@127.0.0.1`;
  return { session, line, known, ssh };
}

async function uses(session: Session): Promise<Record<string, unknown>[]> {
  const { entries } = JSON.parse(
    await ok(session, "authsome log --json -n 50"),
  );
  return entries.filter(({ event }: { event: string }) => event === "sign");
}

test("a key that is limited to a host logs in there, and nowhere else", {
  skip,
}, async () => {
  const { session, line, known, ssh } = await prepared();
  await using _ = session;
  for (const type of ["ecdsa", "rsa", "ed25519"]) {
    const options = { authorized: [line], type };
    await using allowed = await startSshd(session.work, options);
    await using other = await startSshd(session.work, options);
    Deno.writeTextFileSync(known, `${allowed.known}\n${other.known}\n`);
    await ok(
      session,
      `authsome ssh-agent restrict work --host 127.0.0.1:${allowed.port} --quiet`,
    );
    expect(
      await ok(session, `authsome ssh-agent -- ${ssh(allowed.port)} echo in`),
    ).toBe("in");
    const refused = await session.run(
      `authsome ssh-agent -- ${ssh(other.port)} echo in`,
    );
    expect([type, refused.code, refused.stdout]).toEqual([type, 255, ""]);
    expect(refused.stderr).toContain("Permission denied");
    if (type !== "ed25519") continue;
    // What was allowed is the key of then: known_hosts may be written by others.
    Deno.writeTextFileSync(
      known,
      `${allowed.known}\n[127.0.0.1]:${other.port} ${
        allowed.known.split(" ").slice(1).join(" ")
      }\n${
        other.known.replace(String(other.port), String(allowed.port))
      }\n${other.known}\n`,
    );
    expect(
      (await session.run(`authsome ssh-agent -- ${ssh(other.port)} echo in`))
        .code,
    ).toBe(255);
    await ok(session, "authsome ssh-agent restrict work --any --quiet");
    expect(
      await ok(session, `authsome ssh-agent -- ${ssh(other.port)} echo in`),
    ).toBe("in");
  }
  const log = await uses(session);
  expect(log).toHaveLength(4);
  expect(
    log.every(({ ok, provider, connection }) =>
      ok === true && provider === "ssh" && connection === "work"
    ),
  ).toBe(true);
  expect(log.some(({ host, detail }) =>
    host === "127.0.0.1" &&
    String(detail).startsWith(`login as "${USER}", host key SHA256:`)
  )).toBe(true);
});

test(
  "revoked host keys, other users, and clients that do not say where are refused",
  { skip },
  async () => {
    const { session, line, known, ssh } = await prepared();
    await using _ = session;
    await using server = await startSshd(session.work, { authorized: [line] });
    Deno.writeTextFileSync(known, `${server.known}\n`);
    const limit = (words: string) =>
      ok(session, `authsome ssh-agent restrict work ${words} --quiet`);
    await limit(`--host somebody@127.0.0.1:${server.port}`);
    const log = `authsome ssh-agent -- ${ssh(server.port)} echo in`;
    expect((await session.run(log)).code).toBe(255);
    await limit(`--host ${USER}@127.0.0.1:${server.port}`);
    expect(await ok(session, log)).toBe("in");
    // ssh itself refuses a key that is revoked in a file of its own; here it does not know.
    Deno.writeTextFileSync(
      known,
      `${server.known}\n@revoked * ${
        server.known.split(" ").slice(1).join(" ")
      }\n`,
    );
    Deno.copyFileSync(known, `${session.work}/with`);
    Deno.writeTextFileSync(`${session.work}/without`, `${server.known}\n`);
    const elsewhere = log.replace(known, `${session.work}/without`);
    expect((await session.run(elsewhere)).code).toBe(255);
    // A name that is not known cannot be allowed, nor one whose key is revoked.
    for (
      const host of ["nowhere.example", `127.0.0.1:${server.port}`, "a*", ""]
    ) {
      const { code, stderr } = await session.run(
        `authsome ssh-agent restrict work --host '${host}'`,
      );
      expect([host, code]).toEqual([host, 2]);
      expect(stderr).not.toContain("unexpected");
    }
    Deno.writeTextFileSync(known, `${server.known}\n`);
    // A proxy between client and agent that drops the binding, as an old client never sends one.
    await limit(`--host 127.0.0.1:${server.port}`);
    Deno.writeTextFileSync(`${session.work}/unbound.mjs`, UNBOUND);
    const unbound = await session.run(
      `authsome ssh-agent -- sh -c '${process()} unbound.mjs "$SSH_AUTH_SOCK" relay.sock & pid=$!; ` +
        `for i in $(seq 600); do [ -S relay.sock ] || sleep 0.05; done; SSH_AUTH_SOCK=$PWD/relay.sock ${
          ssh(server.port)
        } echo in; code=$?; kill $pid; exit $code'`,
    );
    expect([unbound.code, unbound.stdout]).toEqual([255, ""]);
    expect((await uses(session)).map(({ reason }) => reason).filter(Boolean))
      .toEqual(expect.arrayContaining([
        ...["session_unbound", "user_refused", "host_key_revoked"],
      ]));
  },
);

test(
  "a limited key is not used through a forwarded agent; another is, and it is noted",
  { skip },
  async () => {
    const { session, line, known, ssh } = await prepared();
    await using _ = session;
    await using first = await startSshd(session.work, { authorized: [line] });
    await using second = await startSshd(session.work, { authorized: [line] });
    Deno.writeTextFileSync(known, `${first.known}\n${second.known}\n`);
    const hop = `authsome ssh-agent -- ${ssh(first.port, "-A")} "${
      ssh(second.port)
    } echo in"`;
    expect(await ok(session, hop)).toBe("in");
    expect((await uses(session)).map(({ detail }) => detail)).toContainEqual(
      expect.stringContaining("forwarded"),
    );
    await ok(
      session,
      `authsome ssh-agent restrict work --host 127.0.0.1:${first.port} --host 127.0.0.1:${second.port} --quiet`,
    );
    expect(
      await ok(
        session,
        hop.replace(`"${ssh(second.port)} echo in"`, "echo in"),
      ),
    )
      .toBe("in");
    const refused = await session.run(hop);
    expect([refused.code, refused.stdout]).toEqual([255, ""]);
    // Nor is it shown there.
    const listed = await session.run(
      `authsome ssh-agent -- ${ssh(first.port, "-A")} ssh-add -l`,
    );
    expect(listed.stdout).toContain("no identities");
  },
);

test(
  "a use is confirmed by the program of SSH_ASKPASS, or refused",
  { skip },
  async () => {
    const { session, line, known, ssh } = await prepared();
    await using _ = session;
    await using server = await startSshd(session.work, { authorized: [line] });
    Deno.writeTextFileSync(known, `${server.known}\n`);
    await ok(
      session,
      `authsome ssh-agent restrict work --host 127.0.0.1:${server.port} --confirm --quiet`,
    );
    const askpass = `${session.work}/askpass`;
    const answer = (script: string) =>
      Deno.writeTextFileSync(
        askpass,
        `#!/bin/sh\nprintf '%s|%s' "$SSH_ASKPASS_PROMPT" "$1" > ${session.work}/asked\n${script}\n`,
        { mode: 0o755 },
      );
    const command = `authsome ssh-agent -- ${ssh(server.port)} echo in`;
    const env = { SSH_ASKPASS: askpass, AUTHSOME_PASSPHRASE: "canary" };
    answer("exit 0");
    expect(await ok(session, command, env)).toBe("in");
    const asked = Deno.readTextFileSync(`${session.work}/asked`);
    expect(asked).toContain('confirm|Allow the use of SSH key "work"?');
    expect(asked).toContain(`Log in as "${USER}" at 127.0.0.1:${server.port}`);
    for (const script of ["exit 1", "echo no", "kill -9 $$"]) {
      answer(script);
      expect([script, (await session.run(command, { env })).code])
        .toEqual([script, 255]);
    }
    // Nobody to ask.
    for (
      const none of [{}, { SSH_ASKPASS: "/absent" }, {
        ...env,
        SSH_ASKPASS_REQUIRE: "never",
      }] as Record<string, string>[]
    ) {
      expect((await session.run(command, { env: none })).code).toBe(255);
    }
    const log = await uses(session);
    expect(log.filter(({ reason }) => reason === "confirmation_refused"))
      .toHaveLength(6);
  },
);

test(
  "git clones and pushes over ssh with a key of the vault",
  { skip },
  async () => {
    const { session, line, known, ssh } = await prepared();
    await using _ = session;
    await using server = await startSshd(session.work, { authorized: [line] });
    Deno.writeTextFileSync(known, `${server.known}\n`);
    // The names are hashed, as HashKnownHosts has them.
    await session.run(`ssh-keygen -q -H -f ${known}`);
    expect(Deno.readTextFileSync(known)).toMatch(/^\|1\|/);

    await ok(
      session,
      `authsome ssh-agent restrict work --host 127.0.0.1:${server.port} --namespace git --quiet`,
    );
    const env = {
      GIT_SSH_COMMAND: ssh(server.port).replace(/ \S+$/, ""),
      GIT_AUTHOR_NAME: "a",
      GIT_AUTHOR_EMAIL: "a@example.com",
      GIT_COMMITTER_NAME: "a",
      GIT_COMMITTER_EMAIL: "a@example.com",
    };
    const url =
      `ssh://${USER}@127.0.0.1:${server.port}${session.work}/origin.git`;
    await ok(
      session,
      `git init -q --bare -b main origin.git && authsome ssh-agent -- sh -c '` +
        `git clone -q ${url} copy && cd copy && git commit -q --allow-empty -m one && git push -q origin HEAD:main'`,
      env,
    );
    expect(await ok(session, "git -C origin.git log --format=%s main")).toBe(
      "one",
    );
  },
);

/** The runtime of the tests, for a module that both read. */
function process(): string {
  return versions.deno ? `${Deno.execPath()} run -A` : Deno.execPath();
}

/** Passes everything on but the bindings, which it answers by itself. */
const UNBOUND = `
import net from "node:net";
const args = (globalThis.Deno?.args ?? globalThis.process.argv.slice(2));
net.createServer((client) => {
  const agent = net.connect(args[0]);
  agent.on("data", (bytes) => client.write(bytes));
  client.on("data", (bytes) => {
    if (bytes[4] === 27) client.write(Uint8Array.of(0, 0, 0, 1, 5));
    else agent.write(bytes);
  });
  client.on("close", () => agent.destroy());
  client.on("error", () => {});
  agent.on("error", () => {});
}).listen(args[1]);
`;
