/**
 * What a test needs beside Deno or Node, npm, git, `sh` and the small programs of every system (coreutils, grep, sed). A
 * test is skipped where that is absent. CI, which installs it, names the programs whose absence is a failure to the runner
 * (`scripts/skips.ts`).
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { basename } from "node:path";

/** Programs that tests, pages and terminal sessions start and that not every machine has. */
const OPTIONAL = (
  "actionlint age age-keygen awk aws bash bwrap chromium cmp curl dbus-run-session diff docker dpkg dpkg-deb find fish flock gcc git " +
  "gnome-keyring-daemon go gpg groff gzip ip java javac jq keyctl keytool ldd logger lsof make man mandoc mount nc nsenter openssl perl " +
  "pgrep pip pkill ps pwsh python python3 rsyslogd ruby script secret-tool setpriv setsid socat sqlite3 ss ssh ssh-add ssh-keygen strace su sudo tar " +
  "tmux unshare unzip wget which xargs xxd xz zip zsh"
).split(" ");

/** Where a piece of shell starts one of them; after `--`, a command of ours starts it. */
const STARTED = new RegExp(
  String
    .raw`(?:^|[;&|(]|\s--|\b(?:then|do|else|exec|env)\b|\btimeout \d+|\b[A-Z_]+=\S*)` +
    String.raw`[ \t]*(?:/(?:usr/)?s?bin/)?(${
      OPTIONAL.join("|")
    })(?=[\s;&|)]|$)`,
  "gm",
);

/** The programs that a piece of shell starts and that not every machine has, each once. */
export function programsIn(shell: string): string[] {
  return [...new Set([...shell.matchAll(STARTED)].map(([, name]) => name!))];
}

/** What those say their version by that do not know `--version`. */
const VERSION: Readonly<Record<string, string[]>> = {
  go: ["version"],
  ip: ["-V"],
  keytool: ["-help"],
  openssl: ["version"],
  socat: ["-V"],
  ss: ["-V"],
  ssh: ["-V"],
};

/** Programs that say no version, and the one that comes with each. */
const BESIDE: Readonly<Record<string, string>> = {
  "ssh-add": "ssh",
  "ssh-keygen": "ssh",
};

/**
 * Why a test that needs `program` (a name or a path) must be skipped, or `false`: whether it runs with `args` (by default,
 * what it says its version by) and succeeds. The reason begins with the program's name.
 */
// The rest of the module must not wait: Node ends once the tests that it knows by then are done.
// deno-lint-ignore require-await
export async function missing(
  named: string,
  ...args: string[]
): Promise<string | false> {
  const program = BESIDE[named] ?? named;
  const words = args.length > 0
    ? args
    : VERSION[basename(program)] ?? ["--version"];
  const line = [program, ...words].join(" ");
  const reason = reasons.get(line) ?? reasonOf(program, words);
  reasons.set(line, reason);
  return reason;
}

/** Each is asked for once, by its command line. */
const reasons = new Map<string, string | false>();

function reasonOf(program: string, args: string[]): string | false {
  const name = basename(program);
  const { error, status } = spawnSync(program, args, { stdio: "ignore" });
  if (error) return `${name} is not installed`;
  return status === 0 ? false : `${name} ${args.join(" ")} does not work here`;
}

/** The same for several programs: the reason of the first that is missing. */
export async function missingOf(
  programs: readonly string[],
): Promise<string | false> {
  for (const program of programs) {
    const reason = await missing(program);
    if (reason) return reason;
  }
  return false;
}
