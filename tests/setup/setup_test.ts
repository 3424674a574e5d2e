// `authsome setup`: the name that a person types runs the agent behind authsome, in real shells.
import { expect } from "expect";
import { test } from "node:test";
import { agentNamed, wrapperWords } from "../../lib/run/setup/agent_wrapper.ts";
import {
  hasAlias,
  withoutPath,
  withPath,
} from "../../lib/run/setup/shell_startup.ts";
import { missing } from "../support/missing.ts";
import { noSandbox } from "../support/sandbox/sandbox.ts";
import { program, read, withAgent } from "./agent_machine.ts";

test(
  "the name runs the agent behind authsome, once, and the exit code is its own",
  { skip: await missing("bash") },
  () =>
    withAgent(async ({ folder, home }, setup, shell) => {
      const rc = `${folder}/.bashrc`;
      Deno.writeTextFileSync(rc, "# own\n");
      Deno.chmodSync(rc, 0o640);
      const asked = await setup("codex");
      expect(asked.code).toBe(2);
      expect(asked.stderr).toContain("Say yes with --yes");
      expect(asked.stderr).toContain("+ exec authsome run -- codex");
      expect(read(rc)).toBe("# own\n");
      const dry = await setup("codex", "--dry-run", "--json");
      expect(JSON.parse(dry.stdout).outcome).toBe("dry_run");
      expect(read(rc)).toBe("# own\n");

      const { code, stderr } = await setup("codex", "--yes");
      expect(code).toBe(0);
      expect(stderr).toContain(`The real program is ${folder}/real/codex`);
      const written = read(rc);
      const again = await setup("codex", "--yes", "--json");
      expect(JSON.parse(again.stdout)).toMatchObject({ changed: false });
      expect(read(rc)).toBe(written);
      expect(Deno.statSync(rc).mode! & 0o777).toBe(0o640);

      expect(await shell("bash", "codex 'a b' twice; echo $?"))
        .toBe("real a b twice proxy=true sandbox=\n3\n");
      // What the agent starts is the agent, and behind the same proxy.
      expect(await shell("bash", "codex twice; echo $?")).toBe(
        "real twice proxy=true sandbox=\nreal once proxy=true sandbox=\n3\n",
      );
      // A shell in a run reads the startup file again.
      expect(await shell("bash", "authsome run bash -ic 'codex x'"))
        .toBe("real x proxy=true sandbox=\n");
      const list = await shell("bash", "authsome setup list --json");
      expect(JSON.parse(list).agents).toEqual([{
        agent: "codex",
        wrapper: `${home}/bin/codex`,
        runs: "authsome run -- codex",
        program: `${folder}/real/codex`,
        first: true,
      }]);
      // The folder by another name is still no way back to the wrapper.
      Deno.symlinkSync(`${home}/bin`, `${folder}/linked`);
      expect(
        await shell("bash", `PATH=${folder}/linked/:$PATH; codex twice`),
      ).toBe(
        "real twice proxy=true sandbox=\nreal once proxy=true sandbox=\n",
      );

      const undone = await setup("--undo", "codex", "--yes");
      expect(undone.code).toBe(0);
      expect(read(rc)).toBe("# own\n");
      expect(await shell("bash", "codex x")).toBe("real x proxy= sandbox=\n");
      const twice = await setup("--undo", "codex", "--yes");
      expect([twice.code, twice.stdout]).toEqual([0, "codex is not set up\n"]);
    }),
);

test(
  "in the sandbox, also from a plain run",
  { skip: noSandbox },
  () =>
    withAgent(async (_, setup, shell) => {
      expect((await setup("codex", "--sandbox", "--yes")).code).toBe(0);
      const words = '-c sandbox_mode="danger-full-access"';
      expect(await shell("bash", "codex twice")).toBe(
        `real ${words} twice proxy=true sandbox=true\n`,
      );
      expect(await shell("bash", "authsome run bash -ic 'codex x'"))
        .toBe(`real ${words} x proxy=true sandbox=true\n`);
    }),
);

