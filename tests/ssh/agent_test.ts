// The agent against the programs of OpenSSH: what it lists and signs, how it starts and ends, and what it refuses.
import { expect } from "expect";
import { connect } from "node:net";
import { test } from "node:test";
import { wire } from "../../lib/ssh/ssh_wire.ts";
import { leaksInFolder } from "../support/leaks.ts";
import { missing } from "../support/missing.ts";
import { keygen, missingOpenssh } from "../support/ssh/sshd.ts";
import { Session } from "../support/terminal/terminal_script.ts";

const skip = Deno.build.os === "windows" || await missingOpenssh();

/** Kinds of private keys, and the formats that ssh-keygen writes each in. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  "ed25519": ["RFC4716"],
  "ecdsa -b 256": ["RFC4716", "PKCS8"],
  "ecdsa -b 384": ["RFC4716", "PEM"],
  "ecdsa -b 521": ["RFC4716", "PKCS8", "PEM"],
  "rsa -b 2048": ["RFC4716", "PKCS8", "PEM"],
};

async function lines(session: Session, command: string, env = {}) {
  const { code, stdout, stderr } = await session.run(command, { env });
  expect([command, code, code === 0 ? "" : stderr]).toEqual([command, 0, ""]);
  return stdout.trimEnd().split("\n");
}

/** The agent of the session, started in the background. */
async function started(session: Session) {
  const { code, stdout, stderr } = await session.run("authsome ssh-agent -s");
  expect([code, stderr]).toEqual([0, ""]);
  const pid = /SSH_AGENT_PID=(\d+)/.exec(stdout)![1]!;
  const socket = `${session.work}/home/ssh-agent/default.sock`;
  expect(stdout).toContain("SSH_AUTH_SOCK=$WORK/home/ssh-agent/default.sock;");
  return {
    ...{ pid: Number(pid), socket, env: { SSH_AUTH_SOCK: socket } },
    async [Symbol.asyncDispose]() {
      await session.run("authsome ssh-agent -k");
    },
  };
}

test("every kind of key in every format of ssh-keygen is taken in and signs", {
  skip,
}, async () => {
  await using session = await Session.open();
  const names: string[] = [];
  for (const [kind, formats] of Object.entries(KINDS)) {
    for (const format of formats) {
      const name = `${kind}-${format}`.replaceAll(" ", "");
      keygen(
        `${session.work}/${name}`,
        ...["-t", ...kind.split(" "), "-m", format],
      );
      names.push(name);
    }
  }
  for (const name of names) {
    await lines(session, `authsome ssh-agent add ${name} --quiet`);
  }
  await using agent = await started(session);
  const listed = await lines(session, "ssh-add -L", agent.env);
  const files = names.map((name) =>
    Deno.readTextFileSync(`${session.work}/${name}.pub`).split(" ")[1]
  );
  expect(listed.map((line) => line.split(" ")[1]).sort()).toEqual(files.sort());
  for (const name of names) {
    // ssh-keygen signs with rsa-sha2-512, and verifies by itself.
    await lines(
      session,
      `printf data > ${name}.txt && ssh-keygen -q -Y sign -U -n file -f ${name}.pub ${name}.txt 2>/dev/null && ` +
        `ssh-keygen -q -Y check-novalidate -n file -s ${name}.txt.sig < ${name}.txt`,
      agent.env,
    );
    if (!name.startsWith("rsa")) {
      await lines(session, `ssh-add -T ${name}.pub`, agent.env);
    }
  }
  // SHA-1 is what it asks for.
  const sha1 = await session.run("ssh-add -T rsa-b2048-PEM.pub", {
    env: agent.env,
  });
  expect(sha1.code).not.toBe(0);
  const log = await lines(session, "authsome log --json");
  expect(log.filter((line) => line.includes("sha1_refused"))).toHaveLength(1);
});

