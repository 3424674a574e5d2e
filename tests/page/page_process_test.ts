// The local page as a process: its address is in no program's arguments, another user gets nothing of it, a command of a run
// cannot open it, and it listens on loopback alone.
import { expect } from "expect";
import { test } from "node:test";
import { processOf } from "../support/program.ts";
import {
  NO_OTHER_USER,
  seenArguments,
  visitAsOtherUser,
} from "../support/sandbox/other_user.ts";
import { missing } from "../support/missing.ts";
import { Session } from "../support/terminal/terminal_script.ts";

/** Starts `authsome ui` in a session; what it says first, and how to end it. */
async function started(
  session: Session,
  words: string,
  env: Record<string, string>,
  says: RegExp,
) {
  const child = processOf(["sh", "-c", `exec authsome ui ${words}`], {
    env: { ...session.environment, ...env },
    clearEnv: true,
    cwd: session.work,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let text = "";
  const collect = async (stream: ReadableStream<Uint8Array>) => {
    for await (const part of stream.pipeThrough(new TextDecoderStream())) {
      text += part;
    }
  };
  const ends = Promise.all([collect(child.stdout), collect(child.stderr)]);
  for (let tries = 0; tries < 600 && !says.test(text); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(text).toMatch(says);
  return {
    text: () => text,
    async end() {
      child.kill("SIGINT");
      const { code } = await child.status;
      await ends;
      return code;
    },
  };
}

test(
  "the address is handed to the browser in a file, and is in nobody's arguments",
  {
    skip: NO_OTHER_USER,
  },
  async () => {
    await using session = await Session.open();
    await Deno.writeTextFile(
      `${session.work}/bin/open-page`,
      `#!/bin/sh\nprintf '%s\\n' "$1" >'${session.work}/opened'\ncat "\${1#file://}" >'${session.work}/page'\nsleep 3\n`,
      { mode: 0o755 },
    );
    const page = await started(
      session,
      "",
      { BROWSER: `${session.work}/bin/open-page` },
      /If no page opens, visit http:\/\/127\.0\.0\.1:\d+\/open\/[\w-]{43}/,
    );
    const seen = await seenArguments();
    const opened = (await Deno.readTextFile(`${session.work}/opened`)).trim();
    const forwarded = /url=(http:[^"]+)"/.exec(
      await Deno.readTextFile(`${session.work}/page`),
    )![1]!;
    const spare = /visit (\S+)/.exec(page.text())![1]!;
    expect(opened).toMatch(/^file:\/\//);
    for (const url of [forwarded, spare]) {
      const ticket = url.split("/open/")[1]!;
      expect(seen.filter((word) => word.includes(ticket))).toEqual([]);
    }
    // The file is there, and is this user's alone.
    expect(seen.some((word) => word === opened || word.includes("open-page")))
      .toBe(true);

    // Another user who has the address gets nothing, uses nothing up, and reads no stream.
    const { origin } = new URL(forwarded);
    for (const url of [forwarded, spare, `${origin}/`, `${origin}/events`]) {
      const { status, text } = await visitAsOtherUser(url);
      expect([url, status]).toEqual([url, "403"]);
      expect(text).not.toMatch(/set-cookie|Connections/i);
    }
    const mine = await fetch(forwarded);
    expect(mine.status).toBe(200);
    const cookie = mine.headers.getSetCookie()[0]!.split(";")[0]!;
    await mine.body?.cancel();
    const stolen = await visitAsOtherUser(
      `${origin}/`,
      "-H",
      `Cookie: ${cookie}`,
    );
    expect(stolen.status).toBe("403");
    const shown = await fetch(`${origin}/`, { headers: { cookie } });
    expect(await shown.text()).toContain("Connections");
    expect(await page.end()).toBe(130);
  },
);

test(
  "it listens on 127.0.0.1 alone, prints what opens it once, and ends by Ctrl-C or by itself",
  {
    skip: Deno.build.os === "linux" ? false : "it looks into /proc",
  },
  async () => {
    await using session = await Session.open();
    const page = await started(
      session,
      "--no-browser",
      {},
      /http:\/\/127\.0\.0\.1:\d+\/open\/[\w-]{43}/,
    );
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(page.text())![1]);
    const hex = port.toString(16).toUpperCase().padStart(4, "0");
    const listening = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) =>
      Deno.readTextFileSync(table).split("\n")
        .map((line) => line.trim().split(/\s+/))
        .filter((columns) =>
          columns[1]?.endsWith(`:${hex}`) && columns[3] === "0A"
        ).map((columns) => columns[1])
    );
    expect(listening).toEqual([`0100007F:${hex}`]);
    const taken = await session.run(`authsome ui --no-browser --port ${port}`);
    expect(taken.code).toBe(9);
    expect(taken.stderr).toContain(`Cannot listen on 127.0.0.1:${port}`);
    expect(await page.end()).toBe(130);
    const idle = await session.run(
      "timeout 30 authsome ui --no-browser --idle 0.005",
    );
    expect([idle.code, idle.stderr]).toEqual([
      0,
      expect.stringContaining("so it ended."),
    ]);
  },
);

test("a command of a run cannot open the page, nor by hiding that it is one", {
  skip: await missing("env"),
}, async () => {
  await using session = await Session.open();
  for (
    const words of ["authsome ui", "env -u AUTHSOME_PROXY_MODE authsome ui"]
  ) {
    const { code, stdout, stderr } = await session.run(
      `timeout 30 authsome run --quiet -- ${words} --no-browser --idle 0.005`,
    );
    expect([words, code, stdout]).toEqual([words, 4, ""]);
    expect(stderr).toContain("Cannot open the page from a command");
    expect(stderr).not.toContain("/open/");
  }
});
