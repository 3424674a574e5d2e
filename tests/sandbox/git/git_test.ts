// What a sandboxed command does so that git runs something outside of the sandbox later. Real git, real bubblewrap.
import { expect } from "expect";
import { type Sandbox, sandboxTest } from "../../support/sandbox/sandbox.ts";
import { missing, spawn } from "../../support/scenario.ts";

const git = await missing("git");

/** What an attack works with, inside and outside. */
interface Attack extends Sandbox {
  /** Runs a shell script outside, as the person; it must end well. */
  person(script: string, cwd?: string): Promise<string>;
  /** What the script left behind, by its report; paths from the working folder. */
  attack(script: string, options?: readonly string[]): Promise<string[]>;
  /** Does what a person does in these folders; fails if that ran something of the attacker's. */
  lookAround(...folders: string[]): Promise<void>;
}

function gitTest(name: string, body: (attack: Attack) => Promise<void>) {
  sandboxTest(
    name,
    { groq: "gsk_canary" },
    [],
    () => new Response("ok"),
    async (sandbox) => {
      const { folder, work, env } = sandbox;
      Deno.writeTextFileSync(
        `${folder}/.gitconfig`,
        '[user]\n  name = P\n  email = p@example.com\n[init]\n  defaultBranch = main\n[protocol "file"]\n  allow = always\n',
      );
      // What the attacker wants to run, where the sandboxed command cannot have been.
      const evil = `#!/bin/sh\ntouch '${folder}/tmp/marker'\n`;
      Deno.writeTextFileSync(`${work}/evil`, evil, { mode: 0o755 });
      const person = async (script: string, cwd = work) => {
        const { code, stdout, stderr } = await spawn(
          ["sh", "-ec", script],
          env,
          undefined,
          cwd,
        );
        expect([script, code, code === 0 ? "" : stderr]).toEqual([
          ...[script, 0, ""],
        ]);
        return stdout;
      };
      await person("git init -q && git add . && git commit -qm first");
      await body({
        ...sandbox,
        person,
        async attack(script, options = []) {
          const { code, stderr } = await sandbox.authsome(
            [
              "run",
              "--json",
              "--sandbox",
              ...options,
              "--",
              "sh",
              "-c",
              script,
            ],
            { cwd: work },
          );
          expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
          const [, report] = /^(\{"v":1,"left_behind".*\})$/m.exec(stderr) ??
            [];
          return report === undefined
            ? []
            : JSON.parse(report).left_behind.map((
              { path, undone }: { path: string; undone: boolean },
            ) => `${undone ? "undone " : ""}${path.replace(`${work}/`, "")}`);
        },
        async lookAround(...folders) {
          for (const where of folders) {
            await spawn(
              [
                ...["sh", "-c"],
                "git status; git diff; git log; git add -A; git commit --allow-empty -m x; git checkout -b b$$; git stash; git fetch --all; true",
              ],
              { ...env, GIT_PAGER: "cat", GIT_EDITOR: "true" },
              undefined,
              where,
            );
            expect([where, exists(`${folder}/tmp/marker`)]).toEqual([
              ...[where, false],
            ]);
          }
        },
      });
    },
    git,
  );
}

/** A folder of settings that run the attacker's program at nearly everything. */
const EVIL_FOLDER = `
  evil_folder() { mkdir -p $1/hooks; evil_settings > $1/config; cp evil $1/hooks/pre-commit; cp evil $1/hooks/post-checkout; }
  evil_settings() { printf '[core]\\n repositoryformatversion = 0\\n fsmonitor = %s\\n hooksPath = %s\\n pager = %s\\n' $PWD/evil $PWD $PWD/evil; }
  whole() { mkdir -p $1/objects $1/refs; echo 'ref: refs/heads/main' > $1/HEAD; evil_folder $1; }
`;

gitTest("the settings that git is led to by commondir", async (attack) => {
  const { work, lookAround } = attack;
  const script = `${EVIL_FOLDER}
    whole away; cp -r .git/objects .git/refs away/ 2>/dev/null
    echo ../away > .git/commondir
    rm -f .git/commondir; echo ../away > .git/commondir
    mv .git/commondir .git/x; ln -sf ../away .git/commondir
    mv .git .git2; true`;
  // The other repository is reported; the way to it is not open.
  expect(await attack.attack(script)).toEqual(["away"]);
  await lookAround(work);
  expect(exists(`${work}/.git/commondir`)).toBe(false);
});

