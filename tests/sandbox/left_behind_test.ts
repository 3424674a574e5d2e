// What a sandboxed command leaves behind for editors, agents and shells, and how a person is told. Real bubblewrap.
import { expect } from "expect";
import { test } from "node:test";
import { gitPlaces } from "../../lib/host/sandbox/protection/sandbox_git.ts";
import { look } from "../../lib/host/sandbox/protection/sandbox_left_behind.ts";
import { walk } from "../../lib/host/sandbox/protection/sandbox_walk.ts";
import { withHome } from "../support/home.ts";
import { cliCommand } from "../support/program.ts";
import { type Sandbox, sandboxTest } from "../support/sandbox/sandbox.ts";
import { missing } from "../support/scenario.ts";

const PYTHON = "/usr/bin/python3";
const python = await missing(PYTHON);

function leftTest(
  name: string,
  body: (sandbox: Sandbox) => Promise<void>,
  needs: string | false = false,
) {
  sandboxTest(
    name,
    { groq: "gsk_canary" },
    [],
    () => new Response("ok"),
    body,
    needs,
  );
}

test("a repository that is removed after it was found is no failure", () =>
  withHome((folder) => {
    for (const name of ["objects", "refs"]) {
      Deno.mkdirSync(`${folder}/tree/.git/${name}`, { recursive: true });
    }
    Deno.writeTextFileSync(`${folder}/tree/.git/HEAD`, "ref: refs/heads/a\n");
    const walked = walk([{ path: folder, isPackage: false }], new Set());
    const git = gitPlaces(walked, [folder], {
      ...{ user: folder, working: folder, settings: [] },
    });
    const found = () => [...look(walked, git, [], []).found.keys()];
    expect(found()).toContain(`${folder}/tree/.git`);
    Deno.removeSync(`${folder}/tree`, { recursive: true });
    expect(found()).toEqual([]);
    return Promise.resolve();
  }));

const FILES = [
  ".vscode/tasks.json",
  ".idea/workspace.xml",
  ".zed/settings.json",
  ".devcontainer/devcontainer.json",
  ".nvim.lua",
  ".dir-locals.el",
  "team.code-workspace",
  ".envrc",
  ".envrc.local",
  ".mcp.json",
  ".claude/settings.json",
  ".cursor/mcp.json",
  ".gemini/settings.json",
  "opencode.json",
  ".github/hooks/x.json",
  ".gitmodules",
  ".husky/pre-commit",
  "lefthook.yml",
  ".pre-commit-config.yaml",
  "mise.toml",
  ".mise.local.toml",
  ".config/mise/config.toml",
  ".tool-versions",
  ".hg/hgrc",
  ".gdbinit",
];
const FOLDERS = ["", "packages/one/"];

leftTest(
  "what is there for editors, agents and shells stays as it is",
  async ({ work, sh }) => {
    const paths = FOLDERS.flatMap((folder) =>
      FILES.map((file) => folder + file)
    );
    for (const path of paths) write(`${work}/${path}`, "mine");
    const script = `
      for f in ${paths.join(" ")}; do
        echo evil >> $f; rm -f $f; d=$(dirname $f); case $d in .|packages/one) continue;; esac
        mv $d $d.old; mkdir -p $d; echo evil > $f; touch $d/new
      done 2>/dev/null
      mv packages/one packages/two 2>/dev/null; mv packages p 2>/dev/null; ln -s x packages/one 2>/dev/null
      # What is beside them is worked with.
      mkdir -p packages/three .github/workflows .config/other; echo x > packages/one/file; echo y > .github/workflows/ci.yml; mv packages/one/file packages/one/file2`;
    const { code, stderr } = await sh(script);
    expect([code, stderr]).toEqual([0, ""]);
    for (const path of paths) {
      expect([path, Deno.readTextFileSync(`${work}/${path}`)])
        .toEqual([path, "mine"]);
    }
    // Who names one may write it.
    const open = await sh("echo ours > .claude/settings.json", {
      options: ["--allow-write", ".claude"],
    });
    expect(open).toMatchObject({ code: 0, stderr: "" });
    // So may who names something in one, and nothing more.
    Deno.mkdirSync(`${work}/.vscode/open`);
    const part = await sh(
      "echo ours > .vscode/open/x; echo evil > .vscode/tasks.json || true",
      { options: ["--allow-write", ".vscode/open"] },
    );
    expect(part.code).toBe(0);
    expect(Deno.readTextFileSync(`${work}/.vscode/open/x`)).toBe("ours\n");
    expect(Deno.readTextFileSync(`${work}/.vscode/tasks.json`)).toBe("mine");
  },
);

