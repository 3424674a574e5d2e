// Commands without their first argument: a list to choose from at a terminal, a usage error without one.
import { expect } from "expect";
import { test } from "node:test";
import { connect, withBroker } from "../support/connected.ts";
import { runCommand } from "../support/fakes/fake_machine.ts";
import { freePort } from "../support/free_port.ts";
import { withHome } from "../support/home.ts";
import { cliCommand } from "../support/program.ts";
import {
  NO_PSEUDO_TERMINAL,
  PseudoTerminal,
} from "../support/terminal/pseudo_terminal.ts";

/** What the lists show, by their values. */
const values = (stderr: string) =>
  [...stderr.matchAll(/^- (.+?): /gm)].map(([, value]) => value);

test("without a terminal, and for JSON, the argument is missing", () =>
  withHome(async (home) => {
    await withBroker(home, (broker) => connect(broker, "openai", "sk-1"));
    for (const name of ["login", "import", "logout", "revoke"]) {
      for (
        const [argv, tty] of [[[name], false], [
          [name, "--json"],
          true,
        ]] as const
      ) {
        const { code, stdout, stderr } = await runCommand(argv, { home, tty });
        expect({ argv, code }).toEqual({ argv, code: 2 });
        expect(stdout + stderr).toMatch(/issing/);
      }
    }
    const { code } = await runCommand(["login", "--stdin"], {
      home,
      tty: true,
      stdin: "sk-1\n",
    });
    expect(code).toBe(2);
  }));

test("login shows what is connected, then what is popular, then all", () =>
  withHome(async (home) => {
    await withBroker(home, async (broker) => {
      await connect(broker, "zoom", "key-1");
      await connect(broker, "github-pat", "ghp_1");
    });
    const { code, stderr } = await runCommand(["login"], { home, tty: true });
    expect(code).toBe(2);
    const shown = values(stderr);
    expect(shown.slice(0, 4)).toEqual([
      "github-pat",
      "zoom",
      "github",
      "openai",
    ]);
    const rest = shown.slice(22);
    expect(rest).toEqual(rest.toSorted());
    const { names } = (await import("../../providers/mod.ts")).bundledProviders;
    expect(shown.toSorted()).toEqual([...names].toSorted());
    expect(stderr).toContain("- zoom: zoom Zoom (connected: default)");
  }));

test("a provider that needs an OAuth app comes with the easier ways by name", () =>
  withHome(async (home) => {
    const login = (stdin: string) =>
      runCommand(["login"], { home, tty: true, stdin });
    const { stderr } = await login("github\n");
    expect(values(stderr).slice(-4)).toEqual([
      "login github-pat",
      "login github --flow device_code",
      "import gh",
      "app",
    ]);
    // The chosen one is done: a source that is not there says so.
    const imported = await login("github\nimport gh\n");
    expect(imported.stderr).toContain('Cannot import from "');
    expect(imported.code).toBe(5);
  }));

test("a provider that is connected is connected anew or once more", () =>
  withHome(async (home) => {
    await withBroker(home, (broker) => connect(broker, "openai", "sk-1"));
    const { stderr } = await runCommand(["login"], {
      home,
      tty: true,
      stdin: "openai\nnew\n",
    });
    expect(values(stderr).slice(-2)).toEqual(["new", "/default"]);
    expect(stderr).toContain("Name of the new connection");
  }));

test("logout deletes the chosen connection", () =>
  withHome(async (home) => {
    await withBroker(home, async (broker) => {
      await connect(broker, "openai", "sk-1");
      await connect(broker, "openai", "sk-2", "work");
      await connect(broker, "groq", "gsk-3");
    });
    const logout = (stdin: string, ...flags: string[]) =>
      runCommand(["logout", ...flags], { home, tty: true, stdin });
    const done = await logout("openai/work\n");
    expect(values(done.stderr)).toEqual([
      "groq/default",
      "openai/default",
      "openai/work",
    ]);
    expect(done.stderr).toContain("Deleted connection openai/work.");
    expect((await logout("", "--connection", "work")).code).toBe(3);
    expect((await logout("groq/default\n")).code).toBe(0);
    expect((await logout("openai/default\n")).code).toBe(0);
    const none = await logout("");
    expect(none.code).toBe(3);
    expect(none.stderr).toContain("Nothing is connected");
  }));

