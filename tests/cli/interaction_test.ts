// What differs at a terminal: questions, colour, width, relative times.
import { expect } from "expect";
import { test } from "node:test";
import { runCommand } from "../support/fakes/fake_machine.ts";
import { connect, withBroker } from "../support/connected.ts";
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

test("list shows what is connected first, and fits the width of the terminal", () =>
  withHome(async (home) => {
    await withBroker(home, async (broker) => {
      await connect(broker, "openai", "sk-1");
      await connect(broker, "zoom", "sk-2");
    });
    for (const columns of [40, 60, 80, 200]) {
      const list = async (...more: string[]) =>
        (await runCommand(["list", "--all", ...more], {
          ...{ home, tty: true, columns },
        }))
          .stdout.split("\n");
      const lines = await list("--no-color");
      expect(lines.filter((line) => [...line].length > columns)).toEqual([]);
      expect(lines.slice(1, 3).map((line) => line.split(" ")[0]))
        .toEqual(["openai", "zoom"]);
      const { names } = (await import("../../providers/mod.ts"))
        .bundledProviders;
      const words = new Set(lines.join(" ").split(/[ ,]+/));
      expect(names.filter((name) => !words.has(name))).toEqual([]);
      // Also where the word is cut, its colour tells.
      expect((await list())[1]).toContain("\x1b[32mconnec");
    }
    const piped = (await runCommand(["list"], { home })).stdout.trim().split(
      "\n",
    ).map((line) => line.split(" ")[0]!);
    expect(piped.slice(0, 3)).toEqual(["PROVIDER", "openai", "zoom"]);
    expect(piped.slice(3)).toEqual(piped.slice(3).toSorted());
    expect(piped.length).toBeGreaterThan(200);
  }));

test("list ends with the next command to type, at a terminal only", () =>
  withHome(async (home) => {
    const hint = async (tty: boolean, ...more: string[]) =>
      (await runCommand(["list", "--search", "openai", ...more], { home, tty }))
        .stderr;
    expect(await hint(true)).toBe("Connect one: authsome login <provider>\n");
    await withBroker(home, (broker) => connect(broker, "openai", "sk-1"));
    expect(await hint(true)).toContain("authsome run -- <command>");
    expect(await hint(true, "--quiet")).toBe("");
    expect(await hint(false)).toBe("");
    await withBroker(home, async ({ connections }) => {
      const connection = await connections.get("openai");
      await connections.save({ ...connection, state: "revoked" });
    });
    expect(await hint(true)).toBe(
      "Connect again: authsome login openai --force\n",
    );
  }));

test("the message of an unknown error is never shown, not even with --verbose", async () => {
  for (const flags of [[], ["--verbose"]]) {
    // Without a home the broker must not be opened: the harness throws an ordinary error.
    const { code, stderr } = await runCommand(["whoami", ...flags]);
    expect(code).toBe(1);
    expect(stderr).toContain("Error: Unexpected failure (Error)");
    expect(stderr).not.toContain("the broker was opened");
    expect(stderr.includes("    at ")).toBe(flags.length > 0);
  }
});
