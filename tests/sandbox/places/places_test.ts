// Where a command in the sandbox finds or moves what is hidden from it. Real bubblewrap.
import { missing } from "../../support/missing.ts";
import { expect } from "expect";
import {
  attack,
  inWorld,
  noPython,
  printed,
  py,
  write,
} from "../../support/sandbox/sandbox_attack.ts";

/** Tries to move, remove or replace each of `paths` in every way, and says which succeeded. */
function move(paths: readonly string[]): string {
  return py(`
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
done = []
def attempt(name, path, action):
    try:
        action()
        done.append(name + " " + path)
    except OSError:
        pass
def exchange(path):
    os.makedirs(path + ".x", exist_ok=True)
    try:
        if libc.renameat2(-100, (path + ".x").encode(), -100, path.encode(), 2) != 0:
            raise OSError
    finally:
        os.rmdir(path + ".x")
def over(path):
    if os.path.isdir(path):
        os.makedirs(path + ".o", exist_ok=True)
    else:
        open(path + ".o", "w").close()
    try:
        os.rename(path + ".o", path)
    except OSError:
        os.rmdir(path + ".o") if os.path.isdir(path + ".o") else os.unlink(path + ".o")
        raise
for path in ${JSON.stringify(paths)}:
    attempt("rename", path, lambda: os.rename(path, path + ".moved"))
    attempt("exchange", path, lambda: exchange(path))
    attempt("replace", path, lambda: over(path))
    attempt("rmdir", path, lambda: os.rmdir(path))
    attempt("unlink", path, lambda: os.unlink(path))
    attempt("link", path, lambda: os.link(path, path + ".linked"))
print("\\n".join(done))`);
}

attack(
  "moving a hidden place, or a folder around it, out of sight",
  async (sandbox) => {
    const { folder, work } = sandbox;
    const files = [
      ...[".netrc", ".ssh/id", ".config/gh/hosts.yml", ".docker/config.json"],
      ...[".cache/huggingface/token", ".local/share/keyrings/login"],
      ".a/b/c/denied",
    ];
    for (const file of files) write(`${folder}/${file}`);
    write(`${work}/deep/er/secret`);
    const paths = [
      ...files.map((file) => `${folder}/${file}`),
      `${work}/deep/er/secret`,
    ];
    const around = [
      ...new Set(paths.flatMap((path) => {
        const found = [];
        for (
          let at = path.lastIndexOf("/");
          at > folder.length;
          at = path.lastIndexOf("/", at - 1)
        ) found.push(path.slice(0, at));
        return found;
      })),
    ];
    const all = [...paths, ...around, `${folder}/home`, work];
    const before = all.map((path) => [path, Deno.lstatSync(path).ino]);
    for (
      const allow of [
        ["~"],
        ["~/.cache", "~/.config", "~/.local", "~/.a"],
        ["~/.a/b", "~"],
      ]
    ) {
      const options = [
        ...allow.flatMap((path) => ["--allow-write", path]),
        ...["--deny-read", "~/.a/b/c/denied"],
        ...["--deny-read", "deep/er/secret"],
      ];
      const { stdout, stderr, code } = await sandbox.sh(move(all), { options });
      expect([allow, code, stdout.trim(), stderr]).toEqual([allow, 0, "", ""]);
      expect(all.map((path) => [path, Deno.lstatSync(path).ino]))
        .toEqual(before);
      expect(
        await printed(
          sandbox,
          `grep -rl canary '${folder}' 2>/dev/null; true`,
          { options },
        ),
      ).toBe("");
    }
  },
  noPython,
);

attack(
  "moving the authsome home that lies in the working folder",
  async (sandbox) => {
    const { folder, home } = sandbox;
    const deep = `${folder}/work/a/b`;
    Deno.mkdirSync(deep, { recursive: true });
    Deno.renameSync(home, `${deep}/home`);
    const env = { AUTHSOME_HOME: `${deep}/home` };
    const paths = [`${deep}/home`, deep, `${folder}/work/a`];
    expect(await printed(sandbox, move(paths), { env })).toBe("");
    expect(Deno.statSync(`${deep}/home/master.key`).isFile).toBe(true);
    expect(
      await printed(sandbox, "find . -name master.key", { env }),
    ).toBe("");
  },
  noPython || await missing("find"),
);