test("revoke asks, and says what is lost; --yes does not", () =>
  withHome(async (home) => {
    await withBroker(home, async (broker) => {
      await connect(broker, "openai", "sk-1");
      await connect(broker, "openai", "sk-2", "work");
    });
    const revoke = (argv: string[], stdin: string, tty = true) =>
      runCommand(["revoke", ...argv], { home, tty, stdin });
    for (const stdin of ["n\n", "\n", ""]) {
      const refused = await revoke(["openai"], stdin);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain("Revoke openai/default, openai/work");
    }
    // Nobody can be asked, so nothing is done.
    expect((await revoke(["openai"], "y\n", false)).code).toBe(2);
    const missing = await revoke(["groq"], "y\n");
    expect(missing.code).toBe(3);
    expect(missing.stderr).not.toContain("[y/N]");

    const chosen = await revoke([], "openai/work\ny\n");
    expect(values(chosen.stderr))
      .toEqual(["openai/default", "openai/work", "openai"]);
    expect(chosen.stderr).toContain("Deleted openai/work here");
    const all = await revoke(["openai", "--yes"], "", false);
    expect(all.stderr).toContain("Deleted openai/default here");
    expect((await revoke([], "")).code).toBe(3);
  }));

test("import shows every source, and asks for a place that is not usual", () =>
  withHome(async (home) => {
    const { SOURCES } = await import("../../lib/import/sources.ts");
    const { stderr, code } = await runCommand(["import"], {
      home,
      tty: true,
      stdin: "python-authsome\n/nowhere\n",
    });
    expect(values(stderr)).toEqual(Object.keys(SOURCES));
    expect(stderr).toContain("Its file or folder");
    expect(stderr).toContain("/nowhere");
    expect(code).toBe(5);
  }));

test("what is typed narrows the list down, the nearest first", {
  skip: NO_PSEUDO_TERMINAL,
}, () =>
  withHome(async (home) => {
    const env = {
      AUTHSOME_HOME: home,
      HOME: home,
      AUTHSOME_PORT: String(freePort()),
      NO_COLOR: "1",
      PATH: Deno.env.get("PATH")!,
      DENO_NO_UPDATE_CHECK: "1",
      ...Deno.env.has("DENO_DIR")
        ? { DENO_DIR: Deno.env.get("DENO_DIR")! }
        : {},
    };
    await using terminal = new PseudoTerminal(
      cliCommand("login", "--no-browser"),
      { env },
    );
    await terminal.shows("What do you want to connect?");
    // "azure-devops" and others hold these letters too.
    await terminal.type("op");
    await terminal.shows("● openai");
    await terminal.type("enrouter");
    await terminal.shows("● openrouter");
    await terminal.type("\x7f".repeat(8) + "qqq\r");
    await terminal.shows("Nothing matches");
    await terminal.type("\x7f".repeat(5) + "linear\r");
    await terminal.shows("Linear needs an OAuth app of yours");
    await terminal.shows("login linear-api-key");
    await terminal.type("\r");
    await terminal.shows("API key of Linear");
    await terminal.type(`lin_api_${"c".repeat(40)}\r`);
    await terminal.shows("Connected linear-api-key/default");
    expect(await terminal.ended()).toEqual({ code: 0, restored: true });
    expect(terminal.screen).not.toContain("lin_api_c");
  }));

test("a login that needs an OAuth app names the easier ways at a terminal", {
  skip: NO_PSEUDO_TERMINAL,
}, () =>
  withHome(async (home) => {
    const { PATH, DENO_DIR } = Deno.env.toObject();
    await using terminal = new PseudoTerminal(
      cliCommand("login", "github", "--no-browser"),
      {
        env: {
          AUTHSOME_HOME: home,
          HOME: home,
          AUTHSOME_PORT: String(freePort()),
          PATH: PATH!,
          DENO_NO_UPDATE_CHECK: "1",
          ...DENO_DIR ? { DENO_DIR } : {},
        },
      },
    );
    await terminal.shows(
      "Easier: authsome login github-pat, authsome login github --flow device_code, authsome import gh",
    );
    await terminal.shows("Client ID");
    await terminal.type("\x04");
    expect((await terminal.ended()).code).toBe(2);
  }));