leftTest("what is new for them is listed, and undone", async (sandbox) => {
  const { work, inside } = sandbox;
  Deno.mkdirSync(`${work}/packages/one/.github`, { recursive: true });
  const paths = FOLDERS.flatMap((folder) => FILES.map((file) => folder + file));
  const script = paths.map((path) =>
    `mkdir -p $(dirname ${path}); echo evil > ${path}`
  ).join("\n");
  // A folder of theirs is told of once.
  const all = paths.map((path) =>
    path.replace(/(\.(?:config\/mise|github\/hooks|hg|\w+))\/[\w/.-]+$/, "$1")
  ).sort();
  const told = (stderr: string) =>
    stderr.split("\n").filter((line) => line.startsWith("  new"))
      .map((line) => line.replace(`${work}/`, "").split(/\s+/)[2]!.slice(0, -1))
      .sort();
  const { code, stdout, stderr } = await inside([
    ...["sh", "-c", `${script}\necho out; exit 7`],
  ]);
  expect([code, stdout]).toEqual([7, "out\n"]);
  expect(told(stderr)).toEqual(all.slice(0, 40));
  expect(stderr).toContain(`  and ${all.length - 40} more\n`);
  for (const name of Deno.readDirSync(work)) {
    Deno.removeSync(`${work}/${name.name}`, { recursive: true });
  }
  Deno.mkdirSync(`${work}/packages/one/.github`, { recursive: true });
  const undone = await inside(["sh", "-c", script], { options: ["--undo"] });
  expect(undone.stderr).toContain("Undone.\n");
  for (const path of paths) {
    expect([path, exists(`${work}/${path}`)]).toEqual([path, false]);
  }
  expect(exists(`${work}/packages/one/.github`)).toBe(true);
});

leftTest(
  "with --json the list is JSON, beside the command's output",
  async (sandbox) => {
    const { work, authsome } = sandbox;
    write(`${work}/.envrc.d`, "x");
    Deno.symlinkSync("nowhere", `${work}/.vimrc`);
    const script =
      `printf '{"mine":1}'; echo evil > .envrc; rm .vimrc; ln -s /etc/passwd .vimrc`;
    const run = (...options: string[]) =>
      authsome([
        "run",
        "--sandbox",
        ...options,
        "--json",
        "--",
        "sh",
        "-c",
        script,
      ], {
        cwd: work,
      });
    for (
      const [option, undone] of [["--keep", false], ["--undo", true]] as const
    ) {
      Deno.removeSync(`${work}/.vimrc`);
      Deno.symlinkSync("nowhere", `${work}/.vimrc`);
      const { code, stdout, stderr } = await run(option);
      expect([code, stdout]).toEqual([0, '{"mine":1}']);
      expect(JSON.parse(stderr)).toEqual({
        v: 1,
        left_behind: [
          {
            path: `${work}/.envrc`,
            kind: "startup",
            change: "appeared",
            undone,
          },
          {
            path: `${work}/.vimrc`,
            kind: "startup",
            change: "changed",
            undone,
          },
        ],
        complete: true,
      });
      if (!undone) Deno.removeSync(`${work}/.envrc`);
    }
    expect([exists(`${work}/.envrc`), Deno.readLinkSync(`${work}/.vimrc`)])
      .toEqual([false, "nowhere"]);
    for (
      const args of [["--sandbox", "--keep", "--undo"], ["--keep"], ["--undo"]]
    ) {
      expect((await authsome(["run", ...args, "--", "true"])).code).toBe(2);
    }
  },
);

leftTest(
  "a name cannot look like another line, or steer the terminal",
  async (sandbox) => {
    const { work, inside } = sandbox;
    const names = [
      "a\nUndone.\n",
      "b\x1b[2Kc",
      "d\u202egnp",
      'e": fine "',
      "f: obeyed by nobody",
    ];
    const script = `
import os
for name in ${JSON.stringify(names)}:
    os.makedirs(name)
    open(name + "/.envrc", "w").close()`;
    const { stderr } = await inside([PYTHON, "-c", script]);
    const lines = stderr.split("\n").filter(Boolean).slice(1, -1);
    expect(lines).toEqual([
      `  new     "${work}/a\\u{a}Undone.\\u{a}/.envrc": obeyed by an editor, an agent or a shell`,
      `  new     "${work}/b\\u{1b}[2Kc/.envrc": obeyed by an editor, an agent or a shell`,
      `  new     "${work}/d\\u{202e}gnp/.envrc": obeyed by an editor, an agent or a shell`,
      `  new     "${work}/e\\": fine \\"/.envrc": obeyed by an editor, an agent or a shell`,
      `  new     "${work}/f: obeyed by nobody/.envrc": obeyed by an editor, an agent or a shell`,
    ]);
  },
  python,
);

