// Configuration files that clients insist on: shown to the sandboxed command with placeholders, never on disk.
import { expect } from "expect";
import { type Sandbox, sandboxTest } from "../support/sandbox/sandbox.ts";

const NPM_KEY = `npm_${"n1".repeat(18)}`;
const GITHUB_KEY = `ghp_${"g2".repeat(20)}`;
const PLACEHOLDER = "authsome-proxy-managed";
const REAL = "//registry.npmjs.org/:_authToken=the-persons-own";

function fileTest(
  name: string,
  body: (sandbox: Sandbox) => Promise<void>,
  keys: Record<string, string> = { npm: NPM_KEY, "github-pat": GITHUB_KEY },
) {
  sandboxTest(
    name,
    keys,
    ["registry.npmjs.org"],
    (request) =>
      Response.json({
        username: request.headers.get("authorization") === `Bearer ${NPM_KEY}`
          ? "nina"
          : "nobody",
      }),
    body,
  );
}

/** Everything below `folder` but what authsome itself keeps and its runtime compiles, with what a change would change. */
function tree(folder: string, own: string): string[] {
  const found: string[] = [];
  const visit = (path: string) => {
    for (const { name, isDirectory, isSymlink } of Deno.readDirSync(path)) {
      const each = `${path}/${name}`;
      if (each === own || /\/\.(?:cache|local)$/.test(each)) continue;
      const { mtime, size, mode } = Deno.lstatSync(each);
      found.push(
        `${each} ${mode?.toString(8)} ${
          isSymlink
            ? Deno.readLinkSync(each)
            : isDirectory
            ? ""
            : `${size} ${mtime?.getTime()}`
        }`,
      );
      if (isDirectory && !isSymlink) visit(each);
    }
  };
  visit(folder);
  return found.sort();
}

