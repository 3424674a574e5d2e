// Completion in the shells themselves: a person at a terminal types a line and TAB.
import { expect } from "expect";
import { test } from "node:test";
import { missing } from "../../support/scenario.ts";
import { Session } from "../../support/terminal/terminal_script.ts";
import { Terminal } from "../../support/terminal/terminal.ts";

/** Words behind `authsome`, what is typed of the next one, and what TAB makes of it. */
const COMPLETED: readonly (readonly [
  before: string,
  typed: string,
  becomes: string,
])[] = [
  ["", "insp", "inspect"],
  ["", "--no-c", "--no-color"],
  ["profile", "cr", "create"],
  ["key", "st", "status"],
  ["get", "openr", "openrouter"],
  ["get", "--show", "--show-secret"],
  ["export --format", "pow", "powershell"],
  ["export", "--format=dot", "--format=dotenv"],
  ["logout openai --connection", "my", "my work"],
  ["logout openai --connection", "eu:", "eu:1"],
  ["logout openai --connection", "me@", "me@work"],
  ["logout openai --connection", "o", "o'brien"],
  ["logout openai --connection", "c", "cost $5"],
  ["logout openai", "--connection=my", "--connection=my work"],
  ["run --connection", "openai=my", "openai=my work"],
  ["--profile", "el", "else where"],
  ["", "--profile=el", "--profile=else where"],
  ["register", "acm", "acme.json"],
];

/** The same in the shells that quote as POSIX's does, and complete a path behind `=`. */
const POSIX: typeof COMPLETED = [
  ["logout openai --connection", "my\\ w", "my work"],
  ["logout openai --connection", '"my w', "my work"],
  ["logout openai --connection", "'my w", "my work"],
  ["logout openai --connection", '"c', "cost $5"],
  ["logout openai", '--connection="my', "--connection=my work"],
  ["logout 'openai' --connection", "my", "my work"],
  ["import netrc", "--path=acm", "--path=acme.json"],
  ["run -- ls", "./acm", "./acme.json"],
  ["run --only groq ls", "./acm", "./acme.json"],
  ["run --connection openai=x", "own-comm", "own-command"],
  ["run --quiet --", "own-comm", "own-command"],
  ["run --connection openai=x own-command --json", "spec", "special"],
];

/** The shell's own file, before the line that docs/install.md gives for it. */
const SHELLS = {
  bash: {
    file: ".bashrc",
    // The last is what bash-completion has.
    start: `PS1='ready> '
_command_offset() {
  if [[ $1 == "$COMP_CWORD" ]]; then
    COMPREPLY=($(compgen -c -- "\${COMP_WORDS[COMP_CWORD]}"))
  elif [[ \${COMP_WORDS[$1]} == own-command ]]; then COMPREPLY=(special)
  else compopt -o default; fi
}`,
  },
  zsh: {
    file: ".zshrc",
    start: "PS1='ready> '; autoload -Uz compinit; compinit -u\n" +
      "_own() { compadd special }; compdef _own own-command",
  },
  fish: {
    file: ".config/fish/config.fish",
    start:
      "function fish_prompt; echo -n 'ready> '; end; set fish_autosuggestion_enabled 0\n" +
      "complete -c own-command -f -a special",
  },
};

const reasons = new Map<string, string | false>();
for (const program of ["bash", "zsh", "fish", "pwsh", "python3"]) {
  reasons.set(program, await missing(program));
}

const install = await Deno.readTextFile(
  new URL("../../../docs/install.md", import.meta.url),
);

