// Follows the recipes of docs/CONTRIBUTING.md in a copy of the project, and tries what came of it. Each place is read from
// the table there: one that is missing, or no longer right, fails here.
import { expect } from "expect";
import process from "node:process";
import { after, before, test } from "node:test";
import { readRecipes } from "./recipe.ts";
import { type Done, ScratchCopy, type Work } from "./scratch_copy.ts";
import { command, flag, flow } from "./works_cli.ts";
import { page, policy, provider, reason, store } from "./works.ts";

const WORKS: Readonly<Record<string, Work>> = {
  "a provider": provider,
  "a flow": flow,
  "a command": command,
  "a flag": flag,
  "a policy": policy,
  "a reason": reason,
  "a store": store,
  "a page": page,
};
/** Followed by nobody here, and why. */
const NOT_FOLLOWED: Readonly<Record<string, string>> = {
  "a port": "it differs with what the core asks for",
  "a dependency": "it is fetched from a registry",
};

/** What a row must not leave to another to generate. */
const IN_STEP = [
  "the index and the schema are in step with the definitions",
  "docs/man/authsome.1 is what scripts/generate_man.ts writes now",
  "the pages of docs/reference/ are what scripts/generate_reference.ts writes now",
];

const skip = process.versions.deno
  ? false
  : "the recipes are followed with Deno; this is Node";
const recipes = readRecipes(
  Deno.readTextFileSync(new URL("../../docs/CONTRIBUTING.md", import.meta.url)),
);
let copy: ScratchCopy;
if (!skip) {
  before(async () => {
    copy = await ScratchCopy.make();
    try {
      for (const [adds, work] of Object.entries(WORKS)) {
        const recipe = recipes.get(adds)!;
        if (recipe.run.length > 0 && copy.changed.size > 0) {
          await copy.testsCalled(...IN_STEP);
        }
        await copy.follow(recipe, work);
      }
    } catch (error) {
      // Nothing is called after a hook that failed.
      await copy[Symbol.asyncDispose]();
      throw error;
    }
  });
  after(async () => await copy[Symbol.asyncDispose]());
}

function recipe(title: string, body: () => Promise<void>) {
  test(title, { skip }, body);
}

async function done(running: Promise<Done>): Promise<string> {
  const { code, stdout, stderr } = await running;
  expect({ code, stderr }).toEqual({ code: 0, stderr });
  return stdout;
}

test("every row is followed, or it is said why not", () => {
  expect([...recipes.keys()].sort()).toEqual(
    [...Object.keys(WORKS), ...Object.keys(NOT_FOLLOWED)].sort(),
  );
});

test("a row that stands twice is found", () => {
  const row =
    "| a flow | `lib/a.ts` | `deno task x` | `tests/<name>_test.ts` |";
  expect(readRecipes(`${row}\n`).get("a flow")).toEqual({
    touch: ["lib/a.ts"],
    run: [["deno", "task", "x"]],
    tests: ["tests/<name>_test.ts"],
  });
  expect(() => readRecipes(`${row}\n${row}\n`)).toThrow("two rows");
});

recipe(
  "a recipe that leaves out a place, or names one too many, fails",
  async () => {
    const { touch, run, tests } = recipes.get("a policy")!;
    await expect(copy.follow({ touch: touch.slice(0, 1), run, tests }, policy))
      .rejects.toThrow("does not name the place of");
    await expect(
      copy.follow({ touch: [...touch, "lib/version.ts"], run, tests }, policy),
    ).rejects.toThrow("nothing to do in lib/version.ts");
    await expect(
      copy.follow({ touch: touch.slice(1), run, tests }, policy),
    ).rejects.toThrow("makes 1 files");
  },
);

recipe(
  "what was added has its types, and everything else does still",
  async () => {
    await done(copy.deno(
      ...["check", "--quiet", "cli.ts", "mod.ts", "scripts/"],
      ...[...copy.changed].filter((path) => path.endsWith(".ts")),
    ));
  },
);

recipe(
  "the doors and sizes hold, and every generated page is in step",
  async () => {
    await copy.test(copy.fileWith("rooms import through their doors only"));
    await copy.testsCalled(
      ...IN_STEP,
      "every page is in step with its definition",
    );
  },
);