gitTest("settings, hooks and the folder that holds them", async (attack) => {
  const { work, person, lookAround } = attack;
  await person(
    "rm -rf .git/hooks && git config extensions.worktreeConfig true",
  );
  const script = `${EVIL_FOLDER}
    evil_settings >> .git/config; evil_settings > .git/config.worktree
    mkdir -p .git/hooks; cp evil .git/hooks/pre-commit; cp evil .git/hooks/post-checkout
    rm -rf .git/hooks .git/config; mv .git gone; mkdir .git && whole .git
    mv .git/hooks .git/h; evil_folder .git; true`;
  expect(await attack.attack(script)).toEqual([]);
  await lookAround(work);
  expect([
    exists(`${work}/.git/hooks`),
    exists(`${work}/.git/config.worktree`),
  ]).toEqual([false, false]);
});

gitTest(
  "a repository within the working folder, and its parents",
  async (attack) => {
    const { work, person, lookAround } = attack;
    await person(
      "mkdir -p a/b node_modules/c && git init -q a/b && git init -q node_modules/c && git init -q --bare a/bare.git",
    );
    const script = `${EVIL_FOLDER}
    for r in a/b node_modules/c; do
      evil_folder $r/.git; echo . > $r/.git/commondir; mv $r/.git $r/g; mv $r $r.old; mkdir -p $r; whole $r/.git
    done
    mv a a.old; mkdir -p a/b; whole a/b/.git
    evil_folder a/bare.git; rm -rf a/bare.git/hooks; mv a/bare.git a/old.git; true`;
    expect(await attack.attack(script)).toEqual([]);
    await lookAround(
      ...["", "/a/b", "/node_modules/c", "/a/bare.git"].map((at) => work + at),
    );
  },
);

gitTest(
  "a linked worktree and its folder in the repository",
  async (attack) => {
    const { work, person, lookAround } = attack;
    await person("git worktree add -q tree -b tree");
    const script = `${EVIL_FOLDER}
    whole away
    echo 'gitdir: ../away' > tree/.git; rm -f tree/.git; mv tree/.git tree/x; mv tree tree.old; mkdir tree; echo 'gitdir: ../away' > tree/.git
    w=.git/worktrees/tree
    echo ../../../away > $w/commondir; rm -f $w/commondir; echo $PWD/away > $w/gitdir
    evil_settings > $w/config.worktree; mv $w $w.old; mv .git/worktrees .git/w; mkdir -p $w; evil_folder $w; true`;
    expect(await attack.attack(script)).toEqual([
      ".git/worktrees/tree/config",
      ".git/worktrees/tree/config.worktree",
      ".git/worktrees/tree/hooks",
      "away",
    ]);
    await lookAround(work, `${work}/tree`);
    // The person removes it as ever.
    await person("git worktree remove --force tree && git worktree prune");
  },
);

gitTest("a submodule, and one in it", async (attack) => {
  const { folder, work, person, lookAround } = attack;
  await person(
    `git init -q inner && git -C inner commit -q --allow-empty -m i && git init -q outer &&
     git -C outer submodule -q add ${folder}/inner deep/in && git -C outer commit -qm o`,
    folder,
  );
  await person(
    `git submodule -q add ${folder}/outer sub && git submodule -q add ${folder}/inner team/late &&
     git submodule -q update --init --recursive && git commit -qm s && git submodule -q deinit -f team/late`,
  );
  const script = `${EVIL_FOLDER}
    whole away
    for m in .git/modules/sub .git/modules/sub/modules/deep/in .git/modules/team/late; do
      evil_folder $m; echo $PWD/away > $m/commondir; rm -rf $m/config; mv $m $m.old; mkdir -p $m; whole $m
    done
    mv .git/modules .git/m; mv .git/modules/sub/modules .git/modules/sub/m
    for s in sub sub/deep/in; do echo "gitdir: $PWD/away" > $s/.git; rm -f $s/.git; done
    mv sub/deep sub/d; mv sub s; printf '[submodule "sub"]\\n update = !%s\\n' $PWD/evil > .gitmodules; true`;
  expect(await attack.attack(script)).toEqual(["away"]);
  await person("git submodule -q update --init team/late");
  await lookAround(
    work,
    ...["sub", "sub/deep/in", "team/late"].map((at) => `${work}/${at}`),
  );
});

