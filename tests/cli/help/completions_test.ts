// What the shells are told; what they do with it is in completion_shells_test.ts.
import { expect } from "expect";
import { test } from "node:test";
import { COMPLETION_SCRIPTS } from "../../../lib/cli/help/completion_scripts.ts";
import { runCommand } from "../../support/fakes/fake_machine.ts";
import { withHome } from "../../support/home.ts";
import { parsePowerShell } from "../../support/terminal/powershell.ts";
import { Session } from "../../support/terminal/terminal_script.ts";

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
    expect(await proposals(home, "connections", "")).toEqual([
      "list",
      "inspect",
      "set-default",
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
    expect(await proposals(home, "--log-file=a")).toEqual([":files"]);
    expect(await proposals(home, "import", "netrc", "--path=a")).toEqual([
      ":files",
    ]);
    expect(await proposals(home, "register", "")).toEqual([":files"]);
    for (
      const [words, begin] of [
        [["run", ""], 1],
        [["run", "--", ""], 2],
        [["run", "--only", "groq", "curl", "--profile", ""], 3],
        [["--quiet", "run", "--sandbox", "curl", "--"], 3],
        [["doctor", "--client", "cu"], 2],
      ] as const
    ) {
      expect(await proposals(home, ...words)).toEqual([":command"]);
      const { stdout } = await runCommand(["__complete", "--", ...words], {
        home,
      });
      expect(stdout).toBe(`:command\t${begin}\n`);
    }
    expect(await proposals(home, "run", "--al")).toContain("--all-connections");
    expect(await proposals(home, "get", "--", "")).toEqual([":files"]);
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

test("the completion script for PowerShell is PowerShell", async () => {
  const script = await parsePowerShell(COMPLETION_SCRIPTS.powershell);
  expect(script.descendantsOfType("command_name").map((each) => each!.text))
    .toContain("Register-ArgumentCompleter");
});