leftTest(
  "in a terminal it is asked: yes undoes, everything else keeps",
  async (sandbox) => {
    const { work, env } = sandbox;
    // A person: answers the question, and says how the program ended.
    const person = `
import os, pty, sys
answer = sys.argv[1].encode().decode("unicode_escape").encode()
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
seen = b""
answered = False
try:
    while True:
        part = os.read(terminal, 4096)
        if not part: break
        seen += part
        if b"[y/N] " in seen and not answered:
            answered = True
            os.write(terminal, answer)
except OSError:
    pass
sys.stdout.write(seen.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))`;
    const cases: [string, string[], boolean, boolean][] = [
      ["y\\r", [], true, false],
      ["n\\r", [], true, true],
      ["\\r", [], true, true],
      ["\\x04", [], true, true],
      ["\\x03", [], true, true],
      ["", ["--keep"], false, true],
      ["", ["--undo"], false, false],
    ];
    for (const [answer, options, asked, stays] of cases) {
      const { code, stdout } = await new Deno.Command(PYTHON, {
        args: [
          ...["-c", person, answer],
          ...cliCommand(
            "run",
            "--sandbox",
            ...options,
            "--",
            "sh",
            "-c",
            "echo evil > .envrc; exit 5",
          ),
        ],
        env,
        clearEnv: true,
        cwd: work,
        stdin: "null",
      }).output();
      const text = new TextDecoder().decode(stdout);
      expect([
        answer,
        options,
        code,
        text.includes("[y/N]"),
        exists(`${work}/.envrc`),
      ])
        .toEqual([answer, options, 5, asked, stays]);
      expect(text).toContain(`new     ${work}/.envrc: obeyed by`);
      if (stays) Deno.removeSync(`${work}/.envrc`);
    }
  },
  python,
);

leftTest(
  "what runs on in the sandbox has ended before anybody looks",
  async ({ work, sh }) => {
    // It writes at the last moment that it has.
    const script =
      `for w in $(seq 20); do (setsid sh -c 'i=0; while [ $i -lt 4000 ]; do mkdir d$0-$i && echo x > d$0-$i/.envrc; i=$((i+1)); done' $w >/dev/null 2>&1 &); done; while [ ! -d d20-1 ]; do :; done`;
    const { code } = await sh(script, { options: ["--undo"] });
    expect(code).toBe(0);
    const left = Array.from(Deno.readDirSync(work), ({ name }) => name)
      .filter((name) => exists(`${work}/${name}/.envrc`));
    expect(left).toEqual([]);
  },
  await missing("setsid"),
);

leftTest("what a shell reads in the person's own folder", async (sandbox) => {
  const { folder, work, sh } = sandbox;
  const script = "echo evil > ~/.zshenv; mkdir -p ~/.config/fish; mkdir ~/bin";
  const options = ["--allow-write", "~"];
  const { stderr } = await sh(script, { options: [...options, "--undo"] });
  for (const name of [".zshenv", ".config/fish", "bin"]) {
    expect(stderr).toContain(`new     ${folder}/${name}: obeyed by`);
    expect([name, exists(`${folder}/${name}`)]).toEqual([name, false]);
  }
  expect(exists(work)).toBe(true);
});

leftTest("folders that cannot be looked into are told of", async (sandbox) => {
  const { work, inside } = sandbox;
  const script = `
import os
os.makedirs(b"odd\\xff/.git"); os.makedirs(b"odd\\xfe/.git")
for at in range(30):
    os.mkdir("long" * 50); os.chdir("long" * 50)
os.mkdir(".vscode")`;
  const { code, stderr } = await inside([PYTHON, "-c", script]);
  expect(code).toBe(0);
  expect(stderr).toContain(
    `new     "${work}/odd\ufffd": a folder that cannot be read\n`,
  );
  expect(stderr).toMatch(
    /\u2026[long/]+: a folder that cannot be read\n/,
  );
  // Another with the same look counts as well, and what was there is told of before.
  const more = await inside([PYTHON, "-c", 'import os; os.mkdir(b"odd\\xfd")']);
  expect(more.stderr).toContain("has a name that is not UTF-8");
  expect(more.stderr).toContain(`changed "${work}/odd\ufffd": `);
  // Neither runtime can remove a path that is so long.
  await sandbox.sh("rm -rf long*");
}, python);

test("a walk that would take too long ends, and says so", () => {
  const folder = Deno.makeTempDirSync();
  try {
    for (let at = 0; at < 20; at++) {
      Deno.mkdirSync(`${folder}/a/b${at}/.git`, { recursive: true });
    }
    const look = (folders: number) =>
      walk([{ path: folder, isPackage: false }], new Set(), {
        folders,
        milliseconds: 60_000,
      });
    expect(look(100)).toMatchObject({ complete: true });
    expect(look(100).git.length).toBe(20);
    expect(look(10)).toMatchObject({ complete: false });
    // Upper folders come first.
    Deno.mkdirSync(`${folder}/z/.git`, { recursive: true });
    expect(look(3).git).toEqual([`${folder}/z/.git`]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

function write(path: string, text: string): void {
  Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  Deno.writeTextFileSync(path, text);
}
