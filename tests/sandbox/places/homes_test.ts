// Whose folders and variables a sandbox protects, and the authsome home at any length. Real bubblewrap.
import { expect } from "expect";
import {
  attack,
  exists,
  inWorld,
  notRoot,
  passwd,
  printed,
  write,
} from "../../support/sandbox/sandbox_attack.ts";
import { missing } from "../../support/scenario.ts";

attack(
  "HOME elsewhere does not open the user's own folder",
  async (sandbox) => {
    const { folder, work } = sandbox;
    const own = `${folder}/own`;
    const files = [
      ...[".ssh/id", ".config/gh/hosts.yml", ".netrc", ".authsome/master.key"],
    ];
    for (const file of files) write(`${own}/${file}`);
    write(`${own}/.bashrc`, "# mine\n");
    const world = passwd(sandbox, own);
    Deno.symlinkSync(own, `${folder}/alias`);
    const homes: [string, string][] = [
      ["another", `${folder}/home-of-nobody`],
      ["empty", ""],
      ["relative", "x"],
      ["root", "/"],
      ["a link", `${folder}/alias`],
      ["a slash", `${own}//`],
    ];
    for (const [name, HOME] of homes) {
      const ended = await inWorld(
        sandbox,
        world,
        `grep -rl canary '${own}' 2>/dev/null; echo evil 2>/dev/null >> '${own}/.bashrc'; echo done`,
        { env: { HOME }, options: ["--allow-write", own] },
      );
      expect([name, ended.code, ended.stdout]).toEqual([name, 0, "done\n"]);
    }
    expect(Deno.readTextFileSync(`${own}/.bashrc`)).toBe("# mine\n");
    // It is the person's folder as the working folder, too.
    Deno.mkdirSync(`${folder}/other`);
    const started = await inWorld(sandbox, world, "touch x 2>/dev/null; true", {
      env: { HOME: `${folder}/other` },
      cwd: own,
    });
    expect(started.stderr).toContain("is not writable in the sandbox");
    // And what `~` of a profile means is denied in both.
    write(`${own}/clients/a`);
    write(`${folder}/other/clients/a`);
    const denied = await inWorld(
      sandbox,
      world,
      `cat '${own}/clients/a' '${folder}/other/clients/a' 2>/dev/null; cd '${work}'; echo done`,
      {
        env: { HOME: `${folder}/other` },
        options: ["--deny-read", "~/clients"],
      },
    );
    expect([denied.code, denied.stdout]).toEqual([0, "done\n"]);
  },
);

attack(
  "variables that move keys and startup files elsewhere are followed",
  async (sandbox) => {
    const { folder } = sandbox;
    const at = (name: string) => `${folder}/moved/${name}`;
    const variables: [string, string, string][] = [
      ["XDG_CONFIG_HOME", "config", "config/gh/hosts.yml"],
      ["XDG_DATA_HOME", "data", "data/keyrings/login"],
      ["XDG_CACHE_HOME", "cache", "cache/huggingface/token"],
      ["XDG_RUNTIME_DIR", "runtime", "runtime/gnupg/S.x"],
      ["GNUPGHOME", "gnupg", "gnupg/private-keys-v1.d/a"],
      ["KUBECONFIG", "kube1", "kube1"],
      ["DOCKER_CONFIG", "docker", "docker/config.json"],
      ["CARGO_HOME", "cargo", "cargo/credentials.toml"],
      ["npm_config_userconfig", "npmrc", "npmrc"],
      ["AWS_SHARED_CREDENTIALS_FILE", "aws", "aws"],
      ["GH_CONFIG_DIR", "gh", "gh/hosts.yml"],
      ["CLOUDSDK_CONFIG", "gcloud", "gcloud/credentials.db"],
      ["AZURE_CONFIG_DIR", "azure", "azure/msal_token_cache.json"],
      ["NETRC", "netrc", "netrc"],
      ["PGPASSFILE", "pgpass", "pgpass"],
      ["KRB5CCNAME", "FILE:krb", "krb"],
      ["CODEX_HOME", "codex", "codex/auth.json"],
      ["HISTFILE", "history", "history"],
    ];
    const env: Record<string, string> = {
      GIT_CONFIG_GLOBAL: at("gitconfig"),
      BASH_ENV: at("bashenv"),
      ZDOTDIR: at("zsh"),
    };
    for (const [variable, value, file] of variables) {
      env[variable] = value.replace(/[^:]*$/, at);
      write(at(file));
    }
    const startup = ["gitconfig", "bashenv", "zsh/.zshrc", "config/git/config"];
    for (const name of startup) write(at(name), "# mine\n");
    const options = ["--allow-write", "~/moved"];
    const script = `cd '${folder}/moved'; grep -rl canary . 2>/dev/null
      for f in ${
      startup.join(" ")
    }; do echo evil 2>/dev/null >> $f; done; echo done`;
    expect(await printed(sandbox, script, { env, options })).toBe("done");
    for (const name of startup) {
      expect([name, Deno.readTextFileSync(at(name))]).toEqual([
        ...[name, "# mine\n"],
      ]);
    }
    // Nothing is hidden for a value that is not a file.
    const null_ = { NETRC: "/dev/null", PIP_CONFIG_FILE: "/dev/null" };
    expect(
      await printed(sandbox, "echo x > /dev/null && echo written", {
        env: { ...null_, XDG_RUNTIME_DIR: "/tmp" },
      }),
    ).toBe("written");
  },
);