for (const [name, { file, start }] of Object.entries(SHELLS)) {
  inShell(name, [name, "python3"], async (session) => {
    await session.run(`mkdir -p "$(dirname ~/${file})"`);
    await Deno.writeTextFile(
      `${session.work}/${file}`,
      `${start}\n${documented(name)}\n`,
    );
    await using terminal = await Terminal.open(session, [name, "-i"]);
    for (const [before, typed, becomes] of [...COMPLETED, ...POSIX]) {
      expect(await terminal.words(`authsome ${before} ${typed}\t`)).toEqual(
        ["authsome", ...wordsOf(before), becomes],
      );
    }
    // Where there is a choice, all are shown; bash wants TAB twice for it.
    const tab = name === "bash" ? "\t\t" : "\t";
    await terminal.type(`authsome get open${tab}`);
    await terminal.shows(/openai.*openrouter/s);
    expect(await terminal.words("r\t")).toEqual([
      ...["authsome", "get", "openrouter"],
    ]);
    await terminal.type(`authsome profile ${tab}`);
    await terminal.shows(
      name === "bash" ? /create.*rename/s : /Make a profile/,
    );
    expect(await terminal.words("u\t")).toEqual([
      ...["authsome", "profile", "use"],
    ]);
    // Where there is none, the line stays as it is.
    expect(await terminal.words("authsome get github x\t"))
      .toEqual(["authsome", "get", "github", "x"]);
  });
}

inShell("zsh", ["zsh", "python3"], async (session) => {
  await session.run(
    "mkdir functions; authsome completions zsh > functions/_authsome",
  );
  await Deno.writeTextFile(
    `${session.work}/.zshrc`,
    `fpath=(~/functions $fpath); ${SHELLS.zsh.start}\n`,
  );
  await using terminal = await Terminal.open(session, ["zsh", "-i"]);
  for (const name of ["openrouter", "openrouter"]) {
    expect(await terminal.words("authsome get openr\t"))
      .toEqual(["authsome", "get", name]);
  }
}, ", as a file of its functions");

inShell("pwsh", ["pwsh"], async (session) => {
  await Deno.writeTextFile(
    `${session.work}/lines.json`,
    JSON.stringify(
      COMPLETED.map(([before, typed]) => `authsome ${before} ${typed}`),
    ),
  );
  await Deno.writeTextFile(
    `${session.work}/tab.ps1`,
    `$ErrorActionPreference = 'Stop'
    ${documented("powershell")}
    function Show-Words { ConvertTo-Json -Compress @($args) }
    foreach ($line in Get-Content lines.json | ConvertFrom-Json) {
      $found = TabExpansion2 -inputScript $line -cursorColumn $line.Length
      $text = $line.Remove($found.ReplacementIndex, $found.ReplacementLength)
      $text = $text.Insert($found.ReplacementIndex, $found.CompletionMatches[0].CompletionText)
      Invoke-Expression ($text -replace '^authsome', 'Show-Words')
    }`,
  );
  const { stdout, stderr } = await session.run(
    "pwsh -NoProfile -NonInteractive -File tab.ps1",
  );
  expect(stderr).toBe("");
  // Paths get their folder.
  expect(stdout.trim().split("\n").map((line) => JSON.parse(line))).toEqual(
    COMPLETED.map(([before, , becomes]) => [
      ...wordsOf(before),
      becomes === "acme.json" ? "./acme.json" : becomes,
    ]),
  );
});

/** A test in a home with connections whose names need quoting; skipped, and said so, without one of `programs`. */
function inShell(
  shell: string,
  programs: readonly string[],
  body: (session: Session) => Promise<void>,
  more = "",
): void {
  const name = `${shell} completes what a person types${more}`;
  const skip = reasons.get(programs.find((each) => reasons.get(each)) ?? "") ??
    false;
  test(name, { skip }, async () => {
    await using session = await Session.open();
    const { code, stderr } = await session.run(
      `set -e; seed groq
      for name in 'my work' eu:1 me@work "o'brien" 'cost $5'; do seed openai "$name"; done
      authsome profile create 'else where' --quiet
      echo '{}' > acme.json
      echo '#!/bin/sh' > bin/own-command; chmod +x bin/own-command
      mkdir -p .local/share/fish/generated_completions`,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    await body(session);
  });
}

/** The line of docs/install.md for a shell. */
function documented(shell: string): string {
  const line = install.split("\n").find((line) =>
    line.includes(`authsome completions ${shell}`)
  );
  expect(line).toBeDefined();
  return line!;
}

function wordsOf(line: string): string[] {
  return line.split(" ").filter(Boolean).map((word) => word.replace(/'/g, ""));
}
