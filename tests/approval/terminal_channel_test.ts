// The question on the terminal of a run, while a program owns that terminal.
import { expect } from "expect";
import { test } from "node:test";
import { missing } from "../support/missing.ts";
import { moduleCommand } from "../support/program.ts";
import {
  NO_PSEUDO_TERMINAL,
  PseudoTerminal,
} from "../support/terminal/pseudo_terminal.ts";

const WORKER = new URL(
  "../support/workers/asking_terminal.ts",
  import.meta.url,
);

/** An agent: it owns the terminal, notes every key and signal, and ends at `q`. `$1` is the folder, `$2` how it draws. */
const AGENT = `
import os, signal, sys, termios, time, tty
folder, screen = sys.argv[1:3]
log = open(folder + "/log", "a", buffering=1)
for each in ("SIGCONT", "SIGWINCH"):
    signal.signal(getattr(signal, each), lambda number, frame, name=each: log.write(name + "\\n"))
if screen == "away":
    open(folder + "/ready", "w").close()
    while not os.path.exists(folder + "/answer"): time.sleep(0.05)
    sys.exit()
before = termios.tcgetattr(0)
tty.setraw(0)
if screen == "other": os.write(1, b"\\x1b[?1049h")
os.write(1, b"AGENT READY\\r\\n")
open(folder + "/ready", "w").close()
while screen == "deaf" and not os.path.exists(folder + "/answer"): time.sleep(0.05)
while True:
    key = os.read(0, 1)
    log.write("key " + repr(key) + "\\n")
    if key in (b"q", b""): break
termios.tcsetattr(0, termios.TCSANOW, before)
`;

const WAIT_MS = 30_000;

const SKIP = NO_PSEUDO_TERMINAL ||
  (Deno.build.os === "windows" ? "there are no such terminals" : false);