for (const name of ["zsh", "fish"]) {
  test(
    `in ${name} too`,
    { skip: await missing(name, "-c", "true") },
    () =>
      withAgent(async (scenario, _, shell) => {
        const { folder, env } = scenario;
        const setup = (...args: string[]) =>
          scenario.authsome(["setup", ...args], {
            env: {
              PATH: `${folder}/real:${env.PATH}`,
              SHELL: `/usr/bin/${name}`,
              XDG_CONFIG_HOME: `${folder}/config`,
            },
          });
        expect((await setup("codex", "--yes")).code).toBe(0);
        expect(await shell(name, "codex x"))
          .toBe("real x proxy=true sandbox=\n");
        expect((await setup("--undo", "codex", "--yes")).code).toBe(0);
        expect(await shell(name, "codex x")).toBe("real x proxy= sandbox=\n");
      }),
  );
}

test("what is not ours is not touched, and said", () =>
  withAgent(async ({ folder, home }, setup) => {
    program(`${home}/bin/codex`, "#!/bin/sh\n");
    const foreign = await setup("codex", "--yes");
    expect(foreign.code).toBe(4);
    expect(foreign.stderr).toContain("another file is there");
    expect(read(`${home}/bin/codex`)).toBe("#!/bin/sh\n");
    Deno.removeSync(`${home}/bin/codex`);

    const rc = `${folder}/.bashrc`;
    for (
      const text of [
        "# >>> authsome setup >>>\n",
        "# <<< authsome setup <<<\n# >>> authsome setup >>>\n",
      ]
    ) {
      Deno.writeTextFileSync(rc, text);
      const broken = await setup("codex", "--yes");
      expect(broken.code).toBe(4);
      expect(read(rc)).toBe(text);
    }
    Deno.writeFileSync(rc, new Uint8Array([0xff, 0xfe, 0x0a]));
    expect((await setup("codex", "--yes")).code).not.toBe(0);
    expect(Deno.readFileSync(rc)).toEqual(new Uint8Array([0xff, 0xfe, 0x0a]));
    expect([...Deno.readDirSync(`${home}/bin`)]).toEqual([]);

    Deno.writeTextFileSync(rc, "alias claude='x'\n");
    const { stderr } = await setup("claude-code", "--yes", "--no-shell");
    expect(read(rc)).toBe("alias claude='x'\n");
    expect(stderr).toContain("claude is not on the PATH");
    expect(stderr).toContain("comes before the wrapper");
    expect(stderr).toContain("Put this in the startup file");
    const unknown = await setup("emacs", "--yes");
    expect([unknown.code, unknown.stderr.includes("Choose one of")])
      .toEqual([2, true]);
  }));

test("the lines are found again, wherever they are", () => {
  const once = withPath("a\n", "/bin/zsh", "/h/it's/bin", "rc");
  expect(withPath(`${once}b`, "/bin/zsh", "/h/it's/bin", "rc"))
    .toBe(`${once}b`);
  expect(withoutPath(`${once}b`, "rc")).toBe("a\nb");
  expect(withoutPath(withPath("", "fish", "/h", "rc"), "rc")).toBe("");
  expect(withPath("a", "bash", "/h", "rc")).toContain("a\n# >>>");
  expect(hasAlias("  alias -g codex=x", "codex")).toBe(true);
  expect(hasAlias("codex () {", "codex")).toBe(true);
  expect(hasAlias("function codex\n", "codex")).toBe(true);
  expect(hasAlias("alias codexa=x\n# alias codex=x", "codex")).toBe(false);
  expect(agentNamed("claude-code")).toBe("claude");
  expect(() => agentNamed("__proto__")).toThrow("not an agent");
  expect(
    wrapperWords("claude", {
      ...{ command: "authsome", sandbox: true, profile: "work", only: "a,b" },
    }),
  ).toEqual([
    ...["authsome", "--profile", "work", "run", "--sandbox", "--agent"],
    ...["claude", "--only", "a,b", "--", "claude"],
  ]);
});
