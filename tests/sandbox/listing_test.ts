// What a sandbox looks for in the writable folders is found by GNU find as the runtime finds it. Real find.
import { expect } from "expect";
import { test } from "node:test";
import {
  type Listed,
  listing,
} from "../../lib/host/sandbox/protection/sandbox_listing.ts";
import {
  type ListFolder,
  walk,
} from "../../lib/host/sandbox/protection/sandbox_walk.ts";
import {
  isStartupPlace,
  STARTUP_NAMES,
} from "../../lib/sandbox/startup_places.ts";
import { generator } from "../support/proxy/generated_requests.ts";
import { processOf } from "../support/program.ts";
import { sandboxTest } from "../support/sandbox/sandbox.ts";
import { missing } from "../support/scenario.ts";

const FIND = "/usr/bin/find";
const skip = await missing(FIND, "/", "-maxdepth", "0", "-printf", "");
const noMounts = await missing("unshare", "--user", "--mount", "-r", "true");
const noOtherUser = Deno.uid() === 0 && await missing("setpriv");

/** Each character is a byte. */
const FOLDERS = [
  ...["a", "b", "-rf", "x\ny", "a\tb", " ", "*", "[ab]", "a?", "\\", "(", "!"],
  ...[".git", ".git", ".git", ".GIT", ".Git", "\n.git", ".git\n"],
  ...["node_modules", "pkg", "mod", ".cache", "site-packages"],
  ...[
    ".github",
    "hooks",
    ".hg",
    ".jj",
    ".config",
    "mise",
    ".vscode",
    ".claude",
  ],
  ...["refs", "objects", "branches", "modules", "x\n.code-workspace"],
  ...[
    "odd\xff",
    "odd\xfe",
    "odd\xef\xbf\xbd",
    "\xe2\x82",
    "\xff.code-workspace",
  ],
  ...["\xc3\xbc", "\xf0\x9f\x98\x80", "\xef\xbb\xbfbom", "\xed\xa0\x80"],
];
const FILES = [
  ...["HEAD", "config", "commondir", "gitdir", "config.worktree", ".git"],
  ...["mise.toml", "mise.a\nb.toml", ".mise.x.toml", "lefthook-local.yml"],
  ...["x.code-workspace", "\n.code-workspace", "\xff.sublime-project"],
  ...[".envrc", ".envrc.local", "opencode.json", ".mcp.json", "README.md"],
  ...["config.toml", "HEAD\n", "sharedpath", "head", "refs"],
];
/** None leads out of the tree: things are made and removed by paths in it. */
const TARGETS = [".", "nowhere", "a", ".github", "x\ny"];

interface Tree {
  folders: string[];
  files: string[];
  links: string[];
}

/** What to make in `root`, with paths from there. */
function generateTree(random: () => number, size: number): Tree {
  const pick = (values: readonly string[]) =>
    values[Math.floor(random() * values.length)]!;
  const tree: Tree = { folders: [""], files: [], links: [] };
  const taken = new Set<string>();
  for (let at = 0; at < size; at++) {
    const kind = random();
    const name = pick(random() < 0.5 ? FOLDERS : FILES);
    const path = `${pick(tree.folders)}/${name}`;
    if (taken.has(path)) continue;
    taken.add(path);
    if (kind < 0.5) tree.folders.push(path);
    else if (kind < 0.9) tree.files.push(path);
    else tree.links.push(path);
  }
  return tree;
}

async function make(root: string, tree: Tree, random: () => number) {
  const { folders, files, links } = tree;
  const target = () => TARGETS[Math.floor(random() * TARGETS.length)]!;
  const at = (path: string) => `${latin1(root)}${path}`;
  await each(["mkdir", "-p", "--"], folders.map(at));
  await each(["touch", "--"], files.map(at));
  await each(
    ["-n2", "ln", "-sn", "--"],
    links.flatMap((path) => [target(), at(path)]),
  );
}

