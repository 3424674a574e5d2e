// The single executables: what they need beside themselves, and what is said where one cannot be made.
import { expect } from "expect";
import { test } from "node:test";
import { withHome } from "../support/home.ts";
import { runInstalled } from "../support/installed.ts";
import { DENO_ONLY, processOf } from "../support/program.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const SINGLE = `${ROOT}build/authsome`;
const skip = exists(SINGLE)
  ? false
  : "there is no build/authsome: deno task sea";
const PLACEHOLDER = "authsome-proxy-managed";

test(
  "the executable reads nothing from beside itself",
  { skip },
  () =>
    withHome(async (folder) => {
      await Deno.mkdir(`${folder}/elsewhere`);
      await Deno.mkdir(`${folder}/user`);
      const program = `${folder}/elsewhere/authsome`;
      await Deno.copyFile(SINGLE, program);
      // A module that Node would take, were it asked to look.
      await Deno.writeTextFile(
        `${folder}/elsewhere/evil.cjs`,
        "process.exit(99)",
      );
      const run = async (args: string[], stdin?: string) =>
        await start([program, ...args], folder, stdin);
      expect(
        await run(["login", "openai", "--stdin"], "sk-canary-12345678-abcdef"),
      )
        .toEqual({ code: 0, stdout: "", stderr: "" });
      const command = `echo "$OPENAI_API_KEY $NODE_OPTIONS"`;
      expect(await run(["run", "--no-shims", "--", "sh", "-c", command]))
        .toEqual({
          code: 0,
          stdout: `${PLACEHOLDER} --require=./evil.cjs\n`,
          stderr: "",
        });
      expect(
        [...Deno.readDirSync(`${folder}/elsewhere`)].map(({ name }) => name)
          .sort(),
      ).toEqual(["authsome", "evil.cjs"]);
      // The second is the state folder, which remembers what the vault had.
      expect(
        [...Deno.readDirSync(`${folder}/user`)].map(({ name }) => name).sort(),
      ).toEqual([".authsome", ".local"]);
    }),
);

test(
  "checksums and the bill of materials belong to the executable",
  { skip },
  async () => {
    const { code, stdout } = await start(
      ["sha256sum", "--check", "--strict", "SHA256SUMS"],
      ROOT,
      "",
      `${ROOT}build`,
    );
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining("authsome: OK\n"),
    });
    const bill = JSON.parse(
      await Deno.readTextFile(`${ROOT}build/authsome.cdx.json`),
    );
    expect([bill.bomFormat, bill.specVersion]).toEqual(["CycloneDX", "1.6"]);
    const { dependencies } = JSON.parse(
      await Deno.readTextFile(`${ROOT}package.json`),
    );
    const listed = new Map(
      bill.components.map((
        part: { name: string; version: string },
      ) => [part.name, part.version]),
    );
    for (const [name, version] of Object.entries(dependencies)) {
      expect([name, listed.get(name)]).toEqual([name, version]);
    }
    expect(listed.has("node")).toBe(true);
  },
);

test("where Deno's base is not to be had, compile says so in one line", {
  skip: DENO_ONLY,
}, async () => {
  const { code, stdout, stderr } = await processOf([
    ...[Deno.execPath(), "run", "-A", `${ROOT}scripts/build/compile.ts`],
  ], { env: { DENORT_BIN: "/nonexistent/denort" }, stdin: "null" }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  expect(text(stdout)).toBe("");
  expect(text(stderr)).toMatch(/^Error: [^\n]*denort[^\n]*DENORT_BIN[^\n]*\n$/);
  expect(code).toBe(1);
});

function start(
  words: string[],
  folder: string,
  stdin = "",
  cwd = `${folder}/elsewhere`,
) {
  const env = {
    HOME: `${folder}/user`,
    NODE_OPTIONS: "--require=./evil.cjs",
  };
  return runInstalled(words, { cwd, env, stdin });
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