attack(
  "replacing a link on the way to a hidden place is said",
  async (sandbox) => {
    const { folder, work } = sandbox;
    write(`${folder}/../elsewhere-${folder.slice(-6)}/gh/hosts.yml`);
    const data = Deno.realPathSync(
      `${folder}/../elsewhere-${folder.slice(-6)}`,
    );
    try {
      Deno.symlinkSync(data, `${folder}/.config`);
      const options = ["--allow-write", "~"];
      const script =
        `cat ~/.config/gh/hosts.yml '${data}/gh/hosts.yml' 2>/dev/null; rm ~/.config; mkdir -p ~/.config/gh; true`;
      const { stdout, stderr } = await sandbox.sh(script, { options });
      expect(stdout).toBe("");
      expect(stderr).toContain(`"${folder}/.config/gh"`);
      expect(stderr).toContain(`add it to deny_read`);
    } finally {
      Deno.removeSync(data, { recursive: true });
    }
    // A denied place that is reached by a link in the working folder: its target is hidden, and the change is said.
    write(`${folder}/real/secret`);
    Deno.symlinkSync(`${folder}/real`, `${work}/link`);
    const options = ["--deny-read", "link/secret"];
    const denied = await sandbox.sh(
      `cat link/secret '${folder}/real/secret' 2>/dev/null; rm link; true`,
      { options },
    );
    expect(denied.stdout).toBe("");
    expect(denied.stderr).toContain(`"${work}/link/secret" was hidden`);
    // Both readings of "..": the folder beside the link, and the one beside its target.
    Deno.mkdirSync(`${folder}/real/sub`);
    Deno.symlinkSync(`${folder}/real/sub`, `${work}/sub`);
    write(`${work}/secret`);
    expect(
      await printed(
        sandbox,
        `cat secret '${folder}/real/secret' 2>/dev/null; true`,
        { options: ["--deny-read", "sub/../secret"] },
      ),
    ).toBe("");
  },
);

attack(
  "a place of deny_read that is not there, or appears, is said",
  async (sandbox) => {
    const { home, work } = sandbox;
    Deno.writeTextFileSync(
      `${home}/sandbox.json`,
      '{"deny_read":["~/gone","later","never"]}',
    );
    const { code, stderr } = await sandbox.sh("echo x > later");
    expect(code).toBe(0);
    expect(stderr).toContain('"~/gone" of deny_read in sandbox.json');
    expect(stderr).toContain(
      `"${work}/later" did not exist when the command started`,
    );
    expect(stderr).not.toContain("never");
    const again = await sandbox.sh("cat later 2>/dev/null; true");
    expect(again).toMatchObject({ code: 0, stdout: "" });
    // So is a known place that the command makes in the person's folder.
    const made = await sandbox.sh("mkdir ~/.aws && echo x > ~/.aws/config", {
      options: ["--allow-write", "~"],
    });
    expect(made.stderr).toContain(
      `/.aws" did not exist when the command started`,
    );
    // Another name of the same file is not found by its path.
    Deno.linkSync(`${work}/later`, `${work}/other-name`);
    const linked = await sandbox.sh("true");
    expect(linked.stderr).toContain(`"${work}/later" has other names`);
  },
);

attack(
  "what is hidden in a place that is given back stays hidden",
  async (sandbox) => {
    const { folder } = sandbox;
    write(`${folder}/.config/gcloud/open`, "open");
    write(`${folder}/.config/gcloud/keys/secret`);
    const options = [
      ...["--allow-read", "~/.config/gcloud"],
      ...["--deny-read", "~/.config/gcloud/keys"],
    ];
    expect(
      await printed(sandbox, "cd ~/.config/gcloud; cat open; cat keys/* || :", {
        options,
      }),
    ).toBe("open");
  },
);