/** Runs a command with these words, in which each character is a byte. */
async function each(command: readonly string[], words: readonly string[]) {
  if (words.length === 0) return;
  const child = processOf(["xargs", "-0", ...command], {
    stdin: "piped",
    stdout: "null",
    stderr: "null",
    cwd: "/",
  }).spawn();
  const input = child.stdin.getWriter();
  const text = words.map((word) => `${word}\0`).join("");
  await input.write(Uint8Array.from(text, (byte) => byte.charCodeAt(0)));
  await input.close();
  await child.status;
}

function latin1(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

/** The path as the runtime knows it, if it can name it. */
function named(path: string): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(Uint8Array.from(path, (byte) => byte.charCodeAt(0)));
  } catch {
    return undefined;
  }
}

/** What a walk finds, in an order that does not depend on that of the folders. */
function found(
  { roots, skipped }: Listed,
  list?: ListFolder,
): Record<string, unknown> {
  const walked = walk(
    roots.map((path, at) => ({ path, isPackage: at % 3 === 2 })),
    new Set(skipped),
    undefined,
    list,
  );
  return {
    ...walked,
    git: walked.git.sort(),
    startup: walked.startup.sort(),
    newFolders: walked.newFolders.sort(),
    parts: [...walked.parts].sort(),
    unreadable: [...walked.unreadable].sort(),
  };
}

async function inFolder(body: (folder: string) => Promise<void>) {
  // No sandbox of another test sees it there, not even one that may write everywhere.
  const folder = Deno.realPathSync(
    Deno.makeTempDirSync({ prefix: "listing-" }),
  );
  try {
    await body(folder);
  } finally {
    await processOf(["chmod", "-R", "u+rwx", folder]).output();
    await processOf(["rm", "-rf", folder]).output();
  }
}

/** Roots, some in others and some in what is passed over, and what is. */
function places(root: string, { folders }: Tree, random: () => number) {
  const known = folders.flatMap((path) => named(path) ?? [])
    .map((path) => `${root}${path}`);
  const some = (share: number) => known.filter(() => random() < share);
  const skipped = some(0.06).filter((path) => path !== root);
  return {
    listed: { roots: [...new Set([root, ...some(0.1)])], skipped },
    // Which places are hidden is known only later.
    walked: [...skipped, ...some(0.04).filter((path) => path !== root)],
  };
}

const test_ = (name: string, body: () => Promise<void>, needs = skip) =>
  test(
    name,
    { skip: needs },
    body,
  );

test_("find finds all that the runtime finds, and no more", async () => {
  const counts: Record<string, number> = {};
  for (let seed = 1; seed <= 40; seed++) {
    await inFolder(async (folder) => {
      const root = `${folder}/${["-r", "[r]*", "r\n", ".git"][seed % 4]}`;
      const random = generator(seed);
      const tree = generateTree(random, 120);
      await make(root, tree, random);
      const { listed, walked } = places(root, tree, random);
      const made = await listing(FIND, listed, { few: 0 });
      expect([seed, made !== undefined]).toEqual([seed, true]);
      const asked = { ...listed, skipped: walked };
      const read = found(asked);
      expect([seed, found(asked, made!.list)]).toEqual([seed, read]);
      for (const [what, value] of Object.entries(read)) {
        counts[what] = (counts[what] ?? 0) + [value].flat().length;
      }
    });
  }
  // The trees have what is looked for.
  const { git, parts, startup, newFolders, unreadable } = counts;
  const least = Math.min(git!, parts!, startup!, newFolders!, unreadable!);
  expect([counts, least > 10]).toEqual([counts, true]);
});

