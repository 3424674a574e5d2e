// What differs at a terminal: questions, colour, width, relative times.
import { expect } from "expect";
import { test } from "node:test";
import { runCommand } from "../support/fake_machine.ts";
import { withHome } from "../support/home.ts";

const ACME = JSON.stringify({
  schema_version: 1,
  name: "acme",
  display_name: "Acme",
  auth_type: "api_key",
  flow: "api_key",
  api_url: "api.acme-notes.com",
  api_key: {},
});

test("register asks at a terminal; only yes installs", () =>
  withHome(async (home) => {
    const files = { "acme.json": ACME };
    for (
      const [stdin, code] of [["n\n", 2], ["\n", 2], ["", 2], [
        "y\n",
        0,
      ]] as const
    ) {
      const result = await runCommand(["register", "acme.json"], {
        home,
        files,
        tty: true,
        stdin,
      });
      expect({ stdin, code: result.code }).toEqual({ stdin, code });
      expect(result.stderr).toContain("api.acme-notes.com");
      expect(result.stderr).toContain('Install "acme"? [y/N] ');
      const got = await runCommand(["inspect", "acme"], { home });
      expect(got.code).toBe(code === 0 ? 0 : 4);
    }
  }));

test("colour needs a terminal and no NO_COLOR; --quiet silences talk and never data", () =>
  withHome(async (home) => {
    const argv = ["list", "--search", "openai"];
    const escape = "\x1b[";
    const at = async (situation: object, ...more: string[]) =>
      (await runCommand([...argv, ...more], { home, ...situation })).stdout;
    expect(await at({ tty: true })).toContain(escape);
    expect(await at({})).not.toContain(escape);
    expect(await at({ tty: true, env: { NO_COLOR: "1" } })).not.toContain(
      escape,
    );
    expect(await at({ tty: true, env: { TERM: "dumb" } })).not.toContain(
      escape,
    );
    expect(await at({ tty: true }, "--no-color")).not.toContain(escape);
    const quiet = await runCommand(["init", "--quiet"], { home });
    expect(quiet).toEqual({ code: 0, stdout: `${home}\n`, stderr: "" });
  }));

test("list fits the width of the terminal", () =>
  withHome(async (home) => {
    const { stdout } = await runCommand(["list", "--no-color"], {
      home,
      tty: true,
      columns: 60,
    });
    const wide = stdout.split("\n").filter((line) => [...line].length > 60);
    expect(wide).toEqual([]);
  }));

test("an unknown error tells nothing that nobody checked, also with --verbose", async () => {
  for (const flags of [[], ["--verbose"]]) {
    // Without a home the broker must not be opened: the harness throws an ordinary error.
    const { code, stderr } = await runCommand(["whoami", ...flags]);
    expect(code).toBe(1);
    expect(stderr).toContain("Error: Unexpected failure (Error)");
    expect(stderr).not.toContain("the broker was opened");
    expect(stderr.includes("    at ")).toBe(flags.length > 0);
  }
});
