// Who may answer: a person, in another place; not the command that asks, by whatever way it starts `authsome approve`.
import { expect } from "expect";
import { test } from "node:test";
import { missing } from "../support/missing.ts";
import { moduleCommand } from "../support/program.ts";
import { Session } from "../support/terminal/terminal_script.ts";

const RUN = new URL("../support/workers/asking_run.ts", import.meta.url);
const LINUX = Deno.build.os === "linux"
  ? await missing("setsid", "true")
  : "it reads /proc";

/** What a run printed: its id at once, the rest at its end. */
interface Asking {
  id: string;
  done: Promise<{ text: string; answer: Record<string, unknown> | null }>;
}

async function ask(
  session: Session,
  options: Record<string, unknown> = {},
): Promise<Asking> {
  const [program, ...args] = moduleCommand(RUN, JSON.stringify(options));
  const child = new Deno.Command(program!, {
    args,
    cwd: session.work,
    clearEnv: true,
    env: session.environment,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const first = Promise.withResolvers<string>();
  const done = (async () => {
    let text = "";
    for await (
      const part of child.stdout.pipeThrough(new TextDecoderStream())
    ) {
      text += part;
      const [, id] = /^id (\S+)$/m.exec(text) ?? [];
      if (id) first.resolve(id);
    }
    first.reject(new Error(`no id, but: ${text}`));
    await child.status;
    const [, answer = "null"] = /^answer (.*)$/m.exec(text) ?? [];
    return { text, answer: JSON.parse(answer) };
  })();
  return { id: await first.promise, done };
}

/** Until the request is listed. */
async function listed(session: Session, id: string): Promise<string> {
  for (;;) {
    const { stdout } = await session.run("authsome approve list");
    if (stdout.includes(id)) return stdout;
  }
}

/** What the command of a run would try, in shell; `$ID` is the request. */
const ATTEMPTS: Record<string, string> = {
  "as it is": `authsome approve "$ID"`,
  "by a grandchild": `sh -c 'sh -c "authsome approve $ID || exit 4" || exit 4'`,
  "without the mark of a run":
    `env -u AUTHSOME_PROXY_MODE -u HTTPS_PROXY authsome approve "$ID"`,
  "with an environment of its own":
    `env -i PATH="$PATH" HOME="$HOME" AUTHSOME_HOME="$AUTHSOME_HOME" authsome approve "$ID"`,
  "in a session of its own": `setsid --wait authsome approve "$ID"`,
  "in a session of its own, without the mark":
    `setsid --wait env -u AUTHSOME_PROXY_MODE -u HTTPS_PROXY authsome approve "$ID"`,
};

test("the command of a run cannot answer, however it starts authsome approve", {
  skip: LINUX,
}, async () => {
  await using session = await Session.open();
  const tried = Object.entries(ATTEMPTS).map(([name, line]) =>
    `echo "== ${name}"; ${line} 2>&1; echo "exit $?"`
  );
  const asking = await ask(session, {
    command: [
      "sh",
      "-c",
      [
        'until authsome approve list | grep -q "$ID"; do :; done',
        ...tried,
        "touch tried",
      ].join("\n"),
    ],
  });
  // The person answers after all that, so that the run ends.
  await session.run(
    `until test -e tried; do sleep 0.1; done; authsome approve deny ${asking.id}`,
  );
  const { text, answer } = await asking.done;
  for (const name of Object.keys(ATTEMPTS)) {
    const [, part = ""] = text.split(`== ${name}\n`);
    expect([name, part.split("== ")[0]!]).toEqual([
      name,
      expect.stringMatching(
        /^Error: (?:A command of authsome run|This process) may not answer[^]*\nexit 4\n/,
      ),
    ]);
  }
  expect(answer).toMatchObject({ decision: "deny", by: "command" });
});

test(
  "a process that leaves its parents in the session of the run cannot answer",
  {
    skip: LINUX,
  },
  async () => {
    await using session = await Session.open();
    const asking = await ask(session, {
      command: [
        "sh",
        "-c",
        `until authsome approve list | grep -q "$ID"; do :; done
( (
  sleep 0.3
  env -u AUTHSOME_PROXY_MODE -u HTTPS_PROXY authsome approve "$ID" >out 2>&1
  echo "exit $?" >>out
  touch tried
) & )`,
      ],
    });
    const { code } = await session.run(
      `until test -e tried; do sleep 0.1; done; authsome approve deny ${asking.id}`,
    );
    expect(code).toBe(0);
    expect((await asking.done).answer).toMatchObject({ decision: "deny" });
    expect(await Deno.readTextFile(`${session.work}/out`))
      .toMatch(/^Error: This process may not answer it[^]*exit 4\n$/);
  },
);

test("the person answers elsewhere, for all that was shown", async () => {
  await using session = await Session.open();
  const asking = await ask(session, {
    request: {
      path: "/repos/kay/a\u202e/\u001b[31missues?title",
      body: { size: 9, sha256: "cd".repeat(32), shown: "a\u001b]0;x\u0007b" },
    },
  });
  const shown = await listed(session, asking.id);
  for (
    const part of [
      ...["POST", "api.github.com", "/repos/kay/a", "title", "9 bytes"],
      ...["cd".repeat(32), "github/default", "agent in ", "ask-writes"],
      ...["(writes)", "time left", asking.id],
    ]
  ) expect(shown).toContain(part);
  // deno-lint-ignore no-control-regex
  expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  const { code, stderr } = await session.run(
    `authsome approve ${asking.id.slice(0, 8)}`,
  );
  expect([code, stderr]).toEqual([0, expect.stringMatching(/Allowed once/)]);
  const { answer } = await asking.done;
  expect(answer).toMatchObject({ decision: "allow", scope: "once" });
  // Used up.
  const again = await session.run(`authsome approve ${asking.id}`);
  expect([again.code, again.stderr])
    .toEqual([3, expect.stringMatching(/No such request waits/)]);
  const log = await session.run("authsome log --raw");
  const entry = JSON.parse(log.stdout.trim().split("\n").at(-1)!);
  expect(entry).toMatchObject({
    ...{ event: "approval", ok: true, rule: "ask-writes", method: "POST" },
    ...{ run: "0123456789abcdef", host: "api.github.com" },
    detail: `id ${asking.id}; digest ${
      "ab".repeat(6)
    }; allow once by command; asked: vault`,
  });
  expect((await session.run("authsome log --verify")).code).toBe(0);
});

test("a run that was killed leaves nothing to answer", async () => {
  await using session = await Session.open();
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", `exec "$@"`, "sh", ...moduleCommand(RUN, "{}")],
    cwd: session.work,
    clearEnv: true,
    env: session.environment,
    stdin: "null",
    stdout: "null",
  }).spawn();
  while (!(await session.run("authsome approve list")).stdout) {
    // Its record is not there yet.
  }
  child.kill("SIGKILL");
  await child.status;
  const { stdout, stderr } = await session.run("authsome approve list");
  expect([stdout, stderr]).toEqual(["", "Nothing waits for an answer.\n"]);
});