test_(
  "the second look sees every change, also one of the same moment",
  async () => {
    for (let seed = 1; seed <= 16; seed++) {
      await inFolder(async (root) => {
        const random = generator(1_000 + seed);
        const tree = generateTree(random, 120);
        await make(root, tree, random);
        const { listed, walked } = places(root, tree, random);
        // Some trees have rested, so that most of what was found counts again.
        const settled = seed % 8 === 0 ? 0 : undefined;
        if (settled === 0) {
          const { ctime } = Deno.lstatSync(root);
          while (Date.now() < ctime!.getTime() + 2_500) {
            await new Promise((resolve) => setTimeout(resolve, 50));
          }
        }
        const made = await listing(FIND, listed, {
          few: 0,
          ...settled === undefined ? {} : { settled },
        });
        const asked = { ...listed, skipped: walked };
        expect([seed, found(asked, made!.list)]).toEqual([seed, found(asked)]);
        await change(root, tree, random);
        expect([seed, found(asked, made!.again())])
          .toEqual([seed, found(asked)]);
      });
    }
  },
);

/** Makes, moves, exchanges and removes some of it. */
async function change(root: string, { folders }: Tree, random: () => number) {
  const bytes = latin1(root);
  const some = (share: number) =>
    folders.slice(1).filter(() => random() < share)
      .map((path) => `${bytes}${path}`);
  const more = generateTree(random, 12);
  for (const target of some(0.1)) {
    await make(named(target) ?? root, more, random);
  }
  const moved = some(0.08);
  await each(["-n2", "mv", "-T", "--"], moved.slice(0, moved.length & ~1));
  await each(["-n1", "rm", "-rf", "--"], some(0.05));
  await each(
    ["-n1", "sh", "-c", 'mv "$0" "$0.x" && ln -s . "$0"'],
    some(0.05),
  );
}

test_("names of startup places are one for find as well", async () => {
  // Each alternative, made a name: what varies is one letter or nothing.
  const names = STARTUP_NAMES.split(/\|(?![^(]*\))/).flatMap((pattern) =>
    [["x", ""], ["", "x"]].map(([any, some]) =>
      pattern.replaceAll("[^/]*", any!).replaceAll("[^/]+", "x")
        .replace(/\((?:\\\..+?)\)\?/g, some === "" ? "" : ".x")
        .replace(/\((-local)\)\?/, some! === "" ? "" : "$1")
        .replace(/\(ya\?ml.*\)/, "yml").replace(
          /^\\\.\?/,
          some === "" ? "" : ".",
        )
        .replaceAll("\\.", ".")
    )
  );
  await inFolder(async (root) => {
    for (const name of names) Deno.writeTextFileSync(`${root}/${name}`, "");
    const made = await listing(FIND, { roots: [root], skipped: [] }, {
      few: 0,
    });
    const read = found({ roots: [root], skipped: [] });
    expect(found({ roots: [root], skipped: [] }, made!.list)).toEqual(read);
    expect(names.filter(isStartupPlace).length).toBeGreaterThan(80);
  });
});

const noBash = await missing("bash");

test_("paths that are too long for the system are told of", async () => {
  await inFolder(async (root) => {
    const script = `
n=$(printf 'long%.0s' $(seq 50))
for at in $(seq 30); do mkdir "$n" && cd -P "./$n" || exit 1; done
mkdir .vscode`;
    await processOf(["bash", "-c", script], { cwd: root }).output();
    const listed = { roots: [root], skipped: [] };
    const made = await listing(FIND, listed, { few: 0 });
    const read = found(listed);
    expect(read.unreadable).toHaveLength(1);
    expect(found(listed, made!.list)).toEqual(read);
    expect(found(listed, made!.again())).toEqual(read);
  });
}, skip || noBash);

/** A program in the place of find, which starts the real one by "$@". */
function instead(folder: string, script: string): string {
  const path = `${folder}/find`;
  Deno.writeTextFileSync(path, `#!/bin/sh\nset -- ${FIND} "$@"\n${script}\n`, {
    mode: 0o755,
  });
  return path;
}

