// A file that is allowed alone can be saved by a temporary file and a rename, and nothing else changes outside.
import { expect } from "expect";
import { missing } from "../../support/missing.ts";
import { cliCommand, processOf } from "../../support/program.ts";
import { type Sandbox, sandboxTest } from "../../support/sandbox/sandbox.ts";

const fileTest = (
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

const OPTIONS = ["--allow-write", "~/.state.json"];
/** Waits inside until the file exists, at most half a minute. */
const WAIT =
  'wait_for() { n=0; until [ -e "$1" ] || [ $n = 600 ]; do sleep 0.05; n=$((n+1)); done; }\n';

/** Where Node keeps what it has compiled, and authsome what it has written of its vault. */
const STATE = [".cache", ".local"];

const read = (path: string) => Deno.readTextFileSync(path);

async function eventually<T>(look: () => T | undefined): Promise<T> {
  for (let tries = 0; tries < 600; tries++) {
    try {
      const found = look();
      if (found !== undefined) return found;
    } catch { /* Not yet. */ }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("it did not happen");
}

const has = (path: string, text: string) =>
  eventually(() => read(path) === text ? true : undefined);

function names(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
}

fileTest(
  "a file is replaced by a rename, and its folder is as it was",
  async ({ folder, sh }) => {
    const state = `${folder}/.state.json`;
    Deno.writeTextFileSync(state, "old");
    Deno.chmodSync(state, 0o640);
    Deno.linkSync(state, `${folder}/other-name`);
    Deno.writeTextFileSync(`${folder}/other`, "other");
    Deno.mkdirSync(`${folder}/.ssh`);
    Deno.writeTextFileSync(`${folder}/.ssh/id`, "canary");
    Deno.symlinkSync("other", `${folder}/link`);
    const before = names(folder);
    const { stdout, stderr, code } = await sh(
      `
      cat ~/.state.json ~/link
      mkdir ~/.state.json.lock
      umask 077
      echo new > ~/.state.json.tmp && mv ~/.state.json.tmp ~/.state.json && cat ~/.state.json
      rmdir ~/.state.json.lock
      for each in other work/../other other-name; do
        echo x 2>/dev/null > ~/$each || echo read-only
        mv ~/.state.json ~/$each 2>/dev/null || echo not replaced
      done
      ls -A ~/.ssh
      touch ~/.state.json~ ~/elsewhere`,
      { options: OPTIONS },
    );
    expect(code).toBe(0);
    expect(stdout).toBe(
      `oldothernew\n${"read-only\nnot replaced\n".repeat(3)}`,
    );
    expect(stderr).toContain('is not kept: "elsewhere"');
    expect(read(state)).toBe("new\n");
    expect(Deno.statSync(state).mode! & 0o777).toBe(0o640);
    // The rename of a program outside would do the same.
    expect(read(`${folder}/other-name`)).toBe("old");
    expect(names(folder).filter((name) => !STATE.includes(name))).toEqual(
      before,
    );
    expect(names(`${folder}/home/run`)).toEqual([]);
  },
);

fileTest(
  "one that is not there is made, one that is removed goes, one that is written in place is written",
  async ({ folder, home, sh }) => {
    const options = ["made", "gone", "plain", ".config/deep/one"]
      .flatMap((name) => ["--allow-write", `~/${name}`]);
    Deno.mkdirSync(`${folder}/.config/deep`, { recursive: true });
    Deno.writeTextFileSync(`${folder}/gone`, "");
    Deno.writeTextFileSync(`${folder}/plain`, "a\n");
    const { stderr, code } = await sh(
      `
      echo 1 > ~/made.tmp; mv ~/made.tmp ~/made
      rm ~/gone; echo b >> ~/plain
      python3 -c 'import os; fd = os.open(os.path.expanduser("~/.config/deep"), os.O_RDONLY); os.fsync(fd)' || true
      echo 2 > ~/.config/deep/x; mv ~/.config/deep/x ~/.config/deep/one`,
      { options },
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(read(`${folder}/made`)).toBe("1\n");
    expect(names(folder)).not.toContain("gone");
    expect(read(`${folder}/plain`)).toBe("a\nb\n");
    expect(read(`${folder}/.config/deep/one`)).toBe("2\n");
    expect(names(`${folder}/.config/deep`)).toEqual(["one"]);
    expect(names(`${home}/run`)).toEqual([]);
    for (const path of ["~/none/file", "~/none/", "~/made/"]) {
      const refused = await sh("true", { options: ["--allow-write", path] });
      if (path === "~/made/") continue;
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain(`"${path}": it does not exist`);
    }
  },
);

fileTest(
  "a file that a link leads to is written, and the link stays",
  async ({ folder, sh }) => {
    Deno.mkdirSync(`${folder}/dotfiles`);
    Deno.writeTextFileSync(`${folder}/dotfiles/state`, "old");
    Deno.symlinkSync("dotfiles/state", `${folder}/.state.json`);
    const { code } = await sh(
      "echo new > ~/t && mv ~/t ~/.state.json; echo x 2>/dev/null >> ~/dotfiles/state",
      { options: OPTIONS },
    );
    expect(code).not.toBe(0);
    expect(read(`${folder}/dotfiles/state`)).toBe("new\n");
    expect(Deno.readLinkSync(`${folder}/.state.json`)).toBe("dotfiles/state");
  },
);

for (
  const [what, make] of [
    ["a link to a secret", "ln -s $HOME/secret"],
    ["a link to a file of authsome", "ln -s $AUTHSOME_HOME_OUTSIDE/master.key"],
    ["a link in a circle", "ln -s .state.json"],
    ["a named pipe", "mkfifo"],
    ["a folder", "mkdir"],
    ["too much", "truncate -s 1T"],
  ]
) {
  fileTest(
    `${what} in the place of the file is not written back, and said`,
    async ({ folder, home, sh, env }) => {
      Deno.writeTextFileSync(`${folder}/.state.json`, "old");
      Deno.writeTextFileSync(`${folder}/secret`, "canary");
      Deno.chmodSync(`${folder}/secret`, 0o600);
      const command = make!.replace("$AUTHSOME_HOME_OUTSIDE", home);
      // Looked at while the command runs, too.
      const { stderr, code } = await sh(
        `rm ~/.state.json; ${command} ~/.state.json; sleep 1.5`,
        { options: OPTIONS, env: { HOME: env.HOME! } },
      );
      expect(code).toBe(0);
      expect(stderr).toContain('"~/.state.json" is not written back: ');
      expect(read(`${folder}/.state.json`)).toBe("old");
      expect(Deno.lstatSync(`${folder}/.state.json`).isFile).toBe(true);
      expect(names(`${home}/run`)).toEqual([]);
    },
  );
}

fileTest(
  "both sides are kept in step during the run, and nothing is lost where both were written",
  async ({ folder, home, work, sh }) => {
    const state = `${folder}/.state.json`;
    Deno.writeTextFileSync(state, "0\n");
    const running = sh(
      `${WAIT}
      echo 1 > ~/t && mv ~/t ~/.state.json; wait_for seen-1
      n=0; until [ "$(cat ~/.state.json)" = 2 ] || [ $n = 600 ]; do sleep 0.05; n=$((n+1)); done
      cat ~/.state.json; touch taken; wait_for both
      echo inside > ~/t && mv ~/t ~/.state.json`,
      { options: OPTIONS },
    );
    await has(state, "1\n");
    // As programs outside save.
    Deno.writeTextFileSync(`${folder}/outside`, "2\n");
    Deno.renameSync(`${folder}/outside`, state);
    Deno.writeTextFileSync(`${work}/seen-1`, "");
    await eventually(() => Deno.statSync(`${work}/taken`));
    Deno.writeTextFileSync(`${work}/both`, "");
    Deno.writeTextFileSync(state, "outside\n");
    const { stdout, stderr, code } = await running;
    expect(code).toBe(0);
    expect(stdout).toBe("2\n");
    const texts = [
      read(state),
      ...names(`${home}`).includes("kept")
        ? names(`${home}/kept`).map((name) => read(`${home}/kept/${name}`))
        : [],
    ];
    expect(texts[0]).toBe("inside\n");
    // The command may have got it before it wrote.
    if (texts.length > 1) {
      expect(texts).toEqual(["inside\n", "outside\n"]);
      expect(stderr).toContain("was changed outside while the command ran");
    }
  },
);

fileTest(
  "what was written outside while the command wrote too is kept",
  async ({ folder, home, work, sh }) => {
    const state = `${folder}/.state.json`;
    Deno.writeTextFileSync(state, "0\n");
    // Written all the time, so that it is not taken over.
    const running = sh(
      `${WAIT}
      touch started
      n=0; until [ -e both ] || [ $n = 3000 ]; do echo $n > ~/.state.json; n=$((n+1)); sleep 0.01; done
      echo inside > ~/.state.json`,
      { options: OPTIONS },
    );
    await eventually(() => Deno.statSync(`${work}/started`));
    Deno.writeTextFileSync(`${folder}/t`, "outside\n");
    Deno.renameSync(`${folder}/t`, state);
    Deno.writeTextFileSync(`${work}/both`, "");
    const { code, stderr } = await running;
    expect(code).toBe(0);
    expect(read(state)).toBe("inside\n");
    const [kept] = names(`${home}/kept`).filter((name) =>
      read(`${home}/kept/${name}`) === "outside\n"
    );
    expect(kept).toBeDefined();
    expect(stderr).toContain(`${home}/kept/${kept}`);
    expect(Deno.statSync(`${home}/kept/${kept}`).mode! & 0o777).toBe(0o600);
  },
);

fileTest(
  "two runs at once see what the other wrote",
  async ({ folder, sh }) => {
    Deno.writeTextFileSync(`${folder}/.state.json`, "0\n");
    const run = (own: string, other: string) =>
      sh(
        `${WAIT}
        touch ${own}; wait_for ${other}
        ${
          own === "a"
            ? ""
            : "n=0; until grep -q a ~/.state.json || [ $n = 600 ]; do sleep 0.05; n=$((n+1)); done"
        }
        cp ~/.state.json ~/t; echo ${own} >> ~/t; mv ~/t ~/.state.json
        n=0; until grep -q ${other} ~/.state.json || [ $n = 600 ]; do sleep 0.05; n=$((n+1)); done
        cat ~/.state.json`,
        { options: OPTIONS },
      );
    const ended = await Promise.all([run("a", "b"), run("b", "a")]);
    for (const { stdout, stderr, code } of ended) {
      expect({ stdout, stderr, code })
        .toEqual({ stdout: "0\na\nb\n", stderr: "", code: 0 });
    }
    expect(read(`${folder}/.state.json`)).toBe("0\na\nb\n");
  },
);

fileTest(
  "what a killed run had not written back is written by the next one, or kept",
  async ({ folder, home, work, env, authsome }) => {
    const [one, other] = [`${folder}/.state.json`, `${folder}/other.json`];
    Deno.writeTextFileSync(one, "old");
    Deno.writeTextFileSync(other, "old");
    const child = processOf(
      cliCommand(
        ...["run", "--sandbox", ...OPTIONS, "--allow-write", "~/other.json"],
        ...["--", "sh", "-c"],
        `${WAIT} touch ready; wait_for go
        echo new > ~/t; mv ~/t ~/.state.json; echo new > ~/other.json; touch done; sleep 60`,
      ),
      { env, clearEnv: true, cwd: work, stdin: "null", stderr: "null" },
    ).spawn();
    await eventually(() => Deno.statSync(`${work}/ready`));
    // It does not come to write back any more.
    Deno.kill(child.pid, "SIGSTOP");
    Deno.writeTextFileSync(`${work}/go`, "");
    await eventually(() => Deno.statSync(`${work}/done`));
    Deno.kill(child.pid, "SIGKILL");
    await child.status;
    expect([read(one), read(other)]).toEqual(["old", "old"]);
    Deno.writeTextFileSync(other, "newer");
    const next = await authsome(
      ["run", "--sandbox", ...OPTIONS, "--", "cat", one],
      { cwd: work },
    );
    expect(next.stdout).toBe("new\n");
    expect([read(one), read(other)]).toEqual(["new\n", "newer"]);
    expect(next.stderr).toContain(
      `"${other}" was changed after a run was killed`,
    );
    const [kept] = names(`${home}/kept`);
    expect(read(`${home}/kept/${kept}`)).toBe("new\n");
    expect(names(`${home}/run`)).toEqual([]);
  },
);

fileTest(
  "a database of SQLite is whole outside, with what is not in it yet",
  async ({ folder, work, sh }) => {
    const database = `${folder}/data.db`;
    const options = ["--allow-write", "~/data.db"];
    Deno.writeTextFileSync(
      `${work}/write.py`,
      `import os, sqlite3, sys
db = sqlite3.connect(os.path.expanduser("~/data.db"), isolation_level=None)
db.execute("pragma journal_mode = " + sys.argv[1])
db.execute("create table if not exists t (v)")
db.execute("insert into t values (?)", (sys.argv[1],))
if sys.argv[2:]:
    db.execute("begin"); db.execute("insert into t select hex(randomblob(900)) from t, t a, t b, t c, t d")
    os.kill(os.getpid(), 9)
`,
    );
    const values = async () => {
      const { stdout } = await processOf([
        ...["python3", "-c"],
        `import sqlite3; print(sqlite3.connect("${database}").execute("select v from t").fetchall())`,
      ], { stdin: "null" }).output();
      return new TextDecoder().decode(stdout).trim();
    };
    expect((await sh("python3 write.py delete", { options })).code).toBe(0);
    expect(await values()).toBe("[('delete',)]");
    // Killed: what it wrote is in the log beside the database alone.
    await sh("python3 write.py wal killed; true", { options });
    expect(names(folder)).toContain("data.db-wal");
    expect(await values()).toBe("[('delete',), ('wal',)]");
    await sh("python3 write.py truncate; true", { options });
    expect(await values())
      .toBe("[('delete',), ('wal',), ('truncate',)]");
  },
  await missing("python3"),
);

fileTest(
  "a file in a writable folder is replaced there",
  async ({ work, sh }) => {
    for (
      const [path, command] of [
        [".git/config", "git config user.name You && git config user.name"],
        [".envrc", "echo You > t && mv t .envrc && cat .envrc"],
      ]
    ) {
      await processOf(["git", "init", "-q", work]).output();
      Deno.writeTextFileSync(`${work}/.envrc`, "");
      const options = ["--allow-write", path!];
      const { stdout, code } = await sh(command!, { options });
      expect({ stdout, code }).toEqual({ stdout: "You\n", code: 0 });
      expect(read(`${work}/${path}`)).toContain("You");
    }
  },
  await missing("git"),
);
