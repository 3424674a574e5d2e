// Completion in the shells themselves, and what they are told.
import { expect } from "expect";
import { test } from "node:test";
import { runCommand } from "../support/fake_machine.ts";
import { withHome } from "../support/home.ts";
import { Session } from "../support/terminal_script.ts";

const proposals = async (home: string, ...words: string[]) => {
  const { code, stdout, stderr } = await runCommand(
    ["__complete", "--", ...words],
    { home },
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout.split("\n").filter(Boolean).map((line) => line.split("\t")[0]);
};

test("__complete proposes commands, flags, values, providers and paths", () =>
  withHome(async (home) => {
    expect(await proposals(home, "lo")).toEqual(["login", "logout", "log"]);
    expect(await proposals(home, "profile", "")).toEqual([
      "list",
      "create",
      "use",
      "rename",
      "bind",
      "delete",
    ]);
    expect(await proposals(home, "get", "--sh")).toEqual(["--show-secret"]);
    expect(await proposals(home, "--json", "get", "openr")).toEqual([
      "openrouter",
    ]);
    expect(await proposals(home, "export", "--format", "p")).toEqual([
      "powershell",
    ]);
    expect(await proposals(home, "export", "--format=d")).toEqual([
      "--format=dotenv",
    ]);
    expect(await proposals(home, "export", "--format", "=", "d")).toEqual([
      "dotenv",
    ]);
    expect(await proposals(home, "register", "")).toEqual([":files"]);
    expect(await proposals(home, "run", "--", "")).toEqual([":files"]);
    expect(await proposals(home, "nonsense", "")).toEqual([]);
    expect(await proposals(home, "get", "github", "")).toEqual([]);
  }));

test("a connection is proposed as each command wants it", async () => {
  await using session = await Session.open();
  const { stdout } = await session.run(`seed openai side
    for words in "get openai --connection" "run --connection" \
      "explain https://api.openai.com/ --connection"; do
      authsome __complete -- $words ''; done`);
  expect(stdout).toBe("side\nopenai=side\nopenai=side\n");
});

/** Each shell's own way to ask for completions without a terminal, and what it should answer. */
const SHELLS = [
  {
    name: "bash",
    script: `eval "$(authsome completions bash)"
      COMP_WORDS=(authsome get open); COMP_CWORD=2; _authsome; printf '%s\\n' "\${COMPREPLY[@]}"
      COMP_WORDS=(authsome get openai --connection ''); COMP_CWORD=4; _authsome; printf '%s\\n' "\${COMPREPLY[@]}"`,
    stdout: "openai\nopenrouter\nmy\\ work\nside\n",
  },
  {
    name: "fish",
    script: `authsome completions fish | source
      complete -C 'authsome get open'; complete -C 'authsome profile u'`,
    stdout: "openai\nopenrouter\nuse\tUse a profile from now on\n",
  },
  {
    // Without a terminal zsh completes nothing: its own two functions are stood in for.
    name: "zsh",
    script:
      `compdef() { echo "compdef $*" }; _describe() { print -l -- "\${(@P)2}" }
      eval "$(authsome completions zsh)"
      words=(authsome get open); CURRENT=3; _authsome
      words=(authsome profile u); CURRENT=3; _authsome`,
    stdout:
      "compdef _authsome authsome\nopenai\nopenrouter\nuse:Use a profile from now on\n",
  },
];

for (const { name, script, stdout } of SHELLS) {
  const shell = which(name);
  test(`${name} completes names of providers and connections`, {
    skip: shell ? false : `${name} is not installed`,
  }, async () => {
    await using session = await Session.open();
    await session.run("seed openai 'my work'; seed openai side");
    expect(await session.run(script, { shell })).toEqual({
      stdout,
      stderr: "",
      code: 0,
    });
  });
}

function which(name: string): string | undefined {
  return (Deno.env.get("PATH") ?? "").split(":").map((folder) =>
    `${folder}/${name}`
  ).find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}