test(
  "the passphrase is asked for once, and neither it nor the key is on disk in clear",
  { skip },
  async () => {
    await using session = await Session.open();
    const passphrase = "canary-of-the-file";
    for (
      const cipher of ["aes256-ctr", "aes256-cbc", "aes256-gcm@openssh.com"]
    ) {
      const name = cipher.replace(/@.*/, "");
      await lines(
        session,
        `ssh-keygen -q -t ed25519 -N ${passphrase} -a 2 -Z ${cipher} -f ${name} -C ${name}`,
      );
      await lines(
        session,
        `echo ${passphrase} | authsome ssh-agent add ${name} --passphrase-stdin`,
      );
    }
    await lines(
      session,
      `ssh-keygen -q -t rsa -b 2048 -m PEM -N ${passphrase} -f old && ssh-keygen -q -t ecdsa -m PKCS8 -N ${passphrase} -f new`,
    );
    for (const name of ["old", "new"]) {
      await lines(
        session,
        `echo ${passphrase} | authsome ssh-agent add ${name} --passphrase-stdin`,
      );
    }
    const wrong = await session.run(
      "echo canary-wrong | authsome ssh-agent add new --passphrase-stdin --name x",
    );
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      expect.stringContaining("the passphrase is another"),
    ]);
    const silent = await session.run(
      "authsome ssh-agent add new --name x < /dev/null",
    );
    expect([silent.code, silent.stderr]).toEqual([
      2,
      expect.stringContaining("--passphrase-stdin"),
    ]);
    expect(leaksInFolder(`${session.work}/home`, passphrase)).toEqual([]);
    keygen(`${session.work}/clear`, "-t", "ed25519");
    await lines(session, "authsome ssh-agent add clear");
    const body = Deno.readTextFileSync(`${session.work}/clear`).split("\n")
      .slice(3, 5).join("");
    expect(leaksInFolder(`${session.work}/home`, body.slice(0, 40))).toEqual(
      [],
    );
  },
);

test(
  "what is no private key is refused, and nothing of it is told",
  { skip },
  async () => {
    await using session = await Session.open();
    keygen(`${session.work}/good`, "-t", "ed25519");
    const good = Deno.readTextFileSync(`${session.work}/good`);
    const body = good.split("\n").slice(1, -2).join("");
    const pem = (text: string) =>
      `-----BEGIN OPENSSH PRIVATE KEY-----\n${text}\n-----END OPENSSH PRIVATE KEY-----\n`;
    const files: Record<string, [string, string]> = {
      public: [
        Deno.readTextFileSync(`${session.work}/good.pub`),
        "it is a public key",
      ],
      empty: ["", "not a private key"],
      cut: [pem(body.slice(0, 160)), "damaged"],
      changed: [
        pem(body.slice(0, 8) + "canary00" + body.slice(16)),
        "damaged",
      ],
      text: ["canary-canary", "not a private key"],
      putty: ["PuTTY-User-Key-File-3: ssh-ed25519\n", "format of PuTTY"],
      other: [
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "not a private key",
      ],
    };
    for (const [name, [text, said]] of Object.entries(files)) {
      Deno.writeTextFileSync(`${session.work}/${name}`, text, { mode: 0o600 });
      const { code, stdout, stderr } = await session.run(
        `authsome ssh-agent add ${name}`,
      );
      expect([name, code, stdout]).toEqual([name, 2, ""]);
      expect(stderr).toContain(said);
      expect(stderr).not.toContain("canary");
    }
    keygen(`${session.work}/short`, "-t", "rsa", "-b", "1024");
    const short = await session.run("authsome ssh-agent add short");
    expect([short.code, short.stderr]).toEqual([
      2,
      expect.stringContaining("fewer than 2048 bits"),
    ]);
    expect(
      JSON.parse(
        (await session.run("authsome ssh-agent list --json")).stdout,
      ).keys,
    ).toEqual([]);
  },
);

test("it starts once for all shells, follows the vault, and is stopped", {
  skip,
}, async () => {
  await using session = await Session.open();
  await lines(session, "authsome ssh-agent generate work --quiet");
  await using agent = await started(session);
  expect(Deno.statSync(agent.socket).mode! & 0o777).toBe(0o600);
  expect(Deno.statSync(`${session.work}/home/ssh-agent`).mode! & 0o777)
    .toBe(0o700);
  const again = JSON.parse(
    (await session.run("authsome ssh-agent --json")).stdout,
  );
  expect(again).toMatchObject({ pid: agent.pid, started: false });
  // A real shell obeys the lines.
  expect(await lines(session, 'eval "$(authsome ssh-agent)"; ssh-add -l'))
    .toEqual([
      `Agent pid ${agent.pid}`,
      expect.stringMatching(/^256 SHA256:\S+ work \(ED25519\)$/),
    ]);
  await lines(session, "authsome ssh-agent generate second --quiet");
  expect(await lines(session, "ssh-add -l", agent.env)).toHaveLength(2);
  await lines(session, "authsome ssh-agent remove work --yes --quiet");
  expect(await lines(session, "ssh-add -l", agent.env)).toHaveLength(1);
  expect(
    (await session.run("authsome ssh-agent -k -c", { env: agent.env })).stdout,
  ).toBe(
    `unsetenv SSH_AUTH_SOCK;\nunsetenv SSH_AGENT_PID;\necho Agent pid ${agent.pid} killed;\n`,
  );
  expect(() => Deno.statSync(agent.socket)).toThrow();
  const none = await session.run("authsome ssh-agent -k");
  expect([none.code, none.stdout]).toEqual([9, ""]);
});

