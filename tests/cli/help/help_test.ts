import { expect } from "expect";
import { test } from "node:test";
import { COMMANDS, runsOther, subcommands } from "../../../lib/cli/commands.ts";
import { describeFlags } from "../../../lib/cli/help/describe.ts";
import { takeGlobals } from "../../../lib/cli/kit/globals.ts";
import { parseArguments } from "../../../lib/cli/kit/parser.ts";
import { VERSION } from "../../../lib/version.ts";
import { runCommand } from "../../support/fakes/fake_machine.ts";

const shown = Object.entries(COMMANDS).filter(([, entry]) => entry.group);

test("--help of the program and of every command fits 80 columns and has an example", async () => {
  const groups = [
    ...new Set(
      shown.map(([name]) => name.split(" ")).filter((words) => words[1])
        .map(([group]) => group!),
    ),
  ];
  for (
    const words of [
      [],
      ...shown.map(([name]) => name.split(" ")),
      ...groups.map((group) => [group]),
    ]
  ) {
    const { code, stdout, stderr } = await runCommand([...words, "--help"]);
    expect({ words, code, stderr }).toEqual({ words, code: 0, stderr: "" });
    const wide = stdout.split("\n").filter((line) => [...line].length > 80);
    expect({ words, wide }).toEqual({ words, wide: [] });
    expect(stdout).toContain("Usage: authsome");
    if (!groups.includes(words.join(" "))) {
      expect(stdout).toMatch(/^Examples?:$/m);
    }
  }
});

test("help names every command and every flag", async () => {
  const { stdout } = await runCommand([]);
  for (const [name, { brief }] of shown) {
    expect(stdout).toMatch(new RegExp(`^  ${name} +${brief}$`, "m"));
  }
  for (const [name, entry] of shown) {
    const help = (await runCommand([...name.split(" "), "-h"])).stdout;
    for (const flag of describeFlags(await entry.load())) {
      expect(help).toContain(flag.name);
    }
  }
});

test("the examples of every command parse", async () => {
  for (const [its, entry] of Object.entries(COMMANDS)) {
    const { examples } = await entry.load();
    // What only another program calls has the set-up of that program, as `credential kubectl` has `setup kubectl`.
    expect([its, examples.some(([line]) => line.includes("authsome "))])
      .toEqual([its, true]);
    for (const [line] of examples) {
      const call = /authsome ([^|<>)"]*)/.exec(line)?.[1]?.trim();
      if (call === undefined) continue;
      const name = Object.keys(COMMANDS).filter((name) =>
        `${call} `.startsWith(`${name} `)
      ).sort((a, b) => b.length - a.length)[0]!;
      const command = await COMMANDS[name]!.load();
      const words = call.split(" ").filter(Boolean);
      const { rest, problem } = takeGlobals(words, runsOther);
      expect(problem).toBeUndefined();
      await parseArguments(
        name,
        command,
        rest.slice(name.split(" ").length),
      );
    }
  }
});

test("help names only commands that exist, and groups are found", () => {
  expect(subcommands("profile").length).toBeGreaterThan(3);
  expect(subcommands("get")).toEqual([]);
});

test("--version is that of deno.json and opens nothing", async () => {
  const { version } = JSON.parse(
    await Deno.readTextFile(new URL("../../../deno.json", import.meta.url)),
  );
  expect(VERSION).toBe(version);
  expect((await runCommand(["list", "-v"])).stdout).toBe(
    `authsome ${version}\n`,
  );
});