recipe(
  "a new provider passes the tables, and is listed and inspected",
  async () => {
    await copy.testsOf(recipes.get("a provider")!, provider);
    expect(await done(copy.authsome(["list", "--json"])))
      .toContain('"recipenotes"');
    expect(JSON.parse(await done(copy.authsome(["inspect", "recipenotes"]))))
      .toMatchObject({ display_name: "Recipe Notes" });
  },
);

recipe(
  "a new flow is a definition's own, is offered by others, and logs in",
  async () => {
    await copy.testsOf(recipes.get("a flow")!, flow);
    const mine = `${copy.home}/mine.json`;
    await Deno.writeTextFile(
      mine,
      JSON.stringify({
        schema_version: 1,
        name: "mine",
        display_name: "Mine",
        auth_type: "oauth2",
        flow: "pasted",
        api_url: "api.mine-notes.com",
        oauth: {},
        export: { env: { MINE_TOKEN: "access_token" } },
      }),
    );
    await done(copy.authsome(["register", mine, "--yes"]));
    await done(copy.authsome(["login", "mine", "--stdin"], "canary-1\n"));
    await done(
      copy.authsome(["login", "linear", "--flow", "pasted", "--stdin"], "b\n"),
    );
    const field = ["--field", "access_token", "--show-secret"];
    expect(await done(copy.authsome(["get", "mine", ...field])))
      .toBe("canary-1\n");
    const refused = await copy.authsome([
      "login",
      "openai",
      "--flow",
      "pasted",
    ]);
    expect([refused.code, refused.stderr]).toEqual([
      4,
      expect.stringContaining("openai has api_key"),
    ]);
  },
);

recipe("a new command is in --help and runs, and its flags too", async () => {
  expect(await done(copy.authsome(["--help"])))
    .toMatch(/^ {2}greet +Say hello$/m);
  expect(await done(copy.authsome(["greet"]))).toBe("Hello, default\n");
  await copy.testsCalled(
    "--help of the program and of every command fits 80 columns and has an example",
    "the examples of every command parse",
  );
  const scripts = "a terminal script that says something else fails";
  await copy.test(copy.fileWith(scripts), "--filter", "greet.txt");
  expect(await done(copy.authsome(["login", "--help"]))).toContain("--softly");
});

recipe("a new policy is obeyed by the proxy, fetch and explain", async () => {
  await copy.testsOf(recipes.get("a policy")!, policy);
  await done(
    copy.authsome(["login", "recipenotes", "--stdin"], "canary-of-notes\n"),
  );
  const url = "https://api.recipenotes.com/harmful";
  expect(JSON.parse(await done(copy.authsome(["explain", "--json", url]))))
    .toMatchObject({ action: "refuse", reason: "harmful" });
  const asked = `const answer = await fetch("${url}");
    console.log(answer.status, answer.headers.get("x-authsome-reason"));`;
  expect(
    await done(
      copy.authsome(["run", "--", Deno.execPath(), "eval", asked]),
    ),
  ).toBe("403 harmful\n");
  const library = `import { Authsome } from "${copy.folder}/mod.ts";
    await using authsome = await Authsome.open();
    await authsome.fetch("${url}").catch((error) => console.log(error.message));`;
  expect(await done(copy.deno("eval", "--no-check", library)))
    .toContain("This cannot be undone");
  // Each of them is in the log, by its reason; explain sends nothing.
  expect((await done(copy.authsome(["log", "--raw"]))).match(/"harmful"/g))
    .toHaveLength(2);
});

recipe(
  "a new store keeps the contract, and the program works with it",
  async () => {
    await copy.testsOf(recipes.get("a store")!, store);
    await done(
      copy.authsome(
        ["login", "recipenotes", "--connection", "kept", "--stdin"],
        "canary-of-kept\n",
      ),
    );
    const vault = await Deno.readTextFile(`${copy.home}/.authsome/vault.db`);
    expect(Object.keys(JSON.parse(vault))).toEqual([
      "records",
      "deleted",
      "writes",
    ]);
    expect(vault).not.toContain("canary");
    expect(
      await done(
        copy.authsome([
          ...["get", "recipenotes", "--connection", "kept"],
          ...["--field", "api_key", "--show-secret"],
        ]),
      ),
    ).toBe("canary-of-kept\n");
  },
);

recipe(
  "a new page can be reached, and every place that has a reason names the new one",
  async () => {
    await copy.testsCalled(
      "links lead somewhere, every page is linked, and every command and flag exists",
      "the pages name every event of the audit log and every reason of the proxy",
    );
  },
);