test("after kill -9 the next one takes its place", { skip }, async () => {
  await using session = await Session.open();
  await lines(session, "authsome ssh-agent generate work --quiet");
  const killed = await started(session);
  Deno.kill(killed.pid, "SIGKILL");
  while ((await session.run(`kill -0 ${killed.pid}`)).code === 0) {
    /* Soon. */
  }
  expect(Deno.lstatSync(killed.socket).isSocket).toBe(true);
  await using agent = await started(session);
  expect(agent.pid).not.toBe(killed.pid);
  expect(await lines(session, "ssh-add -l", agent.env)).toHaveLength(1);
});

test("for a command it has a socket of its own, and ends with the command", {
  skip,
}, async () => {
  await using session = await Session.open();
  await lines(session, "authsome ssh-agent generate work --quiet");
  const env = {
    AUTHSOME_MASTER_KEY: "",
    AUTHSOME_PASSPHRASE: "canary",
    TMPDIR: session.work,
  };
  const { code, stdout } = await session.run(
    "authsome ssh-agent -- sh -c 'ssh-add -l; echo $SSH_AUTH_SOCK; env; ls -ld ${SSH_AUTH_SOCK%/*}; exit 7'",
    { env },
  );
  expect(code).toBe(7);
  expect(stdout).toMatch(/^256 SHA256:\S+ work/);
  expect(stdout).toMatch(/^drwx------/m);
  expect(stdout).not.toContain("AUTHSOME_PASSPHRASE");
  const [, socket = ""] = /^(\$WORK\/authsome-ssh-\S+)$/m.exec(stdout) ?? [];
  expect(socket).not.toBe("");
  expect(() => Deno.statSync(socket.replace("$WORK", session.work))).toThrow();
  // Of a run it is what the shell has, and no other.
  const run = await session.run(
    "authsome run -- sh -c 'echo ${SSH_AUTH_SOCK-none}'",
  );
  expect(run.stdout).toBe("none\n");
});

test(
  "a socket is not made where others may take its place",
  { skip },
  async () => {
    await using session = await Session.open();
    Deno.mkdirSync(`${session.work}/open`);
    Deno.chmodSync(`${session.work}/open`, 0o755);
    for (
      const [path, said] of [
        [`${session.work}/open/s`, "others may enter"],
        [`${session.work}/absent/s`, "not there"],
        [`/${"x".repeat(120)}`, "more than"],
      ]
    ) {
      const { code, stderr } = await session.run(
        `authsome ssh-agent -D -a ${path}`,
      );
      expect([code, stderr]).toEqual([9, expect.stringContaining(said!)]);
    }
    Deno.mkdirSync(`${session.work}/own`, { mode: 0o700 });
    Deno.writeTextFileSync(`${session.work}/own/file`, "mine");
    const taken = await session.run(
      `authsome ssh-agent -D -a ${session.work}/own/file`,
    );
    expect(taken.code).toBe(9);
    expect(Deno.readTextFileSync(`${session.work}/own/file`)).toBe("mine");
  },
);

test("keys are neither added nor removed through it, and it can be locked", {
  skip,
}, async () => {
  await using session = await Session.open();
  await lines(session, "authsome ssh-agent generate work --quiet");
  keygen(`${session.work}/other`, "-t", "ed25519");
  await using agent = await started(session);
  for (const command of ["ssh-add other", "ssh-add -D", "ssh-add -d other"]) {
    const { code } = await session.run(command, { env: agent.env });
    expect([command, code]).not.toEqual([command, 0]);
  }
  expect(await lines(session, "ssh-add -l", agent.env)).toHaveLength(1);
  const ask = async (bytes: Uint8Array) => await exchange(agent.socket, bytes);
  const lock = framed(wire(22, "secret"));
  expect((await ask(lock))[4]).toBe(6);
  expect((await ask(lock))[4]).toBe(5);
  expect((await session.run("ssh-add -l", { env: agent.env })).code).toBe(1);
  expect((await ask(framed(wire(23, "wrong"))))[4]).toBe(5);
  expect((await ask(framed(wire(23, "secret"))))[4]).toBe(6);
  expect(await lines(session, "ssh-add -l", agent.env)).toHaveLength(1);
  const query = await ask(framed(wire(27, "query")));
  expect(query[4]).toBe(29);
  expect(new TextDecoder().decode(query)).toContain("session-bind@openssh.com");
});

