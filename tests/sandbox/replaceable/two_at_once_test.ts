// The state of an agent that runs twice at once, each in a sandbox of its own: nothing is lost, and nothing broken.
import { expect } from "expect";
import { missing } from "../../support/missing.ts";
import { cliCommand, processOf } from "../../support/program.ts";
import { type Sandbox, sandboxTest } from "../../support/sandbox/sandbox.ts";

const twiceTest = (
  name: string,
  body: (sandbox: Sandbox) => Promise<void>,
  needs: string | false = false,
) =>
  sandboxTest(
    name,
    { groq: "gsk_canary" },
    [],
    () => new Response(),
    body,
    needs,
  );

/** Waits inside until the file exists, at most a minute. */
const WAIT =
  'wait_for() { n=0; until [ -e "$1" ] || [ $n = 1200 ]; do sleep 0.05; n=$((n+1)); done; }\n';

const noPython = await missing("python3", "-c", "import sqlite3");

function names(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
}

async function eventually(look: () => unknown): Promise<void> {
  for (let tries = 0; tries < 1200; tries++) {
    try {
      look();
      return;
    } catch { /* Not yet. */ }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("it did not happen");
}

const jsonIn = (path: string) => JSON.parse(Deno.readTextFileSync(path));

/** The rows of a database. */
async function rows(path: string): Promise<string> {
  const { stdout } = await processOf([
    ...["python3", "-c"],
    `import sqlite3
db = sqlite3.connect("${path}")
print(db.execute("pragma integrity_check").fetchone()[0], *sorted(v for v, in db.execute("select v from t")))`,
  ], { stdin: "null" }).output();
  return new TextDecoder().decode(stdout).trim();
}

for (
  const [agent, path] of [
    // Its folder is the person's.
    ["claude", ".claude.json"],
    // Its folder is made at the first start.
    ["gemini", ".gemini/state.json"],
    ["qwen", ".qwen/installation_id"],
  ] as const
) {
  twiceTest(
    `${agent} starts for the first time twice at once: the last ~/${path} stays, the other is kept`,
    async ({ folder, home, work, env, sh }) => {
      const file = `${folder}/${path}`;
      const name = path.slice(path.lastIndexOf("/") + 1);
      const save = (text: string) =>
        `echo '${text}' > ~/${path}.tmp && mv ~/${path}.tmp ~/${path}`;
      const options = ["--agent", agent];
      const two = processOf(
        cliCommand(
          ...["run", "--sandbox", ...options, "--", "sh", "-c"],
          `${WAIT} touch ready; wait_for go; ${
            save('{"by":"two"}')
          }; touch wrote; wait_for ended`,
        ),
        {
          ...{ env, clearEnv: true, cwd: work },
          ...{ stdin: "null", stdout: "null", stderr: "piped" },
        },
      ).spawn();
      await eventually(() => Deno.statSync(`${work}/ready`));
      // It does not see what the command writes until the other has ended.
      Deno.kill(two.pid, "SIGSTOP");
      let one;
      try {
        Deno.writeTextFileSync(`${work}/go`, "");
        await eventually(() => Deno.statSync(`${work}/wrote`));
        one = await sh(save('{"by":"one"}'), { options });
        expect(jsonIn(file)).toEqual({ by: "one" });
      } finally {
        Deno.kill(two.pid, "SIGCONT");
        Deno.writeTextFileSync(`${work}/ended`, "");
      }
      const ended = await two.output();
      const stderr = new TextDecoder().decode(ended.stderr);
      expect([one.code, one.stderr, ended.code]).toEqual([0, "", 0]);
      expect(jsonIn(file)).toEqual({ by: "two" });
      const kept = names(`${home}/kept`).map((each) => `${home}/kept/${each}`);
      expect(kept.map(jsonIn)).toEqual([{ by: "one" }]);
      expect(kept[0]).toContain(`/${name}.`);
      expect(stderr).toContain(kept[0]);
    },
  );
}

/** Writes rows of its own into a database; then it waits for files, and `killed` kills it, so that the log
 * is not moved into it. */
const WRITE = `import os, sqlite3, sys, time
path, mode, own, count, pause = sys.argv[1:6]
db = sqlite3.connect(os.path.expanduser(path), isolation_level=None, timeout=60)
db.execute("pragma journal_mode = " + mode)
db.execute("create table if not exists t (v)")
open("open-" + own, "w").close()
for at in range(int(count)):
    db.execute("insert into t values (?)", (f"{own}{at}",))
    time.sleep(float(pause))
open("wrote-" + own, "w").close()
for name in sys.argv[6:]:
    if name == "killed": os.kill(os.getpid(), 9)
    for _ in range(1200):
        if os.path.exists(name): break
        time.sleep(0.05)
db.close()
`;

for (
  const [agent, path] of [
    ["codex", ".codex/state_9.sqlite"],
    ["opencode", ".local/share/opencode/opencode.db"],
  ] as const
) {
  twiceTest(
    `${agent}: two sandboxes write one database at once, with a log, and one of them is killed`,
    async ({ folder, work, sh }) => {
      Deno.writeTextFileSync(`${work}/write.py`, WRITE);
      const write = (own: string, ...then: string[]) =>
        sh(`python3 write.py ~/${path} wal ${own} 60 0 ${then.join(" ")}`, {
          options: ["--agent", agent],
        });
      const ended = await Promise.all([
        write("a", "open-b", "killed"),
        write("b", "open-a"),
      ]);
      expect(ended.map(({ code }) => code)).toEqual([137, 0]);
      const all = ["a", "b"].flatMap((own) =>
        Array.from({ length: 60 }, (_, at) => `${own}${at}`)
      );
      expect(await rows(`${folder}/${path}`)).toBe(
        `ok ${all.sort().join(" ")}`,
      );
    },
    noPython,
  );
}

twiceTest(
  "a database that is allowed alone: the other version is kept with what is not in it yet",
  async ({ folder, home, work, sh }) => {
    const path = ".copilot/session-store.db";
    Deno.writeTextFileSync(`${work}/write.py`, WRITE);
    const write = (own: string, ...then: string[]) =>
      sh(`python3 write.py ~/${path} wal ${own} 2 0 ${then.join(" ")}`, {
        options: ["--agent", "copilot"],
      });
    expect((await write("base")).code).toBe(0);
    // Its log is not empty, so that it is not written back before the end.
    const two = write("two", "ended");
    const one = write("one", "wrote-two", "killed");
    expect((await one).code).toBe(137);
    Deno.writeTextFileSync(`${work}/ended`, "");
    const { code, stderr } = await two;
    expect(code).toBe(0);
    expect(await rows(`${folder}/${path}`)).toBe("ok base0 base1 two0 two1");
    const kept = names(`${home}/kept`).filter((each) =>
      !/-(wal|shm)$/.test(each)
    );
    expect(kept.length).toBe(1);
    expect(stderr).toContain(`${home}/kept/${kept[0]}`);
    expect(await rows(`${home}/kept/${kept[0]}`))
      .toBe("ok base0 base1 one0 one1");
  },
  noPython,
);

twiceTest(
  "two that write databases of their own by turns keep no version for each turn",
  async ({ folder, home, work, sh }) => {
    const path = ".copilot/session-store.db";
    Deno.writeTextFileSync(`${work}/write.py`, WRITE);
    const write = (own: string, other: string) =>
      sh(
        `python3 write.py ~/${path} delete ${own} 5 1.5 open-${other}`,
        { options: ["--agent", "copilot"] },
      );
    const ended = await Promise.all([write("a", "b"), write("b", "a")]);
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    // Each may have found the other's at its end.
    expect(names(`${home}/kept`).length).toBeLessThanOrEqual(2);
    const of = (own: string) =>
      `ok ${Array.from({ length: 5 }, (_, at) => `${own}${at}`).join(" ")}`;
    expect([of("a"), of("b")]).toContain(await rows(`${folder}/${path}`));
  },
  noPython,
);