for (
  const [what, script] of [
    ["complains", '"$@"; exit 1'],
    ["is killed", "kill -9 $$"],
    ["is killed after all", '"$@"; kill -9 $$'],
    ["is cut off", '"$@" | head -c -1'],
    ["is not GNU's", 'echo "find: unrecognized: -printf"'],
    ["says nothing that was asked", "printf 'x/a\\0'"],
  ] as const
) {
  test_(
    `folders are read where find ${what}`,
    () =>
      inFolder(async (folder) => {
        Deno.mkdirSync(`${folder}/root/a/.git`, { recursive: true });
        const listed = { roots: [`${folder}/root`], skipped: [] };
        const whole = await listing(instead(folder, '"$@"'), listed, {
          few: 0,
        });
        expect(whole).toBeDefined();
        expect(await listing(instead(folder, script), listed, { few: 0 }))
          .toBeUndefined();
      }),
  );
}

test_(
  "folders are read where find is not installed, or they are few",
  () =>
    inFolder(async (folder) => {
      Deno.mkdirSync(`${folder}/a/.git`, { recursive: true });
      const listed = { roots: [folder], skipped: [] };
      expect(await listing(undefined, listed, { few: 0 })).toBeUndefined();
      expect(await listing(`${folder}/find`, listed, { few: 0 }))
        .toBeUndefined();
      expect(await listing(FIND, listed)).toBeUndefined();
    }),
);

test_(
  "folders are read where find may not read one",
  () =>
    inFolder(async (folder) => {
      Deno.mkdirSync(`${folder}/root/a/closed/.git`, { recursive: true });
      for (const path of ["", "/root", "/root/a"]) {
        Deno.chmodSync(`${folder}${path}`, 0o755);
      }
      const listed = { roots: [`${folder}/root`], skipped: [] };
      // The folder of the tests may be closed to the other user itself.
      const user = Deno.uid() === 0
        ? "setpriv --bounding-set=-all --inh-caps=-all "
        : "";
      const find = instead(folder, `exec ${user}"$@"`);
      Deno.chmodSync(`${folder}/root/a/closed`, 0o000);
      expect(await listing(find, listed, { few: 0 })).toBeUndefined();
      Deno.chmodSync(`${folder}/root/a/closed`, 0o755);
      expect(await listing(find, listed, { few: 0 })).toBeDefined();
    }),
  skip || noOtherUser,
);

test_(
  "folders are read where one is mounted in itself",
  () =>
    inFolder(async (folder) => {
      Deno.mkdirSync(`${folder}/root/a/loop`, { recursive: true });
      const listed = { roots: [`${folder}/root`], skipped: [] };
      const script = (mount: string) =>
        `exec unshare --user --mount -r sh -c '${mount} && exec "$@"' sh "$@"`;
      const loop = `mount --bind ${folder}/root ${folder}/root/a/loop`;
      expect(await listing(instead(folder, script("true")), listed, { few: 0 }))
        .toBeDefined();
      expect(await listing(instead(folder, script(loop)), listed, { few: 0 }))
        .toBeUndefined();
    }),
  skip || noMounts,
);

sandboxTest(
  "many folders are protected and compared as few are",
  { groq: "gsk_canary" },
  [],
  () => new Response("ok"),
  async ({ work, sh }) => {
    for (let at = 0; at < 200; at++) {
      Deno.mkdirSync(`${work}/p/${at}/src`, { recursive: true });
    }
    Deno.mkdirSync(`${work}/p/7/src/.vscode`);
    Deno.writeTextFileSync(`${work}/p/7/src/.vscode/tasks.json`, "mine");
    const { code, stderr } = await sh(`
      echo evil 2>/dev/null > p/7/src/.vscode/tasks.json
      mv p/7 p/gone 2>/dev/null
      mkdir -p p/9/src/.claude p/10/new/deep; echo x > p/10/new/deep/.mcp.json
      git init -q p/11/src`);
    expect(code).toBe(0);
    expect(Deno.readTextFileSync(`${work}/p/7/src/.vscode/tasks.json`))
      .toBe("mine");
    const news = stderr.split("\n").filter((line) => line.includes(work));
    expect(news.map((line) => /\/p\/[^: ]*/.exec(line)?.[0]).sort()).toEqual([
      "/p/10/new/deep/.mcp.json",
      "/p/11/src/.git",
      "/p/9/src/.claude",
    ]);
  },
);
