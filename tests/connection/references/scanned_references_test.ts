// What `scan` makes of references in files: connections, once the person agrees, and never the start of a command.
import { expect } from "expect";
import { test } from "node:test";
import { fakeManager } from "../../support/fakes/fake_manager.ts";
import { type Scenario, withScenario } from "../../support/scenario.ts";

const KEY = "gsk_canary_first_0123456789abcdef";
const REFERENCE = "op://vault/item/field";

function folder(
  text: string,
  body: (
    scenario: Scenario & {
      op: ReturnType<typeof fakeManager>;
      scan(...args: string[]): ReturnType<Scenario["authsome"]>;
    },
  ) => Promise<void>,
) {
  return () =>
    withScenario(
      {},
      ["api.groq.com"],
      () => new Response(),
      async (scenario) => {
        const op = fakeManager(scenario.folder, "op", {
          prints: { [`read --no-newline ${REFERENCE}`]: KEY },
        });
        scenario.env.PATH = `${op.folder}:${scenario.env.PATH}`;
        const cwd = `${scenario.folder}/project`;
        Deno.mkdirSync(cwd);
        Deno.writeTextFileSync(`${cwd}/.env`, text);
        const scan = (...args: string[]) =>
          scenario.authsome(["scan", ...args], { cwd });
        await body({ ...scenario, op, scan });
      },
    );
}

test(
  "a reference in a file becomes a connection that is read from there",
  folder(`GROQ_API_KEY="${REFERENCE}"\n`, async ({ authsome, scan, op }) => {
    const seen = await scan();
    expect(seen.stdout).toMatch(
      /groq\/default +GROQ_API_KEY +\.env +reference/,
    );
    expect(seen.stderr).toContain(
      `GROQ_API_KEY (.env) refers to ${REFERENCE}, which a connection can be read from.`,
    );
    expect(seen.stderr).toContain("authsome scan --import");
    // Neither what is only looked at nor what nobody agreed to starts a program.
    expect((await scan("--import")).code).not.toBe(0);
    expect(op.calls()).toEqual([]);
    const done = await scan("--import", "--yes");
    expect(done).toMatchObject({ code: 0 });
    expect(done.stderr).toContain("Imported groq/default.");
    expect((await authsome(["token", "groq"])).stdout).toBe(`${KEY}\n`);
    expect((await authsome(["list", "--connected"])).stdout).toContain(
      `default from ${REFERENCE}`,
    );
    const json = JSON.parse((await scan("--json")).stdout);
    expect(json.variables).toContainEqual(expect.objectContaining({
      provider: "groq",
      reference: REFERENCE,
      status: "match",
    }));
    expect((await scan("--import", "--yes")).stderr).toContain(
      "There is nothing to import.",
    );
  }),
);

test(
  "a locked manager is said, with the command that unlocks it, and nothing is made",
  folder(`GROQ_API_KEY=${REFERENCE}\n`, async ({ authsome, scan, op }) => {
    op.lock("[ERROR] You are not currently signed in. canary");
    const ended = await scan("--import", "--yes");
    expect(ended.stderr).toContain("op signin");
    expect(ended.stderr).not.toContain("canary");
    expect((await authsome(["token", "groq"])).code).toBe(3);
  }),
);

test(
  "no file makes authsome start a command, or hand over a variable",
  folder("", async ({ authsome, scan, folder, op }) => {
    const place = `${folder}/started`;
    for (
      const value of [
        `cmd:touch ${place}`,
        `'cmd:touch ${place}'`,
        "env:HOME",
        "op://-x",
        `op://vault/item/field --config ${folder}`,
        `pass:../../x`,
      ]
    ) {
      Deno.writeTextFileSync(
        `${folder}/project/.env`,
        `GROQ_API_KEY=${value}\n`,
      );
      await scan("--import", "--yes", "--force");
      expect([value, (await authsome(["token", "groq"])).code])
        .toEqual([value, 3]);
    }
    expect(() => Deno.statSync(place)).toThrow(Deno.errors.NotFound);
    expect(op.calls()).toEqual([]);
  }),
);
