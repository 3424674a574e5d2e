// The helpers that `run` has clients load: what is in the bundle, in the home and in the environment.
import { expect } from "expect";
import { test } from "node:test";
import { installShims } from "../../../lib/host/run/shim_files.ts";
import { NODE_SHIM } from "../../../lib/run/shims/node_shim.ts";
import { shimFiles } from "../../../lib/run/shims/shims.ts";
import { shimSources } from "../../../scripts/generate/shims.ts";
import { withHome } from "../../support/home.ts";
import { DENO_ONLY } from "../../support/program.ts";

const MODULE = new URL(
  "../../../lib/run/shims/shim_sources.ts",
  import.meta.url,
);

test(
  "lib/run/shims/shim_sources.ts is what scripts/generate/shims.ts writes now",
  { skip: DENO_ONLY },
  async () => {
    expect(await Deno.readTextFile(MODULE)).toBe(shimSources());
  },
);

test("the files are in the home, as they should be, whatever was there", async () => {
  await withHome((home) => {
    const installed = installShims(home)!;
    const names = Object.keys(shimFiles());
    expect(names.length).toBeGreaterThan(0);
    const real = Deno.realPathSync(home);
    expect(installed.paths).toEqual(
      names.map((name) => `${real}/shims/${name}`),
    );
    const [path] = installed.paths;
    const text = Deno.readTextFileSync(path!);
    Deno.writeTextFileSync(path!, "another");
    installShims(home);
    expect(Deno.readTextFileSync(path!)).toBe(text);
    expect([...Deno.readDirSync(path!.replace(/\/[^/]*$/, ""))].length)
      .toBe(names.filter((name) => name.startsWith("node/")).length);
    return Promise.resolve();
  });
});

test("a home that takes no files has no helpers, and no failure", async () => {
  await withHome((home) => {
    Deno.writeTextFileSync(`${home}/shims`, "");
    expect(installShims(home)).toBeUndefined();
    return Promise.resolve();
  });
});

test("Node's options keep what the person has set, and name the file once", () => {
  const own = '--require "/a b/\\"c\\\\d/node/preload.cjs"';
  const given = (env: Record<string, string>) =>
    NODE_SHIM.variables(env, '/a b/"c\\d').NODE_OPTIONS;
  expect(given({})).toBe(own);
  expect(given({ NODE_OPTIONS: "--require ./x.cjs" }))
    .toBe(`${own} --require ./x.cjs`);
  expect(given({ NODE_OPTIONS: own })).toBe(own);
});
