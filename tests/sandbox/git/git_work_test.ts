// Ordinary work with git in the sandbox, at a server that wants the credential. Real git, real bubblewrap.
import { expect } from "expect";
import {
  gitHttpBackend,
  noGitServer,
} from "../../support/servers/git_server.ts";
import { cliCommand } from "../../support/program.ts";
import { sandboxTest } from "../../support/sandbox/sandbox.ts";
import { missing, spawn } from "../../support/scenario.ts";

const KEY = `ghp_${"g2".repeat(20)}`;
const AUTHORIZATION = `Basic ${btoa(`x-access-token:${KEY}`)}`;

let repositories = "";

async function server(request: Request): Promise<Response> {
  if (request.headers.get("authorization") !== AUTHORIZATION) {
    return new Response("who are you?", { status: 401 });
  }
  return await gitHttpBackend(repositories, request);
}

sandboxTest(
  "a day's work in a repository with a submodule and a worktree",
  { "github-pat": KEY },
  ["github.com"],
  server,
  async (sandbox) => {
    const { folder, work, env } = sandbox;
    repositories = `${folder}/repositories`;
    Deno.writeTextFileSync(
      `${folder}/.gitconfig`,
      '[user]\n  name = Ada\n  email = a@example.com\n[init]\n  defaultBranch = main\n[protocol "file"]\n  allow = always\n[advice]\n  detachedHead = false\n',
    );
    const person = async (script: string) => {
      const { code, stdout, stderr } = await spawn(
        ["sh", "-ec", script],
        env,
        undefined,
        work,
      );
      expect([script, code, code === 0 ? "" : stderr]).toEqual([script, 0, ""]);
      return stdout;
    };
    await person(`
      for r in project part; do
        git init -q --bare ${repositories}/$r.git; git -C ${repositories}/$r.git config http.receivepack true
        git init -q ${folder}/seed-$r; cd ${folder}/seed-$r; echo one > file; git add file; git commit -qm first
        git push -q ${repositories}/$r.git main
      done
      cd ${folder}/seed-project; git -c protocol.file.allow=always submodule -q add ${repositories}/part.git part
      git config -f .gitmodules submodule.part.url https://github.com/part.git; git commit -qam part
      git push -q ${repositories}/project.git main; git push -q ${repositories}/project.git main:other main:third
      cd ${work}; git clone -q ${repositories}/project.git .; git config remote.origin.url https://github.com/project.git
      git submodule -q init; git config submodule.part.url ${repositories}/part.git; git submodule -q update
      git config submodule.part.url https://github.com/part.git; git -C part config remote.origin.url https://github.com/part.git
      printf 'tree/\\nsecond/\\n' >> .git/info/exclude; git worktree add -q ${work}/tree -b tree`);
    // Each must end well and say nothing of an error.
    const commands = [
      "git status --short; git fetch -q; git checkout -q other; git switch -q third; git checkout -q main",
      "git checkout -q -b new; echo two >> file; git add file; git commit -qm second; git push -q origin new",
      "git branch more; git branch -q -D more 2>/dev/null; git tag v1; git push -q origin v1; git tag -d v1 >/dev/null",
      "echo three >> file; git stash -q; git stash pop -q; git commit -qam third; git commit -q --amend -m amended",
      "git checkout -q main; echo x > x; git add x; git commit -qm x; git checkout -q new; git rebase -q main; git merge -q --no-ff -m m third",
      "git checkout -q -b picked main; git cherry-pick new~1 >/dev/null; git reset -q --hard HEAD~1; git revert --no-edit HEAD >/dev/null; git log -1 --format=%s | grep -q Revert",
      "git bisect start -q new main >/dev/null; git bisect reset >/dev/null 2>&1; git checkout -q main; git clean -qfd; git gc -q; git fsck --no-progress --no-dangling",
      "git submodule -q update; git submodule -q update --init --recursive; git submodule -q update --remote; git -C part status --short",
      "cd part; git checkout -q -b deep; echo p > p; git add p; git commit -qm p; git push -q origin deep; git rev-parse --show-toplevel | grep -q '/part$'",
      "git worktree add -q ../work/second -b second; git -C second commit -q --allow-empty -m s; git worktree list | grep -q second; git worktree remove second",
      "cd tree; echo t > t; git add t; git commit -qm t; git push -q origin tree; git pull -q origin main --no-rebase --no-edit",
      "git clone -q https://github.com/project.git copy; cd copy; git submodule -q update --init; git checkout -q other; git commit -q --allow-empty -m o; git push -q origin HEAD:clone; cd ..; rm -rf copy",
      "git init -q fresh; cd fresh; git config user.email b@example.com; git commit -q --allow-empty -m f; cd ..; rm -rf fresh",
      "git push -q -u origin main 2>/dev/null; git ls-remote -q origin main | grep -q main; git branch -d picked -q --force 2>/dev/null",
    ];
    for (const command of commands) {
      const { code, stdout, stderr } = await sandbox.sh(`set -e; ${command}`);
      expect([command, code, stdout + stderr]).toEqual([command, 0, ""]);
    }
    expect(
      await person(
        `git -C ${repositories}/project.git for-each-ref --format='%(refname:short)'`,
      ),
    ).toBe("clone\nmain\nnew\nother\nthird\ntree\nv1\n");
    // Nothing of the run is left, and everything works outside.
    expect(
      await person(
        "git fsck --no-dangling; git -C part status --short; git worktree remove tree; git submodule -q update; ls .git/commondir .git/config.worktree .git/modules/part/commondir 2>/dev/null || true",
      ),
    ).toBe("");
  },
  noGitServer,
);

sandboxTest(
  "when authsome is killed the repository works, and the next run tidies up",
  {},
  [],
  () => new Response(),
  async (sandbox) => {
    const { work, home, env, inside } = sandbox;
    const git = async (...args: string[]) => {
      const ended = await spawn(["git", ...args], env, undefined, work);
      expect([args, ended.code]).toEqual([args, 0]);
      return ended.stdout.trim();
    };
    await git("init", "-q", "--template=");
    const [program, ...args] = cliCommand(
      ...["run", "--sandbox", "--", "sh", "-c", "touch up; sleep 30"],
    );
    const start = () =>
      new Deno.Command(program!, {
        args,
        env,
        clearEnv: true,
        cwd: work,
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn();
    const up = async () => {
      for (let tries = 0; tries < 400 && !exists(`${work}/up`); tries++) {
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      Deno.removeSync(`${work}/up`);
    };
    const first = start();
    await up();
    const made = ["commondir", "hooks"];
    const there = () => made.filter((name) => exists(`${work}/.git/${name}`));
    expect(there()).toEqual(made);
    // Another run in the same folder that ends first takes nothing away.
    expect((await inside(["true"])).code).toBe(0);
    expect(there()).toEqual(made);
    const second = start();
    await up();
    first.kill("SIGTERM");
    await first.status;
    expect(there()).toEqual(made);
    second.kill("SIGKILL");
    await second.status;
    await git("-c", "user.name=P", "-c", "user.email=p@example.com", ...[
      ...["commit", "-q", "--allow-empty", "-m", "works"],
    ]);
    expect(await git("log", "--format=%s")).toBe("works");
    expect(there()).toEqual(made);
    // The folder of the killed run is old enough to be swept.
    const past = new Date(Date.now() - 60_000);
    for (const { name } of Deno.readDirSync(`${home}/run`)) {
      Deno.utimeSync(`${home}/run/${name}`, past, past);
    }
    expect(await inside(["true"])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("Nothing is connected"),
    });
    expect(there()).toEqual([]);
  },
  await missing("git"),
);

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
