// `inspect` says when the facts of a definition were checked, and whether a second source had them.
import { expect } from "expect";
import { test } from "node:test";
import { runCommand } from "../../support/fakes/fake_machine.ts";
import { withHome } from "../../support/home.ts";

test("inspect shows when facts were checked, and those of one source", () =>
  withHome(async (home) => {
    for (const json of [[], ["--json"]]) {
      const openai = await runCommand(["inspect", "openai", ...json], { home });
      expect(JSON.parse(openai.stdout).checked).toMatch(/^20[0-9]{2}-/);
      expect(openai.stdout + openai.stderr).not.toMatch(/unverified/i);
      const figma = await runCommand(["inspect", "figma-mcp", ...json], {
        home,
      });
      expect(JSON.parse(figma.stdout).unverified).toBe(true);
      expect(figma.stderr).toContain("only one source");
    }
  }));