gitTest("files that the settings lead to", async (attack) => {
  const { folder, work, person, lookAround } = attack;
  Deno.writeTextFileSync(
    `${folder}/.gitconfig`,
    "[core]\n  hooksPath = .githooks\n",
    { append: true },
  );
  await person(
    `mkdir -p .githooks conf tools/deep; echo > conf/a; echo > conf/b; printf '#!/bin/sh\\n' > tools/deep/fsm; chmod +x tools/deep/fsm
     printf '[include]\\n path = b\\n' > conf/a
     git config include.path ../conf/a; git config includeIf.onbranch:main.path ../conf/late; git config core.fsmonitor tools/deep/fsm`,
  );
  const script = `${EVIL_FOLDER}
    evil_settings >> conf/a; evil_settings >> conf/b; mv conf c; cp evil tools/deep/fsm; mv tools t
    cp evil .githooks/pre-commit; cp evil .githooks/post-checkout; mv .githooks g; mkdir .githooks; cp evil .githooks/pre-commit
    evil_settings > conf/late; true`;
  // What is not there yet cannot be covered.
  expect(await attack.attack(script, ["--undo"])).toEqual(["undone conf/late"]);
  await lookAround(work);
});

gitTest("links in the place of what git obeys are refused", async (attack) => {
  const { folder, work, person } = attack;
  await person(
    `git init -q ${folder}/elsewhere && mkdir hooks real && mv ${folder}/elsewhere/.git real/gitdir`,
  );
  const cases: [string, string, string][] = [
    ["mkdir l && ln -s ../real/gitdir l/.git", "l/.git", "rm -r l"],
    [
      "rm -rf .git/hooks && ln -s ../hooks .git/hooks",
      ".git/hooks",
      "rm .git/hooks",
    ],
    [
      "mv .git/config c && ln -s ../c .git/config",
      ".git/config",
      "mv c .git/config",
    ],
    [
      "ln -s real r && mkdir l && echo 'gitdir: ../r/gitdir' > l/.git",
      "r",
      "rm -r l r",
    ],
    [
      "mkdir -p .git/modules && ln -s ../../real/gitdir .git/modules/x",
      ".git/modules/x",
      "rm -r .git/modules",
    ],
    [
      "git config core.hooksPath lh && ln -s hooks lh",
      "lh",
      "rm lh && git config --unset core.hooksPath",
    ],
  ];
  for (const [made, path, undone] of cases) {
    await person(made);
    const { code, stderr, stdout } = await attack.sh("echo ran");
    expect([path, code, stdout]).toEqual([path, 2, ""]);
    expect(stderr).toContain(
      `"${work}/${path}" in a writable folder: it is a link`,
    );
    await person(undone);
  }
  expect((await attack.sh("true")).stderr).toBe("");
});

gitTest("another name of a protected file is refused", async (attack) => {
  const { work, person } = attack;
  await person(
    "ln .git/config other; mkdir .vscode; echo {} > .vscode/tasks.json",
  );
  const refused = await attack.sh("echo evil >> other");
  expect([refused.code, refused.stderr]).toEqual([
    2,
    expect.stringContaining(
      `"${work}/other" in a writable folder: it is a hard link to "${work}/.git/config"`,
    ),
  ]);
  await person("rm other; ln .vscode/tasks.json other");
  expect((await attack.sh("true")).stderr).toContain("a hard link to");
  // Two names that are both covered change nothing.
  await person("rm other; ln .vscode/tasks.json .vscode/other");
  expect(await attack.sh("true")).toMatchObject({ code: 0, stderr: "" });
});

