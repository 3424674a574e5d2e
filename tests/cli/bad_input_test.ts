// Bad input over every command: a known exit code, one error line, no stack, nothing that a terminal obeys.
import { expect } from "expect";
import { test } from "node:test";
import { COMMANDS } from "../../lib/cli/commands.ts";
import { describeFlags, positionals } from "../../lib/cli/help/describe.ts";
import { hasUnprintable } from "../../lib/cli/kit/terminal_text.ts";
import { withHome } from "../support/home.ts";
import { runCommand, type Situation } from "../support/fakes/fake_machine.ts";
import { Session } from "../support/terminal/terminal_script.ts";

const commands = await Promise.all(
  Object.entries(COMMANDS).filter(([, { group }]) => group).map(
    async ([name, entry]) => ({
      words: name.split(" "),
      positionals: positionals(await entry.load()),
      flags: describeFlags(await entry.load()),
    }),
  ),
);

async function expectRefusal(
  argv: string[],
  codes: number[],
  situation: Situation = {},
): Promise<void> {
  const label = argv.join(" ").slice(0, 100);
  const plain = await runCommand(argv, situation);
  expect({ label, allowed: codes.includes(plain.code), code: plain.code })
    .toEqual({ label, allowed: true, code: plain.code });
  expect(plain.stderr).toMatch(/^Error: .+\n(Hint: .+\n)?$/);
  expect(plain.stdout).toBe("");
  expect(plain.stderr.length).toBeLessThan(1000);
  expect(plain.stderr.split("\n").some(hasUnprintable)).toBe(false);

  const json = await runCommand(["--json", ...argv], situation);
  expect(json.code).toBe(plain.code);
  expect(json.stderr).toBe("");
  const object = JSON.parse(json.stdout);
  expect(Object.keys(object)).toEqual(["v", "error", "message", "hint"]);
  expect(hasUnprintable(json.stdout.replaceAll("\n", ""))).toBe(false);
}

test("every command refuses an unknown flag before it opens anything", async () => {
  for (const { words } of commands) {
    await expectRefusal([...words, "--no-such-flag"], [2]);
    for (
      const flag of [
        "--__proto__",
        "--constructor",
        "--to-string",
        "--x",
        "-Z",
        "-9",
        "-é",
        "---",
        "--=",
        "--json=1",
      ]
    ) await expectRefusal([...words, flag], [2]);
  }
});

/** Whether the words behind these are those of a command. */
function runsCommand(words: readonly string[]): boolean {
  return ["run", "ssh-agent"].includes(words.join(" "));
}

test("every command refuses control characters, endless arguments and too many of them", async () => {
  for (const { words } of commands) {
    for (
      const bad of [
        "a\x1b[31mred",
        "a\nb",
        "a\rb",
        "a\u202eb",
        "a\u0000b",
        "\ud800",
        "x".repeat(1_000_000),
      ]
    ) {
      // What these are given is the command's own, also how many there are.
      if (!runsCommand(words)) await expectRefusal([...words, bad], [2]);
      await expectRefusal([...words, `--connection=${bad}`], [2]);
    }
    if (!runsCommand(words)) {
      await expectRefusal([...words, ...Array(200).fill("one-more")], [2]);
    }
  }
});

test("every flag of every command refuses to do without its value, and values of another kind", async () => {
  const number = ["many", "-1", "1.5", "1e3", "0x10", "9".repeat(30)];
  for (const { words, flags, positionals } of commands) {
    const names = positionals.map(() => "github");
    for (const { name, value, values } of flags) {
      if (value === undefined) {
        await expectRefusal([...words, `${name}=yes`], [2]);
        continue;
      }
      await expectRefusal([...words, name], [2]);
      await expectRefusal([...words, `${name}=`], [2]);
      for (const bad of ["\x1b]0;owned\x07", "x".repeat(1_000_000)]) {
        await expectRefusal([...words, `${name}=${bad}`, ...names], [2]);
      }
      const kind = values
        ? ["nope", "constructor", values[0]!.toUpperCase()]
        : ["count", "seconds"].includes(value)
        ? number
        : [];
      for (const bad of kind) {
        await expectRefusal([...words, `${name}=${bad}`, ...names], [2]);
      }
    }
  }
});

