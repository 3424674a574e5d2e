/** git and what fetches by it. @module */
import type { Row } from "../row.ts";

const URL = "https://github.com/team";
const GIT = { command: ["git", "--version"] };

/** A clone of `team/project` in `p`, with one more commit; `script` may add to it. */
const cloned = (script = "true") => [[
  "sh",
  "-ec",
  `git clone -q $REPOSITORIES/team/project.git p; cd p
   git remote set-url origin ${URL}/project.git
   ${script}
   git add .; git commit -q --allow-empty -m second`,
]];

const row = (name: string, row: Omit<Row, "name" | "provider">): Row => ({
  name,
  provider: "github-pat",
  ...row,
});

const PUSH = ["git", "-C", "p", "push", "-q", "--force", "origin"];

export const OF_GIT: readonly Row[] = [
  row("git-clone", {
    command: ["git", "clone", "-q", `${URL}/project.git`],
    version: GIT,
  }),
  row("git-ls-remote", {
    command: ["git", "ls-remote", `${URL}/project.git`],
    version: GIT,
  }),
  row("git-push", {
    command: [...PUSH, "HEAD:refs/heads/small"],
    before: cloned(),
    version: GIT,
  }),
  row("git-push-large", {
    command: [...PUSH, "HEAD:refs/heads/large"],
    before: cloned("head -c 3000000 /dev/urandom > large"),
    version: GIT,
  }),
  row("git-lfs", {
    command: ["git", "-C", "p", "lfs", "locks"],
    before: cloned(),
    version: { command: ["git-lfs", "--version"] },
  }),
  row("go-get-private", {
    command: ["go", "mod", "download", "github.com/team/module@v1.0.0"],
    files: { "go.mod": "module example.com/own\n\ngo 1.20\n" },
    env: {
      GOPRIVATE: "github.com/team",
      GOPATH: "{work}/go",
      GOCACHE: "{work}/cache",
      GOFLAGS: "-modcacherw",
    },
    version: { command: ["go", "version"] },
  }),
  row("cargo-git", {
    command: ["cargo", "fetch"],
    files: {
      "Cargo.toml":
        `[package]\nname = "own"\nversion = "1.0.0"\nedition = "2021"\n[lib]\npath = "lib.rs"\n[dependencies]\ncrate-of-team = { git = "${URL}/crate.git" }\n`,
      "lib.rs": "",
    },
    env: { CARGO_HOME: "{work}/cargo", RUSTUP_HOME: "{rustup}" },
    version: { command: ["cargo", "--version"] },
  }),
  row("pip-private-git", {
    command: [
      ...["{python}", "-m", "pip", "install", "-q", "--no-deps"],
      ...[
        "--no-build-isolation",
        "--no-cache-dir",
        "--target",
        "{work}/target",
      ],
      `git+${URL}/package.git`,
    ],
    version: { pypi: "pip" },
  }),
];