test(
  "hostile messages end their own connection and nothing else",
  { skip },
  async () => {
    await using session = await Session.open();
    await lines(session, "authsome ssh-agent generate work --quiet");
    await using agent = await started(session);
    const list = framed(Uint8Array.of(11));
    const open: Uint8Array[] = [
      Uint8Array.of(0, 0, 0, 0),
      Uint8Array.of(255, 255, 255, 255),
      Uint8Array.of(0, 4, 0, 1),
    ];
    for (const bytes of open) {
      expect(await exchange(agent.socket, bytes)).toHaveLength(0);
    }
    for (
      const message of [
        Uint8Array.of(99),
        Uint8Array.of(13),
        Uint8Array.of(13, 255, 255, 255, 255),
        wire(13, "x", "y"),
        wire(13, new Uint8Array(0), new Uint8Array(0), { uint32: 0 }),
        Uint8Array.of(27),
        wire(27, "session-bind@openssh.com"),
        wire(27, "session-bind@openssh.com", "a", "b", "c", 0),
        wire(17, "ssh-ed25519", "x"),
        Uint8Array.of(22),
      ]
    ) {
      const answer = await exchange(agent.socket, framed(message));
      expect([[...message.slice(0, 9)], [...answer]])
        .toEqual([[...message.slice(0, 9)], [0, 0, 0, 1, 5]]);
    }
    // Without an end: it is not kept, and the others are answered meanwhile.
    const endless = connect(agent.socket);
    endless.on("error", () => {});
    endless.write(Uint8Array.of(0, 4, 0, 0, 13));
    const silent = connect(agent.socket);
    silent.write(Uint8Array.of(0, 0));
    expect((await exchange(agent.socket, list))[4]).toBe(12);
    // In pieces of one byte, and two at once.
    expect((await exchange(agent.socket, list, 1))[4]).toBe(12);
    const both = await exchange(
      agent.socket,
      wire({ raw: list }, { raw: list }),
    );
    expect(both.length % 2).toBe(0);
    expect([...both.subarray(both.length / 2)]).toEqual(
      [...both.subarray(0, both.length / 2)],
    );
    endless.destroy();
    silent.destroy();
  },
);

test(
  "50 at once are all answered, each by a signature of its own",
  { skip },
  async () => {
    await using session = await Session.open();
    const [line] = await lines(
      session,
      "authsome ssh-agent generate work --quiet",
    );
    Deno.writeTextFileSync(`${session.work}/work.pub`, `${line}\n`);
    await using agent = await started(session);
    await lines(
      session,
      "for i in $(seq 50); do (ssh-add -T work.pub && touch done.$i) & done; wait; ls done.* | wc -l | grep -x 50",
      agent.env,
    );
    const log = (await lines(session, "authsome log -n 100 --json"))
      .filter((each) =>
        each.includes('"event": "sign"') || each.includes('"event":"sign"')
      );
    expect(log.length).toBeGreaterThan(0);
  },
);

test(
  "another user cannot connect to it",
  {
    skip: skip || Deno.uid() !== 0 && "only root can become another user" ||
      await missing("setpriv"),
  },
  async () => {
    await using session = await Session.open();
    await lines(session, "authsome ssh-agent generate work --quiet");
    Deno.chmodSync(session.work, 0o755);
    await using agent = await started(session);
    const { code, stderr } = await session.run(
      `setpriv --reuid 65534 --regid 65534 --clear-groups ssh-add -l`,
      { env: agent.env },
    );
    expect([code, stderr]).toEqual([2, expect.stringContaining("denied")]);
  },
);

/** A message with its length before it. */
function framed(message: Uint8Array): Uint8Array {
  return wire(message);
}

/** What comes back until the other side closes, or the answer is whole. */
function exchange(
  path: string,
  bytes: Uint8Array,
  piece: number = bytes.length,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const got: Uint8Array[] = [];
    socket.on("data", (part: Uint8Array) => got.push(part));
    socket.on("error", reject);
    socket.on("close", () => resolve(wire(...got.map((raw) => ({ raw })))));
    for (let at = 0; at < bytes.length; at += piece) {
      socket.write(bytes.subarray(at, at + piece));
    }
    // Our end: what was asked is answered all the same.
    socket.end();
  });
}