gitTest(
  "what appears is reported, and undone without a trace",
  async (attack) => {
    const { work, person, lookAround, folder } = attack;
    await person(
      "mkdir empty empty/.git; ln -s nowhere .envrc; git worktree add -q kept -b kept",
    );
    const script = `${EVIL_FOLDER}
    mkdir -p deep/er; git init -q deep/er/repo; whole deep/er/repo/.git
    whole .; whole empty/.git; whole bare
    mkdir onlyhead; echo 'ref: refs/heads/main' > onlyhead/HEAD; echo ../bare > onlyhead/commondir
    mkdir f l; echo "gitdir: $PWD/bare" > f/.git; ln -s ../bare l/.git
    git worktree add -q -b new wt >/dev/null 2>&1
    mkdir -p .git/rebase-merge; echo "exec $PWD/evil" > .git/rebase-merge/git-rebase-todo
    ln -sf '${folder}/.bashrc' .git/COMMIT_EDITMSG; mkdir -p .git/remotes; echo x > .git/remotes/origin
    rm .envrc; ln -s evil .envrc; true`;
    const expected = [
      ...[
        "",
        ".envrc",
        ".git/COMMIT_EDITMSG",
        ".git/rebase-merge/git-rebase-todo",
      ],
      ...[
        ".git/remotes/origin",
        "bare",
        "deep/er/repo/.git",
        "empty/.git",
        "f/.git",
      ],
      ...["l/.git", "onlyhead", "wt/.git"],
    ];
    const report = await attack.attack(script);
    expect(report.map((path) => path === work ? "" : path)).toEqual(expected);
    // Kept, it is there at the next run and no longer new.
    await person("rm -rf l wt && git worktree prune && rm .git/COMMIT_EDITMSG");
    expect(await attack.attack("true")).toEqual([]);
    await person(
      "rm -rf deep HEAD objects refs config hooks bare onlyhead f .git/rebase-merge .git/remotes empty/.git/*; git branch -qD new; ln -sf nowhere .envrc",
    );
    const undone = await attack.attack(script, ["--undo"]);
    expect(
      undone.map((path) => path.replace(work, "")).map((path) => path.trim()),
    )
      .toEqual(expected.map((path) => `undone ${path}`.trim()));
    expect(Deno.readLinkSync(`${work}/.envrc`)).toBe("nowhere");
    for (
      const gone of [
        ...["HEAD", "objects", ".git/rebase-merge/git-rebase-todo", "wt/.git"],
        ...[
          "deep/er/repo/.git",
          "onlyhead/HEAD",
          ".git/worktrees/wt",
          "l/.git",
        ],
      ]
    ) expect([gone, exists(`${work}/${gone}`)]).toEqual([gone, false]);
    await lookAround(
      work,
      ...["deep/er/repo", "bare", "onlyhead", "f", "l", "empty", "kept"]
        .map((at) => `${work}/${at}`),
    );
  },
);

gitTest("below a repository, and in further folders", async (attack) => {
  const { folder, work, person, lookAround } = attack;
  await person(
    "mkdir -p sub/dir; git init -q ~/more; git init -q --bare ~/bare; mkdir ~/more/x",
  );
  const script = `${EVIL_FOLDER}
    cp ../../evil . ; whole .; whole .git
    cp evil ~/more/ ~/bare/; cd ~/more; evil_folder .git; evil_folder ~/bare; mv .git g; whole x; true`;
  const { code, stderr } = await attack.inside(["sh", "-c", script], {
    cwd: `${work}/sub/dir`,
    options: ["--undo", "--allow-write", "~/more", "--allow-write", "~/bare"],
  });
  expect(code).toBe(0);
  for (
    const path of [
      `${work}/sub/dir`,
      `${work}/sub/dir/.git`,
      `${folder}/more/x`,
    ]
  ) {
    expect(stderr).toContain(`new     ${path}: `);
  }
  expect(stderr).toContain("Undone.\n");
  await lookAround(
    `${work}/sub/dir`,
    `${folder}/more`,
    `${folder}/more/x`,
    `${folder}/bare`,
  );
});

gitTest(
  "a worktree of a repository elsewhere: what to allow is said",
  async (attack) => {
    const { folder, work, person, lookAround } = attack;
    await person(
      `git init -q ${folder}/main && git -C ${folder}/main commit -q --allow-empty -m m &&
    git -C ${folder}/main worktree add -q ${work}/linked -b linked`,
    );
    const cwd = `${work}/linked`;
    const commit = ["git", "commit", "-q", "--allow-empty", "-m", "x"];
    const refused = await attack.inside(commit, { cwd });
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain(`--allow-write ${folder}/main/.git`);
    const options = ["--allow-write", `${folder}/main/.git`];
    const allowed = await attack.inside(commit, { cwd, options });
    expect([allowed.code, allowed.stderr]).toEqual([0, ""]);
    await attack.sh(
      `cp ../evil .; for g in ${folder}/main/.git ${folder}/main/.git/worktrees/linked; do
       printf '[core]\\n fsmonitor = %s\\n' $PWD/evil | tee $g/config >> $g/config.worktree; echo ${work} > $g/commondir; cp evil $g/hooks/pre-commit
       mv $g $g.x; done 2>/dev/null; rm -f .git; echo 'gitdir: /x' > .git; true`,
      { cwd, options: [...options, "--undo"] },
    );
    await lookAround(cwd, `${folder}/main`);
  },
);

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
