// A working folder that other programs obey is not writable by being the working folder. Real bubblewrap and git.
import { expect } from "expect";
import { cliCommand } from "../support/program.ts";
import { attack, write } from "../support/sandbox/sandbox_attack.ts";
import { missing, spawn } from "../support/scenario.ts";

const PROBE = "(: >>probe) 2>/dev/null && echo written; true";

attack(
  "a working folder of hooks or startup files is not writable",
  async (sandbox) => {
    const { env, work } = sandbox;
    const git = async (...args: string[]) => {
      const { code, stderr } = await spawn(["git", ...args], env, "", work);
      expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
    };
    await git("init", "-q", work);
    await git("init", "-q", "--bare", `${work}/bare`);
    await git("config", "core.hooksPath", "tools/hooks");
    const home = env.HOME!;
    for (
      const folder of [
        `${work}/.git/hooks/lib`,
        `${work}/bare/hooks`,
        `${work}/tools/hooks`,
        `${work}/sub/.idea/deeper`,
        `${home}/.config/fish/functions`,
        `${home}/bin`,
      ]
    ) {
      Deno.mkdirSync(folder, { recursive: true });
      const { code, stdout, stderr } = await sandbox.sh(PROBE, { cwd: folder });
      expect([folder, code, stdout]).toEqual([folder, 0, ""]);
      expect(stderr).toContain("other programs run or obey what is in");
    }
    const named = await sandbox.sh(PROBE, {
      cwd: `${home}/bin`,
      options: ["--allow-write", "."],
    });
    expect(named.stdout).toBe("written\n");
    // The same by settings of the person, in a worktree whose own are elsewhere.
    write(`${home}/.gitconfig`, "[core]\n  hooksPath = shared\n");
    await git("-c", "user.name=a", "-c", "user.email=a@example.com", ...[
      ...["-c", "core.hooksPath=/dev/null"],
      ...["commit", "-q", "--allow-empty", "-m", "first"],
    ]);
    await git("worktree", "add", "-q", ".claude/worktrees/one");
    for (const name of ["shared", "tools/hooks"]) {
      const cwd = `${work}/.claude/worktrees/one/${name}`;
      Deno.mkdirSync(cwd, { recursive: true });
      const { code, stdout } = await sandbox.sh(PROBE, { cwd });
      expect([name, code, stdout]).toEqual([name, 0, ""]);
    }
    // Agents keep worktrees in such a folder; hooks is a usual name for other things.
    for (const folder of [".claude/worktrees/one", "src/hooks", "tools"]) {
      const cwd = `${work}/${folder}`;
      Deno.mkdirSync(cwd, { recursive: true });
      const { stdout } = await sandbox.sh(PROBE, { cwd });
      expect([folder, stdout]).toEqual([folder, "written\n"]);
    }
  },
  await missing("git"),
);

attack(
  "startup files of every shell, and where variables lead, stay or are reported",
  async (sandbox) => {
    const { env, folder } = sandbox;
    const home = env.HOME!;
    const there = [
      ...[".cshrc", ".tcshrc", ".login", ".kshrc", ".xonshrc"],
      ...[".config/nushell/config.nu", ".config/elvish/rc.elv"],
      ...[".config/powershell/profile.ps1", ".config/zsh/.zshrc"],
      ...[".oh-my-zsh/oh-my-zsh.sh", ".lessfilter", ".xsessionrc"],
    ];
    for (const file of there) write(`${home}/${file}`, "# mine\n");
    const shown = (stderr: string) =>
      stderr.split("\n").filter((line) => /^ {2}(new|changed)/.test(line))
        .map((line) => line.trim().split(/\s+/)[1]!.slice(0, -1));
    const options = ["--allow-write", "~"];
    const stays = await sandbox.sh(
      `cd '${home}'; for file in ${
        there.join(" ")
      }; do (: >>$file) 2>/dev/null && echo $file; done; true`,
      { options },
    );
    expect([stays.code, stays.stdout]).toEqual([0, ""]);
    // What is not there yet, a link, and a folder that a variable names.
    for (const file of there) Deno.removeSync(`${home}/${file}`);
    write(`${home}/dotfiles/bashrc`, "# mine\n");
    Deno.symlinkSync("dotfiles/bashrc", `${home}/.bashrc`);
    const elsewhere = `${folder}/elsewhere`;
    Deno.mkdirSync(`${elsewhere}/fish`, { recursive: true });
    Deno.symlinkSync(elsewhere, `${folder}/alias`);
    Deno.removeSync(`${elsewhere}/fish`);
    const told = await sandbox.sh(
      `cd '${home}'; ln -sf /dev/null .bashrc; touch .kshrc .tcshrc; mkdir -p '${elsewhere}/fish' '${elsewhere}/nushell'; touch '${elsewhere}/.zshenv'`,
      {
        env: { XDG_CONFIG_HOME: `${folder}/alias`, ZDOTDIR: elsewhere },
        options: [...options, "--allow-write", elsewhere, "--undo"],
      },
    );
    expect(told.code).toBe(0);
    expect(shown(told.stderr)).toEqual(
      [
        ...[".bashrc", ".kshrc", ".tcshrc"].map((file) => `${home}/${file}`),
        ...[".zshenv", "fish", "nushell"].map((file) => `${elsewhere}/${file}`),
      ].sort(),
    );
    expect(Deno.readLinkSync(`${home}/.bashrc`)).toBe("dotfiles/bashrc");
  },
);

attack(
  "a working folder by a link that a command made is refused",
  async (sandbox) => {
    const { env, folder, work } = sandbox;
    Deno.mkdirSync(`${folder}/precious`);
    const made = await sandbox.sh(`ln -s '${folder}/precious' planted`);
    expect(made.code).toBe(0);
    const start = (path: string) =>
      spawn(
        [
          ...["sh", "-c", 'cd "$0" && exec "$@"', path],
          ...cliCommand("run", "--sandbox", "--", "sh", "-c", PROBE),
        ],
        env,
        "",
        work,
      );
    const { code, stdout, stderr } = await start("planted");
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(`cd '${folder}/precious'`);
    const named = await start(`${folder}/precious`);
    expect(named.stdout).toBe("written\n");
  },
);