/** Looks at a file until `done` says so of its text. */
async function textOnce(
  path: string,
  done: (text: string) => boolean,
): Promise<string> {
  let text = "";
  for (const end = Date.now() + WAIT_MS; Date.now() < end;) {
    try {
      text = await Deno.readTextFile(path);
      if (done(text)) return text;
    } catch { /* It is not there yet. */ }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${path} has only: ${text}`);
}

/** A folder, and the agent in a terminal of its own. */
class Scene {
  private constructor(
    readonly folder: string,
    readonly terminal: PseudoTerminal,
  ) {}

  static async open(
    screen = "plain",
    around: (command: string[]) => string[] = (command) => command,
    term = "xterm",
  ): Promise<Scene> {
    const folder = await Deno.makeTempDir({ prefix: "authsome-terminal-" });
    await Deno.writeTextFile(`${folder}/agent.py`, AGENT);
    const command = moduleCommand(
      WORKER,
      ...[folder, "python3", `${folder}/agent.py`, folder, screen],
    );
    const { PATH, HOME, DENO_DIR } = Deno.env.toObject();
    const env = {
      PATH,
      HOME,
      DENO_DIR,
      FOLDER: folder,
      LC_ALL: "C.UTF-8",
      TERM: term,
    };
    const terminal = new PseudoTerminal(around(command), {
      env: JSON.parse(JSON.stringify(env)),
    });
    const scene = new Scene(folder, terminal);
    await scene.until("ready");
    return scene;
  }

  /** Until a file is there; its text. */
  until(name: string): Promise<string> {
    return textOnce(`${this.folder}/${name}`, () => true);
  }

  /** Asks, and waits for the question; the code that it shows. */
  async ask(request: Record<string, unknown> = {}): Promise<string> {
    const file = `${this.folder}/ask`;
    await Deno.writeTextFile(`${file}.new`, JSON.stringify(request));
    await Deno.rename(`${file}.new`, file);
    await this.terminal.shows("Or n and Enter to deny it.");
    await this.terminal.shows("> ");
    return /y(\w\w) once/.exec(this.terminal.screen)?.[1] ?? "";
  }

  async answer(): Promise<Record<string, unknown> | null> {
    return JSON.parse(await this.until("answer"));
  }

  /** What the agent has noted, once `last` is in it. */
  log(last: string): Promise<string> {
    return textOnce(`${this.folder}/log`, (text) => text.includes(last));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.terminal[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}

test(
  "a question is answered on a screen of its own, and the agent gets no key of it",
  {
    skip: SKIP,
  },
  async () => {
    await using scene = await Scene.open();
    const { terminal } = scene;
    const code = await scene.ask({
      path: "/repos/kay/a\u001b[2J\u202e?title",
      body: { size: 9, sha256: "ef".repeat(32), shown: '{"title":"x"}' },
    });
    for (
      const part of [
        ...["POST https://api.github.com/repos/kay/a\\u{1b}[2J\\u{202e}?title"],
        ...["9 bytes", "ef".repeat(32), '{"title":"x"}', "github/default"],
        ...["claude in /home/kay/project", "ask-writes", "time left"],
      ]
    ) expect(terminal.screen).toContain(part);
    // A wrong code, a function key, and one that is mended.
    await terminal.type("yqq\r");
    await terminal.shows("> ");
    await terminal.type(`\x1b[A\x1bOPtx\x7f${code}\r`);
    expect(await scene.answer())
      .toMatchObject({ decision: "allow", scope: "10m", by: "terminal" });
    expect(await terminal.echoes()).toBe(false);
    await terminal.type("kq");
    expect(await scene.log("b'q'"))
      .toBe("SIGCONT\nSIGWINCH\nkey b'k'\nkey b'q'\n");
    expect(await terminal.ended()).toEqual({ code: 0, restored: true });
  },
);

test("what was typed for the agent before answers nothing", {
  skip: SKIP,
}, async () => {
  // A terminal that obeys no sequences is asked nothing, which would drop keys too.
  for (const term of ["xterm", "dumb"]) {
    await using scene = await Scene.open("deaf", undefined, term);
    const { terminal } = scene;
    await terminal.type("n\ryy\rn\r");
    await scene.ask();
    await terminal.type("n\r");
    expect(await scene.answer()).toMatchObject({ decision: "deny" });
    await terminal.type("q");
    // Nor is it left for the agent, which was not asked for it.
    expect(await scene.log("b'q'")).toMatch(/^(?:SIG\w+\n)*key b'q'\n$/);
    expect(await terminal.ended()).toEqual({ code: 0, restored: true });
  }
});

test("wrong codes are a no, and so is Ctrl-C", { skip: SKIP }, async () => {
  for (const keys of ["yqq\r", "y\r", "\x03"]) {
    await using scene = await Scene.open();
    await scene.ask();
    for (let times = 0; times < 3; times++) await scene.terminal.type(keys);
    expect([keys, await scene.answer()])
      .toEqual([keys, expect.objectContaining({ decision: "deny" })]);
    await scene.terminal.type("q");
    expect(await scene.terminal.ended()).toEqual({ code: 0, restored: true });
  }
});

test("a program on the other screen keeps it, and is made to draw again", {
  skip: SKIP,
}, async () => {
  await using scene = await Scene.open("other");
  const { terminal } = scene;
  const file = `${scene.folder}/ask`;
  await Deno.writeTextFile(`${file}.new`, "{}");
  await Deno.rename(`${file}.new`, file);
  // As a terminal says that it shows the other screen.
  const replies = setInterval(() => terminal.type("\x1b[?1049;1$y"), 50);
  await terminal.shows("Or n and Enter to deny it.");
  clearInterval(replies);
  await terminal.type("n\r");
  expect(await scene.answer()).toMatchObject({ decision: "deny" });
  await scene.log("SIGWINCH");
  await terminal.type("q");
  await terminal.ended();
  expect(terminal.raw.split("\x1b[?1049h").length).toBe(2);
  expect(terminal.raw).not.toContain("\x1b[?1049l");
});

test("an answer elsewhere ends the question, and the agent goes on", {
  skip: SKIP,
}, async () => {
  await using scene = await Scene.open();
  await scene.ask();
  await Deno.remove(`${scene.folder}/ask`);
  expect(await scene.answer()).toBe(null);
  await scene.terminal.type("q");
  await scene.log("b'q'");
  expect(await scene.terminal.ended()).toEqual({ code: 0, restored: true });
});

test("the agent goes on when authsome ends or is killed while it asks", {
  skip: SKIP,
}, async () => {
  // What is around it lives on, as a shell does.
  await using killed = await Scene.open("plain", (command) => [
    ...[
      "sh",
      "-c",
      `"$@"; echo "GONE $?"; until test -e "$FOLDER/over"; do sleep 0.1; done`,
    ],
    ...["sh", ...command],
  ]);
  await killed.ask();
  const settings = await killed.terminal.echoes();
  Deno.kill(Number(await killed.until("pid")), "SIGKILL");
  await killed.log("SIGWINCH");
  await killed.terminal.type("q");
  await killed.log("b'q'");
  expect(settings).toBe(false);
  await Deno.writeTextFile(`${killed.folder}/over`, "");
  expect((await killed.terminal.ended()).restored).toBe(true);
  expect(killed.terminal.raw).toContain("\x1b[?1049l");

  // A signal is handed on to the agent, which stands still until the question is over.
  await using ended = await Scene.open();
  await ended.ask();
  await ended.terminal.kill(15);
  expect(await ended.terminal.ended())
    .toEqual({ code: 128 + 15, restored: expect.any(Boolean) });
});

test(
  "where the terminal is another job's, or there is none, a line says where to answer",
  {
    skip: SKIP || await missing("bash") || await missing("setsid", "true"),
  },
  async () => {
    const around = [
      // Job control gives the job in the background a group of its own.
      (command: string[]) => [
        ...["bash", "-m", "-c"],
        ...[`"$@" <&0 & wait`, "bash", ...command],
      ],
      (command: string[]) => ["setsid", "--wait", ...command],
    ];
    for (const each of around) {
      await using scene = await Scene.open("away", each);
      const file = `${scene.folder}/ask`;
      await Deno.writeTextFile(`${file}.new`, "{}");
      await Deno.rename(`${file}.new`, file);
      await scene.terminal.shows(
        "Answer in another terminal: authsome approve",
      );
      expect(await scene.answer()).toBe(null);
    }
  },
);