attack("a hidden place by another mount of its folder", async (sandbox) => {
  const { folder } = sandbox;
  write(`${folder}/.ssh/id`);
  write(`${folder}/a b/denied`);
  const alias = `${folder}/alias of all`;
  Deno.mkdirSync(alias);
  const world = ["--dev-bind", "/", "/", "--bind", folder, alias];
  const ended = await inWorld(
    sandbox,
    world,
    `ls -A '${alias}'; grep -rl canary '${alias}' 2>/dev/null; ls '${alias}/home'; echo done`,
    { options: ["--deny-read", "~/a b/denied"] },
  );
  expect(ended.code).toBe(0);
  // The files of the scenario are seen there, and none of the secret ones.
  expect(ended.stdout).toMatch(/ca\.pem[\s\S]*\ndone\n$/);
  expect(ended.stdout).not.toMatch(/master\.key|alias of all\//);
  const given = await inWorld(sandbox, world, "true", {
    options: ["--allow-read", `${alias}/home`],
  });
  expect(given.stderr).toContain(
    "which is hidden from every sandboxed command",
  );
});

attack(
  "--allow-write and --allow-read by a link that a command made",
  async (sandbox) => {
    const { folder, work, home } = sandbox;
    Deno.mkdirSync(`${folder}/target/in`, { recursive: true });
    Deno.mkdirSync(`${folder}/allowed`);
    Deno.mkdirSync(`${work}/sub`);
    Deno.symlinkSync(`${folder}/target`, `${work}/planted`);
    Deno.symlinkSync("../../target", `${work}/sub/relative`);
    Deno.symlinkSync(`${folder}/target`, `${folder}/allowed/planted`);
    Deno.symlinkSync(`${work}/planted`, `${folder}/chain`);
    const cases: string[][] = [
      ["--allow-write", "planted"],
      ["--allow-write", "./planted/"],
      ["--allow-write", "planted/in"],
      ["--allow-write", "sub/relative"],
      ["--allow-write", `${work}/planted`],
      ["--allow-write", "~/chain"],
      ["--allow-read", "planted"],
      ["--allow-write", "~/allowed", "--allow-write", "~/allowed/planted"],
      ["--allow-write", "~/allowed/planted/in", "--allow-write", "~/allowed"],
      ["--allow-write", "planted/../target"],
    ];
    for (const options of cases) {
      const { code, stdout, stderr } = await sandbox.sh("echo ran", {
        options,
      });
      expect([options, code, stdout]).toEqual([options, 2, ""]);
      expect(stderr).toContain(
        options.at(-1)!.includes("..")
          ? "after a symbolic link"
          : "is a link to",
      );
      expect(stderr).toMatch(/'\/.*target(\/in)?'/);
    }
    Deno.writeTextFileSync(
      `${home}/sandbox.json`,
      '{"allow_write":["planted"]}',
    );
    expect((await sandbox.sh("echo ran")).code).toBe(2);
    Deno.removeSync(`${home}/sandbox.json`);
    // A command of another run has made it where this one writes nothing.
    Deno.mkdirSync(`${folder}/earlier`);
    await printed(sandbox, "ln -s ~/target ~/earlier/link", {
      options: ["--allow-write", "~/earlier"],
    });
    const later = await sandbox.sh("echo ran", {
      options: ["--allow-write", "~/earlier/link"],
      cwd: `${folder}/target`,
    });
    expect([later.code, later.stdout]).toEqual([2, ""]);
    // A link of the person's own, where no command writes, is followed.
    Deno.symlinkSync(`${folder}/target`, `${folder}/mine`);
    await printed(sandbox, "touch ~/mine/written", {
      options: ["--allow-write", "~/mine"],
    });
    expect(Deno.statSync(`${folder}/target/written`).isFile).toBe(true);
    // The kernel's files cannot be given.
    for (
      const options of [
        ["--allow-write", "/proc/sys"],
        ["--allow-write", "/sys/kernel"],
        ["--allow-read", "/proc"],
        ["--allow-write", "/dev"],
      ]
    ) expect((await sandbox.sh("true", { options })).code).toBe(2);
  },
);

attack(
  "/tmp, /var/tmp and /run begin empty where they are links",
  async (sandbox) => {
    const { folder, work } = sandbox;
    const data = `${folder}/data`;
    for (const name of ["tmp", "run"]) write(`${data}/${name}/canary`);
    const world = ["--tmpfs", "/"];
    for (const { name, isSymlink } of Deno.readDirSync("/")) {
      if (["tmp", "run", "proc", "dev"].includes(name)) continue;
      const path = `/${name}`;
      world.push(
        ...isSymlink
          ? ["--symlink", Deno.readLinkSync(path), path]
          : ["--bind", path, path],
      );
    }
    world.push(
      ...["--dev-bind", "/dev", "/dev", "--dev-bind", "/proc", "/proc"],
      ...["--symlink", `${data}/tmp`, "/tmp"],
      ...["--symlink", `${data}/run`, "/run"],
    );
    const ended = await inWorld(
      sandbox,
      world,
      `find /tmp/ /run/ '${data}' -type f; touch /tmp/x /run/x && echo done`,
      { cwd: work },
    );
    expect([ended.code, ended.stdout]).toEqual([0, "done\n"]);
    expect([...Deno.readDirSync(`${data}/tmp`)].length).toBe(1);
  },
  await missing("find"),
);