test("every command refuses to do without its arguments", async () => {
  for (const { words, positionals } of commands) {
    if (positionals[0]?.usage.startsWith("<")) {
      await expectRefusal(words, [2]);
    }
  }
});

test("every command refuses names that do not exist or cannot be names", () =>
  withHome(async (home) => {
    const names = [
      "no-such-name",
      "../../etc/passwd",
      "constructor",
      "__proto__",
      "a b",
      "-",
      ".",
      "%2e%2e",
      "日本",
      "x".repeat(300),
      "",
    ];
    for (const { words, positionals } of commands) {
      if (!positionals[0]?.usage.startsWith("<")) continue;
      if (words.join(" ") === "profile create") continue;
      // It would make a key of that name.
      if (words.join(" ") === "ssh-agent generate") continue;
      // It would make a file of that name.
      if (words.join(" ") === "key backup") continue;
      // A helper of git ignores what it does not know (gitcredentials(7)).
      if (words.join(" ") === "credential git") continue;
      for (const name of names) {
        const values = positionals.map(() => name);
        // Its stdin, which is no export.
        if (words.join(" ") === "vault import" && name === "-") continue;
        await expectRefusal([...words, "--", ...values], [2, 3, 4], { home });
      }
    }
    for (const name of ["../x", "", " x", "-x", "x".repeat(300)]) {
      await expectRefusal(["profile", "create", "--", name], [2], { home });
      await expectRefusal([`--profile=${name}`, "whoami"], [2], { home });
    }
  }));

test("closed stdout or stderr ends every command quietly", () =>
  withHome(async (home) => {
    for (const { words, positionals } of commands) {
      // A login waits for a person, as the page does, and these for their command.
      if (["login", "ui"].includes(words[0]!) || runsCommand(words)) continue;
      // It would make a file here.
      if (words.join(" ") === "key backup") continue;
      const argv = [...words, ...positionals.map(() => "github"), "--verbose"];
      for (const closed of ["stdout", "stderr"] as const) {
        const result = await runCommand(argv, { home, closed });
        expect(result.stderr).not.toContain("Unexpected");
        expect(result.code).toBeLessThan(10);
      }
    }
  }));

test("a reader that goes away, and a full disk, as the system does it", async () => {
  await using session = await Session.open();
  const gone = await session.run(
    "authsome list | head -1; authsome inspect github | true; authsome list >&-; echo done",
  );
  expect(gone.stderr).toBe("");
  expect(gone.stdout).toMatch(/^PROVIDER.*\ndone\n$/);
  const full = await session.run("authsome list > /dev/full");
  expect(full.code).toBe(1);
  expect(full.stderr).toBe(
    "Error: Cannot write to stdout: the disk is full\nHint: Free some space, or write to another place\n",
  );
});

test("a home that cannot be written is refused with exit code 9", async () => {
  await using session = await Session.open();
  await Deno.writeTextFile(`${session.work}/file`, "");
  for (const home of ["file", "file/below", "bin/authsome/x"]) {
    for (const command of ["init", "list", "get github", "whoami"]) {
      const { code, stderr } = await session.run(`authsome ${command}`, {
        env: { AUTHSOME_HOME: `${session.work}/${home}` },
      });
      expect({ home, command, code }).toEqual({ home, command, code: 9 });
      expect(stderr).toMatch(/^Error: .+\nHint: .+\n$/);
    }
  }
  const relative = await session.run("authsome list", {
    env: { AUTHSOME_HOME: "home" },
  });
  expect(relative.code).toBe(2);
});