fileTest(
  "a home without any of them has them in the sandbox, and nothing on disk",
  async ({ folder, home, sh }) => {
    Deno.writeTextFileSync(`${folder}/note.txt`, "a note");
    Deno.symlinkSync("note.txt", `${folder}/link`);
    const before = tree(folder, home);
    const { code, stdout, stderr } = await sh(`
    cat ~/.npmrc ~/.config/gh/hosts.yml ~/link
    echo x 2>/dev/null >> ~/.npmrc || echo refused
    rm -f ~/.npmrc 2>/dev/null || echo kept
    touch ~/.new 2>/dev/null || echo read-only
    touch here && ls -A ~ && ls -A ~/home`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(
      `//registry.npmjs.org/:_authToken=${PLACEHOLDER}\n`,
    );
    expect(stdout).toContain(`github.com:\n`);
    expect(stdout).toContain(`oauth_token: ${PLACEHOLDER}\n`);
    expect(stdout).toContain("a note");
    expect(stdout).toContain("refused\nkept\nread-only\n");
    // Of the authsome home there is the folder of the run, as ever.
    expect(stdout).toMatch(/\nlink\nnote\.txt\ntmp\nwork\nrun\nshims\n$/);
    Deno.removeSync(`${folder}/work/here`);
    expect(tree(folder, home)).toEqual(before);
  },
);

fileTest(
  "a real file of the person stays hidden, also one that a link leads to",
  async ({ folder, sh }) => {
    Deno.mkdirSync(`${folder}/dotfiles`);
    Deno.mkdirSync(`${folder}/.config/gh`, { recursive: true });
    Deno.writeTextFileSync(`${folder}/dotfiles/npmrc`, REAL);
    Deno.symlinkSync("dotfiles/npmrc", `${folder}/.npmrc`);
    Deno.writeTextFileSync(
      `${folder}/.config/gh/hosts.yml`,
      "oauth_token: gho_real",
    );
    Deno.writeTextFileSync(`${folder}/.config/gh/state.yml`, "gho_real");
    const { stdout, stderr, code } = await sh(
      "cat ~/.npmrc ~/dotfiles/npmrc ~/.config/gh/*; ls ~/.config/gh",
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.split(PLACEHOLDER).length).toBeGreaterThan(3);
    expect(stdout).not.toContain("own");
    expect(stdout).not.toContain("gho_real");
    expect(stdout).not.toContain("state.yml");
    expect(Deno.readTextFileSync(`${folder}/dotfiles/npmrc`)).toBe(REAL);
  },
);

fileTest(
  "hidden settings that programs must be able to read are there and empty",
  async ({ folder, sh }) => {
    const empty = {
      ".config/npm/npmrc": "",
      ".yarnrc.yml": "",
      ".gradle/gradle.properties": "",
      ".m2/settings.xml": "<settings/>\n",
      ".m2/settings-security.xml": "<settingsSecurity/>\n",
      ".nuget/NuGet/NuGet.Config": "<configuration/>\n",
      ".npmrc": "",
    };
    const written = (path: string) => {
      Deno.mkdirSync(`${folder}/${path}`.replace(/\/[^/]*$/, ""), {
        recursive: true,
      });
      Deno.writeTextFileSync(`${folder}/${path}`, REAL);
    };
    // The last of them by a link.
    Object.keys(empty).slice(0, -1).forEach(written);
    [".netrc", "dotfiles/npmrc"].forEach(written);
    Deno.symlinkSync("dotfiles/npmrc", `${folder}/.npmrc`);
    for (const [path, text] of Object.entries(empty)) {
      expect([
        path,
        await sh(`cat ~/${path} && echo read; echo x >> ~/${path}`),
      ]).toEqual([
        path,
        expect.objectContaining({ stdout: `${text}read\n` }),
      ]);
      expect(Deno.readTextFileSync(`${folder}/${path}`)).toBe(REAL);
    }
    const dry = await sh("true", { options: ["--dry-run", "--json"] });
    expect(JSON.parse(dry.stdout).sandbox.hidden).toEqual(
      expect.arrayContaining([
        `${folder}/dotfiles/npmrc`,
        `${folder}/.m2/settings.xml`,
      ]),
    );
    // Any other still cannot be opened.
    expect((await sh("cat ~/.netrc")).code).toBe(1);
  },
  {},
);

fileTest(
  "a home that may be written gets no file; one that is there is covered",
  async ({ folder, home, sh }) => {
    const before = tree(folder, home);
    const bare = await sh("cat ~/.npmrc", {
      options: ["--allow-write", folder],
    });
    expect(bare.stderr).toContain(`"${folder}/.npmrc" of npm is not shown: `);
    expect(bare.code).toBe(1);
    expect(tree(folder, home)).toEqual(before);
    Deno.writeTextFileSync(`${folder}/.npmrc`, REAL);
    const covered = await sh("cat ~/.npmrc; touch ~/made", {
      options: ["--allow-write", folder],
    });
    expect(covered.stdout).toBe(
      `//registry.npmjs.org/:_authToken=${PLACEHOLDER}\n`,
    );
    expect(Deno.readTextFileSync(`${folder}/.npmrc`)).toBe(REAL);
    expect(Deno.statSync(`${folder}/made`).isFile).toBe(true);
  },
);

fileTest(
  "what the person allows to read is read as it is",
  async ({ folder, sh }) => {
    Deno.writeTextFileSync(`${folder}/.npmrc`, REAL);
    const { stdout, stderr } = await sh("cat ~/.npmrc", {
      options: ["--allow-read", `${folder}/.npmrc`],
    });
    expect(stdout).toBe(REAL);
    expect(stderr).toContain("is not shown: the file that is there is allowed");
  },
);

fileTest(
  "XDG_CONFIG_HOME is obeyed, and the usual place has the file too",
  async ({ folder, home, sh }) => {
    Deno.mkdirSync(`${folder}/settings`);
    const before = tree(folder, home);
    const { stdout, code } = await sh(
      "cat $XDG_CONFIG_HOME/gh/hosts.yml && cat ~/.config/gh/hosts.yml",
      { env: { XDG_CONFIG_HOME: `${folder}/settings` } },
    );
    expect(code).toBe(0);
    expect(stdout.split("github.com:").length).toBe(3);
    expect(tree(folder, home)).toEqual(before);
  },
);

fileTest("a plain run shows no file", async ({ authsome, folder }) => {
  const { code } = await authsome(["run", "--", "cat", `${folder}/.npmrc`]);
  expect(code).toBe(1);
});

fileTest(
  "a dry run says which files a sandbox would show",
  async ({ authsome, folder, work }) => {
    const { stdout } = await authsome(
      ["--json", "run", "--dry-run", "--sandbox", "--", "true"],
      { cwd: work },
    );
    expect(JSON.parse(stdout).sandbox.shown).toEqual([
      `${folder}/.config/gh/config.yml`,
      `${folder}/.config/gh/hosts.yml`,
      `${folder}/.npmrc`,
    ]);
  },
);

fileTest("npm knows who it is by its file alone", async ({ sh }) => {
  const { stdout, stderr, code } = await sh(
    "unset NPM_TOKEN NODE_AUTH_TOKEN; npm whoami --no-update-notifier",
  );
  expect({ stdout, code }).toEqual({ stdout: "nina\n", code: 0 });
  expect(stderr).not.toContain("EROFS");
});