attack("root sees no key of the people of the machine", async (sandbox) => {
  const { folder, env, work } = sandbox;
  write(`${folder}/alice/.ssh/id`);
  write(`${folder}/bob/.ssh/id`);
  write(`${folder}/service/.ssh/id`);
  const path = `${folder}/passwd`;
  Deno.writeTextFileSync(
    path,
    [
      "root:x:0:0::/root:/bin/sh",
      `alice:x:1000:1000::${folder}/alice:/bin/sh`,
      `bob:x:500:500::${folder}/bob:/bin/sh`,
    ].join("\n"),
  );
  const world = ["--dev-bind", "/", "/", "--ro-bind", path, "/etc/passwd"];
  const ended = await inWorld(
    sandbox,
    world,
    `cd '${folder}'; cat alice/.ssh/id bob/.ssh/id 2>/dev/null; echo done`,
    { env: { ...env, SUDO_USER: "bob" }, cwd: work },
  );
  expect([ended.code, ended.stdout]).toEqual([0, "done\n"]);
}, notRoot);

attack(
  "a home of more than 200 bytes works, and its socket is this user's alone",
  async (sandbox) => {
    const { folder, home, work } = sandbox;
    const long = `${folder}/${"h".repeat(100)}/${"o".repeat(100)}`;
    Deno.mkdirSync(long.slice(0, long.lastIndexOf("/")), { mode: 0o711 });
    Deno.renameSync(home, long);
    const env = { AUTHSOME_HOME: long };
    expect(await printed(sandbox, "curl -sS https://api.groq.com/", { env }))
      .toBe("ok");
    const waiting = sandbox.sh(
      `: > ready; find '${long}/run' -type s; i=0; while [ ! -e over ] && [ $i -lt 400 ]; do sleep 0.05; i=$((i+1)); done`,
      { env },
    );
    for (let tries = 0; tries < 400 && !exists(`${work}/ready`); tries++) {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    try {
      const [run] = [...Deno.readDirSync(`${long}/run`)]
        .map(({ name }) => `${long}/run/${name}`);
      expect(Deno.lstatSync(run!).mode! & 0o777).toBe(0o700);
      const socket = Deno.lstatSync(`${run}/proxy`);
      expect([socket.isSocket, socket.mode! & 0o777]).toEqual([true, 0o600]);
    } finally {
      Deno.writeTextFileSync(`${work}/over`, "");
    }
    const { code, stdout } = await waiting;
    expect([code, stdout]).toEqual([0, ""]);
    // Nothing of it is left, neither there nor where the command started.
    expect([...Deno.readDirSync(`${long}/run`)]).toEqual([]);
    expect(exists(`${work}/proxy`)).toBe(false);
  },
  await missing("curl") || await missing("find"),
);

attack(
  "a file named as the socket stays in the working folder",
  async (sandbox) => {
    const { folder, home, work } = sandbox;
    const long = `${folder}/${"h".repeat(200)}`;
    Deno.renameSync(home, long);
    Deno.writeTextFileSync(`${work}/proxy`, "mine");
    await printed(sandbox, "true", { env: { AUTHSOME_HOME: long } });
    expect(Deno.readTextFileSync(`${work}/proxy`)).toBe("mine");
  },
);

attack(
  "--listen says how long the path of a socket may be",
  async (sandbox) => {
    const { authsome } = sandbox;
    for (const [length, code] of [[107, 0], [108, 2], [300, 2]] as const) {
      const path = `/tmp/${"x".repeat(length - 5)}`;
      const ended = await authsome(["run", "--listen", `unix:${path}`, "true"]);
      expect([length, ended.code]).toEqual([length, code]);
      if (code !== 0) expect(ended.stderr).toContain("at most 107");
    }
  },
);

attack("one cache that is allowed lasts", async (sandbox) => {
  const { folder } = sandbox;
  for (const name of [".cache/pip", ".npm"]) {
    Deno.mkdirSync(`${folder}/${name}`, { recursive: true });
  }
  const script =
    'echo x > "$XDG_CACHE_HOME/pip/kept"; echo x > "$XDG_CACHE_HOME/gone"; echo "${npm_config_cache:-own}"';
  const options = ["--allow-write", "~/.cache/pip"];
  expect(await printed(sandbox, script, { options })).toBe("/tmp/.cache/npm");
  expect(exists(`${folder}/.cache/pip/kept`)).toBe(true);
  expect(exists(`${folder}/.cache/gone`)).toBe(false);
  expect(
    await printed(sandbox, script, {
      options: [...options, "--allow-write", "~/.npm"],
    }),
  ).toBe("own");
});
